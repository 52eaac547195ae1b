"""What does survey publish? Topic `redress.survey`."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import AttemptOutcome, ComplaintId, Satisfaction


@event("survey.callback-due.v1")
class CallbackDue(Event):
    """The customer is to be asked after a closing (SV-8, RT-13), by nobody who handled the case."""

    callback_id: UUID
    complaint_id: ComplaintId
    closing_round: int
    due_at: AwareDatetime
    expires_at: AwareDatetime
    handlers: tuple[str, ...] = ()
    policy_version: str | None = None  # the case's, which the callback keeps


@event("survey.callback-attempted.v1")
class CallbackAttempted(Event):
    """Somebody tried to reach the customer."""

    callback_id: UUID
    complaint_id: ComplaintId
    attempt: int
    outcome: AttemptOutcome
    medium: str
    comment: Sealed[str] | None = None


@event("survey.callback-answered.v1")
class CallbackAnswered(Event):
    """The customer said how satisfied they are; `satisfied` is false when either mark is `rather_not` or `not`."""

    callback_id: UUID
    complaint_id: ComplaintId
    closing_round: int
    satisfied_with_handling: Satisfaction
    satisfied_with_remedy: Satisfaction
    satisfied: bool
    comment: Sealed[str] | None = None


@event("survey.callback-declined.v1")
class CallbackDeclined(Event):
    """The customer did not want to be asked."""

    callback_id: UUID
    complaint_id: ComplaintId


@event("survey.callback-unreached.v1")
class CallbackUnreached(Event):
    """Three attempts found nobody."""

    callback_id: UUID
    complaint_id: ComplaintId


@event("survey.callback-expired.v1")
class CallbackExpired(Event):
    """Too late to ask, or the case was reopened first."""

    callback_id: UUID
    complaint_id: ComplaintId
    because: Literal["time", "reopened"]


@event("survey.callback-imported.v1")
class CallbackImported(Event):
    """What a customer said elsewhere, from an import."""

    complaint_id: ComplaintId
    satisfied_with_handling: Satisfaction | None = None
    satisfied_with_remedy: Satisfaction | None = None


EVENTS: tuple[type[Event], ...] = (
    CallbackDue,
    CallbackAttempted,
    CallbackAnswered,
    CallbackDeclined,
    CallbackUnreached,
    CallbackExpired,
    CallbackImported,
)
