"""Complaints as the five services would record them, for the tests of reporting."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived, History, HistoryRound, InformationAdded
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseRegraded,
    CaseReopened,
    EarlyWarningSet,
    RecourseNamed,
    RemedyAnswered,
    RemedyApproved,
    RemedyCarriedOut,
    RemedyOffered,
    ResultReported,
)
from shared.contracts.routing_time import DeadlineMissed
from shared.contracts.survey import CallbackAnswered
from shared.contracts.vocabulary import Customer, Product
from shared.envelope import Envelope
from shared.testing import ANNA, Ledger

NAMES = UUID("6f0d5a7e-3a0b-4c8e-9a51-0d9a4f3f7a10")


def complaint_id(n: int) -> UUID:
    return uuid5(NAMES, f"complaint {n}")


def received(n: int, received_at: datetime, **more: Any) -> ComplaintReceived:
    fields: dict[str, Any] = {
        "channel": "phone",
        "content_class": "product_quality",
        "description": "It leaks.",
        "issue_codes": ("leakage",),
        "customer": Customer(ref="C-1", name="First"),
        "product": Product(code="P-1", name="Pump", batch="B1"),
    }
    return ComplaintReceived(complaint_id=complaint_id(n), number=f"C-2026-{n:06}", received_at=received_at, **(fields | more))


def imported(n: int, *rounds: HistoryRound, **more: Any) -> ComplaintReceived:
    return received(n, rounds[0].received_at, history=History(source="elsewhere", rounds=rounds), **more)


def added(n: int, **facts: Any) -> InformationAdded:
    return InformationAdded(complaint_id=complaint_id(n), **facts)


def assessed(n: int, severity: str = "important", **more: Any) -> CaseAssessed:
    fields: dict[str, Any] = {
        "nature": "valid", "safety": False, "recurrent": None, "complexity": "low", "impact": "low", "immediate_action": "possible",
        "pass_on": True, "path": "quality_assurance", "responsible_department": "technical", "reason": "Seen before.",
    }  # fmt: skip
    return CaseAssessed(complaint_id=complaint_id(n), severity=severity, **(fields | more))


def offered(n: int, round: int = 1) -> RemedyOffered:
    return RemedyOffered(complaint_id=complaint_id(n), round=round, kinds=("repair",), text="We repair it.", commitment="in a week")


def regraded(n: int, **changed: Any) -> CaseRegraded:
    return CaseRegraded(complaint_id=complaint_id(n), reason="More cars.", **changed)


def warned(n: int, sign: str | None) -> EarlyWarningSet:
    return EarlyWarningSet.model_validate({"complaint_id": complaint_id(n), "early_warning": sign, "because": "person"})


def approved(n: int, round: int = 1) -> RemedyApproved:
    return RemedyApproved(complaint_id=complaint_id(n), round=round, reason="Fair.")


def recourse_named(n: int) -> RecourseNamed:
    return RecourseNamed(complaint_id=complaint_id(n), body="consumer association", told_on=date(2026, 11, 20))


def answered(n: int, accepted: bool = True, round: int = 1) -> RemedyAnswered:
    return RemedyAnswered(complaint_id=complaint_id(n), round=round, accepted=accepted, medium="phone", by="staff")


def carried_out(n: int, round: int = 1) -> RemedyCarriedOut:
    return RemedyCarriedOut(complaint_id=complaint_id(n), round=round, on=date(2026, 11, 20), evidence="photo")


def told(n: int) -> ResultReported:
    return ResultReported(complaint_id=complaint_id(n), medium="phone", text="It is repaired.")


def closed(n: int, outcome: str = "satisfied") -> CaseClosed:
    return CaseClosed(complaint_id=complaint_id(n), closing_round=1, outcome=outcome)


def reopened(n: int) -> CaseReopened:
    return CaseReopened(complaint_id=complaint_id(n), reason="It leaks again.", because="staff")


def missed(n: int, due_at: datetime, clock: str = "assessment") -> DeadlineMissed:
    return DeadlineMissed(complaint_id=complaint_id(n), clock=clock, instance="1", due_at=due_at)


def acknowledged(n: int) -> ComplaintAcknowledged:
    return ComplaintAcknowledged(complaint_id=complaint_id(n), medium="email")


def asked_back(n: int, satisfied: str = "very") -> CallbackAnswered:
    return CallbackAnswered(
        callback_id=uuid5(NAMES, f"callback {n}"), complaint_id=complaint_id(n), closing_round=1,
        satisfied_with_handling=satisfied, satisfied_with_remedy=satisfied, satisfied=True,
    )  # fmt: skip


class Life:
    """Records what happens to complaints, each event at a given moment, in the order told."""

    def __init__(self, start: datetime) -> None:
        self.ledger = Ledger(now=start, tick=timedelta(microseconds=1))
        self.envelopes: list[Envelope] = []

    def at(self, moment: datetime, *events: Event) -> Life:
        self.ledger.now = max(moment, self.ledger.now)
        for event in events:
            key: UUID = event.complaint_id  # type: ignore[attr-defined]  # all of these belong to a complaint
            stamped = event.stamped(actor=ANNA, on_behalf_of=None, occurred_at=moment)
            self.envelopes += self.ledger.record(uuid5(key, event.TYPE.partition(".")[0]), stamped, key=key)
        return self
