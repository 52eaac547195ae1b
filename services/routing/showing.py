"""How is a case answered? Told from its own events, so that rounds and closings stand with their dates and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.routing.state import Case
from shared.contracts.event import Event
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseImported,
    CaseOpened,
    CaseSupplemented,
    EarlyWarningSet,
    MeetingHeld,
    RecourseNamed,
    RemedyAnswered,
    RemedyApproved,
    RemedyCarriedOut,
    RemedyDeclined,
    RemedyOffered,
    RemedyProposed,
    RemedyVerified,
)
from shared.envelope import Envelope
from shared.sealing import plain

Told = Sequence[tuple[Envelope, Event]]


@dataclass(slots=True)
class _Shown:
    """What the events add up to, beside the state, and which sealed texts are among it."""

    facts: dict[str, Any] = field(default_factory=dict)
    rounds: dict[int, dict[str, Any]] = field(default_factory=dict)
    closings: list[dict[str, Any]] = field(default_factory=list)
    meetings: list[dict[str, Any]] = field(default_factory=list)
    diagnosis: dict[str, Any] | None = None
    recourse: dict[str, Any] | None = None
    human: bool | None = None
    legal: bool = False
    texts: set[str] = field(default_factory=set)

    def text(self, name: str, value: Any) -> str | None:
        if value is not None:
            self.texts.add(name)
        found: str | None = plain(value)
        return found


def shown(case: Case, told: Told, capas: Sequence[Any], confirmed: frozenset[int]) -> tuple[dict[str, Any], set[str]]:
    """The case of `GET /cases/{id}`, and the sealed texts in it. `told` are its events, texts in clear where they may be read."""
    found = _Shown()
    for envelope, event in told:
        _add(found, envelope, event)
    for n, closing in enumerate(found.closings, start=case.closings - len(found.closings) + 1):
        closing["customer_confirmed"] = n in confirmed
    return {
        "id": case.id,
        "number": case.number,
        "state": case.state,
        "paused": case.paused,
        "severity": case.severity,
        "nature": case.nature,
        "early_warning": case.early_warning,
        "diagnosis": found.diagnosis,
        "recurrence": {"human": found.human, "computed": "unknown"},
        "safety": case.safety,
        "legal": found.legal,
        "path": case.path,
        "responsible_department": case.responsible_department,
        **found.facts,
        "meetings": found.meetings,
        "rounds": list(found.rounds.values()),
        "reminders": case.reminders,
        "recourse": found.recourse,
        "closings": found.closings,
        "reopened": case.reopened,
        "imported": case.imported,
        "work_items": [item.id for item in case.items],
        "capas": list(capas),
        "policy_version": case.policy_version or told[0][0].meta.policy_version,
        "version": len(told),
    }, found.texts


def _add(found: _Shown, envelope: Envelope, event: Event) -> None:
    match event:
        case CaseOpened() | CaseImported():
            found.facts = {
                "channel": event.channel,
                "content_class": event.content_class,
                "issue_codes": event.issue_codes,
                "product_code": event.product_code,
                "batch": event.batch,
                "customer_ref": event.customer_ref,
                "received_at": event.received_at,
                "registered_at": event.registered_at,
            }
            if isinstance(event, CaseImported) and event.closed:
                found.closings.append({"outcome": event.outcome, "closed_at": event.closed_at})
        case CaseSupplemented():
            said = {"issue_codes": event.issue_codes, "product_code": event.product_code, "batch": event.batch}
            found.facts |= {name: value for name, value in said.items() if value}
        case CaseAssessed():
            found.human, found.legal = event.recurrent, event.legal
        case EarlyWarningSet(because="person"):
            found.diagnosis = {
                "cause": found.text("diagnosis.cause", event.cause),
                "forecast": found.text("diagnosis.forecast", event.forecast),
                "at": envelope.recorded.occurred_at,
            }
        case MeetingHeld():
            decision = found.text("meetings.decision", event.decision)
            found.meetings.append({"held_at": event.held_at, "attendees": event.attendees, "decision": decision})
        case RecourseNamed():
            found.recourse = {"body": event.body, "told_on": event.told_on}
        case CaseClosed():
            found.closings.append({"outcome": event.outcome, "closed_at": envelope.recorded.occurred_at})
        case _:
            _add_to_round(found, envelope, event)


def _add_to_round(found: _Shown, envelope: Envelope, event: Event) -> None:
    at = envelope.recorded.occurred_at
    match event:
        case RemedyOffered() | RemedyProposed():
            offered = isinstance(event, RemedyOffered)
            found.rounds[event.round] = {
                "round": event.round,
                "state": "offered" if offered else "awaiting_approval",
                "kinds": event.kinds,
                "text": found.text("rounds.text", event.text),
                "commitment": event.commitment,
                "amount": None if event.amount is None else event.amount.model_dump(mode="json"),
                "approval": None,
                "offered_at": at if offered else None,
                "answer": None,
                "carried_out_on": None,
            }
        case RemedyApproved() | RemedyDeclined():
            approved = isinstance(event, RemedyApproved)
            approval = {
                "approved": approved,
                "reason": found.text("rounds.approval.reason", event.reason),
                "by": None if event.actor is None else event.actor.person,
                "at": at,
            }
            offer = {"state": "offered", "offered_at": at} if approved else {"state": "declined"}
            found.rounds[event.round] |= {"approval": approval, **offer}
        case RemedyAnswered():
            found.rounds[event.round] |= {
                "state": "accepted" if event.accepted else "refused",
                "answer": {"accepted": event.accepted, "at": at},
            }
        case RemedyCarriedOut():
            found.rounds[event.round] |= {"state": "carried_out", "carried_out_on": event.on}
        case RemedyVerified():
            found.rounds[event.round] |= {"state": "verified"}
