"""The straight road in events and commands: what the tests of a case start from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.routing.case import CASE
from services.routing.commands import Assess, CarryOut, Close, OfferRemedy, RecordAnswer, RecordMeeting, Tell, Verify
from services.routing.hearing import Received
from services.routing.work import offered
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseImported,
    CaseOpened,
    CaseReopened,
    MeetingHeld,
    RemedyAnswered,
    RemedyCarriedOut,
    RemedyOffered,
    RemedyVerified,
)
from shared.contracts.vocabulary import ComplaintId
from shared.testing import NOON, scenario

CASE_ID = ComplaintId(UUID("0193a4a0-0000-7000-8000-00000000c0de"))
TODAY = NOON.date()

given = scenario(CASE, CASE_ID)

received = Received("C-2026-000123", "phone", "product_quality", NOON - timedelta(hours=1), NOON)
opened = CaseOpened(
    complaint_id=CASE_ID,
    number=received.number,
    channel="phone",
    content_class="product_quality",
    received_at=received.received_at,
    registered_at=received.registered_at,
)
imported = CaseImported(
    complaint_id=CASE_ID,
    number=received.number,
    channel="other",
    content_class="service_quality",
    received_at=received.received_at,
    registered_at=received.registered_at,
    severity="important",
    closed=True,
    outcome="satisfied",
)
to_assess = offered(CASE.initial(CASE_ID), "assess", "desk", None, number=received.number)


def assessed(severity: str = "ordinary", path: str = "desk") -> CaseAssessed:
    return CaseAssessed.model_validate(
        {
            "complaint_id": CASE_ID,
            "severity": severity,
            "nature": "valid",
            "safety": False,
            "recurrent": None,
            "complexity": "low",
            "impact": "low",
            "immediate_action": "possible",
            "pass_on": path != "desk",
            "path": path,
            "responsible_department": None if path == "desk" else "technical",
            "reason": "Leaks at the seal.",
        }
    )


def assess(**changed: Any) -> Assess:
    asked: dict[str, Any] = {
        "severity": "ordinary",
        "nature": "valid",
        "safety": False,
        "complexity": "low",
        "impact": "low",
        "immediate_action": "possible",
        "pass_on": False,
        "legal": False,
        "reason": "Leaks at the seal.",
    }
    return Assess(**(asked | changed))


met = MeetingHeld(complaint_id=CASE_ID, held_at=NOON, attendees=("anna", "bo"), decision="Replace the batch.")


def offer(*kinds: Any) -> OfferRemedy:
    return OfferRemedy(kinds or ("repair",), "We repair it.", "within a week")


def offered_round(number: int = 1) -> RemedyOffered:
    return RemedyOffered(complaint_id=CASE_ID, round=number, kinds=("repair",), text="We repair it.", commitment="within a week")


def answered(accepted: bool, number: int = 1) -> RemedyAnswered:
    return RemedyAnswered(complaint_id=CASE_ID, round=number, accepted=accepted, medium="phone", by="staff")


def carried_out(number: int = 1) -> RemedyCarriedOut:
    return RemedyCarriedOut(complaint_id=CASE_ID, round=number, on=TODAY, evidence="Invoice 8.")


def verified(number: int = 1) -> RemedyVerified:
    return RemedyVerified(complaint_id=CASE_ID, round=number, on=TODAY, evidence="Seen.")


def closed(outcome: str = "satisfied", closing_round: int = 1) -> CaseClosed:
    return CaseClosed.model_validate({"complaint_id": CASE_ID, "closing_round": closing_round, "outcome": outcome})


reopened = CaseReopened(complaint_id=CASE_ID, reason="Not satisfied.", because="callback")

accept = RecordAnswer(1, True, "phone")
refuse = RecordAnswer(1, False, "phone", comment="Too late.")
carry_out = CarryOut(1, TODAY, "Invoice 8.")
verify = Verify(1, TODAY, "Seen.")
tell = Tell("phone", "It is repaired.")
close = Close("satisfied")
meet = RecordMeeting(NOON, ("anna", "bo"), "Replace the batch.")

DESK_ROAD = (opened, assessed(), offered_round(), answered(True), carried_out(), verified())
