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
    RemedyAnswered,
    RemedyCarriedOut,
    RemedyOffered,
    RemedyVerified,
)
from shared.envelope import Envelope
from shared.sealing import plain

Told = Sequence[tuple[Envelope, Event]]


@dataclass(slots=True)
class _Shown:
    """What the events add up to, beside the state."""

    facts: dict[str, Any] = field(default_factory=dict)
    rounds: dict[int, dict[str, Any]] = field(default_factory=dict)
    closings: list[dict[str, Any]] = field(default_factory=list)
    human: bool | None = None
    early_warning: str | None = None


def shown(case: Case, told: Told, capas: Sequence[Any], confirmed: frozenset[int]) -> dict[str, Any]:
    """The case of `GET /cases/{id}`. `told` are its events, texts in clear where they may be read."""
    found = _Shown()
    for envelope, event in told:
        _add(found, envelope, event)
    for n, closing in enumerate(found.closings, start=case.closings - len(found.closings) + 1):
        closing["customer_confirmed"] = n in confirmed
    return {
        "id": case.id,
        "number": case.number,
        "state": case.state,
        "paused": False,
        "severity": case.severity,
        "nature": case.nature,
        "early_warning": found.early_warning,
        "recurrence": {"human": found.human, "computed": "unknown"},
        "path": case.path,
        "responsible_department": case.responsible_department,
        **found.facts,
        "rounds": list(found.rounds.values()),
        "closings": found.closings,
        "reopened": case.reopened,
        "imported": case.imported,
        "work_items": [item.id for item in case.items],
        "capas": list(capas),
        "policy_version": told[0][0].meta.policy_version,
        "version": len(told),
    }


def _add(found: _Shown, envelope: Envelope, event: Event) -> None:
    match event:
        case CaseOpened() | CaseImported():
            found.facts = {
                "channel": event.channel,
                "content_class": event.content_class,
                "issue_codes": event.issue_codes,
                "product_code": event.product_code,
                "customer_ref": event.customer_ref,
                "received_at": event.received_at,
                "registered_at": event.registered_at,
            }
            if isinstance(event, CaseImported) and event.closed:
                found.closings.append({"outcome": event.outcome, "closed_at": event.closed_at})
        case CaseAssessed():
            found.human, found.early_warning = event.recurrent, event.early_warning
        case RemedyOffered():
            found.rounds[event.round] = {
                "round": event.round,
                "state": "offered",
                "kinds": event.kinds,
                "text": plain(event.text),
                "commitment": event.commitment,
                "amount": None if event.amount is None else event.amount.model_dump(mode="json"),
                "approval": None,
                "offered_at": envelope.recorded.occurred_at,
                "answer": None,
                "carried_out_on": None,
            }
        case RemedyAnswered():
            found.rounds[event.round] |= {
                "state": "accepted" if event.accepted else "refused",
                "answer": {"accepted": event.accepted, "at": envelope.recorded.occurred_at},
            }
        case RemedyCarriedOut():
            found.rounds[event.round] |= {"state": "carried_out", "carried_out_on": event.on}
        case RemedyVerified():
            found.rounds[event.round] |= {"state": "verified"}
        case CaseClosed():
            found.closings.append({"outcome": event.outcome, "closed_at": envelope.recorded.occurred_at})
