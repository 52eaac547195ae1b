"""What does intake publish of who may come in, who was shown what, and who was forgotten?"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import (
    ComplaintId,
    Role,
)


@event("intake.erasure-requested.v1")
class ErasureRequested(Event):
    """An administrator asks to erase a person; another one confirms. Named are all complaints of that person."""

    request_id: UUID
    complaints: tuple[UUID, ...]
    feedback: tuple[UUID, ...] = ()  # what else the person said
    reason: Sealed[str]


@event("intake.erasure-confirmed.v1")
class ErasureConfirmed(Event):
    """A second administrator confirmed; with this event the keys of everything it names are destroyed (IN-9)."""

    request_id: UUID
    complaints: tuple[UUID, ...]
    feedback: tuple[UUID, ...] = ()


@event("intake.subject-erased.v1")
class SubjectErased(Event):
    """The key of a complaint is destroyed: what it sealed can be read nowhere any more, on the log and in backups neither."""

    complaint_id: ComplaintId
    request_id: UUID


@event("intake.feedback-erased.v1")
class FeedbackErased(Event):
    """The key of other feedback is destroyed with its person's complaints."""

    feedback_id: UUID
    request_id: UUID


@event("intake.data-exported.v1")
class DataExported(Event):
    """Somebody took data out as a file (IN-9): which call, which cases, how many."""

    call: str
    subjects: tuple[UUID, ...] = ()
    rows: int = 0


@event("intake.personal-data-read.v1")
class PersonalDataRead(Event):
    """Somebody was shown sealed fields (IN-9). Its stream is the reading's own, never the complaint's."""

    subjects: tuple[UUID, ...]
    fields: tuple[str, ...]
    call: str


@event("intake.tracking-refused.v1")
class TrackingRefused(Event):
    """Somebody gave a wrong secret for a number. The address is kept as a keyed hash, to count by, not to know."""

    number: str
    address_hash: str


@event("intake.token-issued.v1")
class TokenIssued(Event):
    """An administrator gave a person access."""

    token_id: UUID
    name: str
    person: str
    roles: tuple[Role, ...]
    departments: tuple[str, ...] = ()
    head_of: tuple[str, ...] = ()
    issued_at: AwareDatetime
    expires_on: date


@event("intake.token-revoked.v1")
class TokenRevoked(Event):
    """An administrator took a token back; every service refuses it from now on."""

    token_id: UUID
    reason: Sealed[str]
