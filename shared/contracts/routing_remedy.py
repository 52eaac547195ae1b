"""What does routing publish of remedies, from the proposal to what the customer was told?"""

from __future__ import annotations

from datetime import date
from typing import Literal

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import (
    ComplaintId,
    Money,
    RemedyKind,
)


@event("routing.remedy-proposed.v1")
class RemedyProposed(Event):
    """A remedy above the offerer's authority waits for an approver; the complainant does not see it yet (IN-10)."""

    complaint_id: ComplaintId
    round: int
    kinds: tuple[RemedyKind, ...]
    text: Sealed[str]
    commitment: str
    amount: Money | None = None


@event("routing.remedy-approved.v1")
class RemedyApproved(Event):
    """The proposed round is offered from now on, in the words of its proposal."""

    complaint_id: ComplaintId
    round: int
    reason: Sealed[str]


@event("routing.remedy-declined.v1")
class RemedyDeclined(Event):
    """The proposed round will not be offered; a new one is due."""

    complaint_id: ComplaintId
    round: int
    reason: Sealed[str]


@event("routing.remedy-offered.v1")
class RemedyOffered(Event):
    """The organisation proposed a remedy to the complainant (ISO 10002, response; RT-2, RT-3)."""

    complaint_id: ComplaintId
    round: int
    kinds: tuple[RemedyKind, ...]
    text: Sealed[str]
    commitment: str
    amount: Money | None = None


@event("routing.remedy-answered.v1")
class RemedyAnswered(Event):
    """The complainant accepted or refused the open round; refused means a new round is due."""

    complaint_id: ComplaintId
    round: int
    accepted: bool
    comment: Sealed[str] | None = None
    medium: str
    by: Literal["staff", "complainant"]


@event("routing.remedy-carried-out.v1")
class RemedyCarriedOut(Event):
    """What was promised was done."""

    complaint_id: ComplaintId
    round: int
    on: date
    evidence: Sealed[str]


@event("routing.remedy-verified.v1")
class RemedyVerified(Event):
    """Somebody checked that the correction holds (ISO 10002, follow-up form: correction verified)."""

    complaint_id: ComplaintId
    round: int
    on: date
    evidence: Sealed[str]


@event("routing.recourse-named.v1")
class RecourseNamed(Event):
    """The complainant was told to whom outside the organisation they can turn (ISO 10002, closing)."""

    complaint_id: ComplaintId
    body: str
    told_on: date


@event("routing.customer-reminded.v1")
class CustomerReminded(Event):
    """The organisation waits for the complainant and said so, for the n-th time since the case was opened or reopened."""

    complaint_id: ComplaintId
    medium: str
    reminder: int


@event("routing.result-reported.v1")
class ResultReported(Event):
    """The result was told to the complainant (RT-14)."""

    complaint_id: ComplaintId
    medium: str
    text: Sealed[str]
