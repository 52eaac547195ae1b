"""What does intake publish? Topic `redress.intake`."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import (
    Channel,
    Complainant,
    ComplaintId,
    ContentClass,
    Customer,
    Money,
    Outcome,
    Product,
    Role,
    Satisfaction,
    Severity,
    Value,
)


class HistoryRound(Value):
    """One time an imported complaint was received, and what became of it. Round 1 is the first; later ones are reopenings."""

    received_at: AwareDatetime
    severity: Severity | None = None
    closed: bool = False
    closed_at: AwareDatetime | None = None
    outcome: Outcome | None = None
    amount: Money | None = None


class History(Value):
    """What an imported complaint already went through elsewhere, in the words of its source."""

    source: str
    rounds: tuple[HistoryRound, ...]
    satisfied_with_handling: Satisfaction | None = None
    satisfied_with_remedy: Satisfaction | None = None
    fingerprint: str | None = None  # keyed hash of what the source says: the same rows again are known, changed ones are noticed


@event("intake.complaint-received.v1")
class ComplaintReceived(Event):
    """A complaint was taken in and has its number (ISO 10002, receipt; IN-1, IN-2)."""

    complaint_id: ComplaintId
    number: str
    channel: Channel
    content_class: ContentClass
    received_at: AwareDatetime
    external_ref: str | None = None
    issue_codes: tuple[str, ...] = ()
    description: Sealed[str] | None = None
    remedy_sought: Sealed[str] | None = None
    occurred_on: date | None = None
    perceived_seriousness: str | None = None
    complainant: Sealed[Complainant] | None = None
    customer: Customer | None = None
    product: Product | None = None
    departments: tuple[str, ...] = ()
    data_flags: tuple[str, ...] = ()
    history: History | None = None


@event("intake.complaint-acknowledged.v1")
class ComplaintAcknowledged(Event):
    """The complainant was told that the complaint is in hand (ISO 10002, acknowledgement; IN-6)."""

    complaint_id: ComplaintId
    medium: str


@event("intake.remedy-answer-given.v1")
class RemedyAnswerGiven(Event):
    """The complainant answered an offer by number and secret."""

    complaint_id: ComplaintId
    round: int
    accepted: bool
    comment: Sealed[str] | None = None


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


@event("intake.import-started.v1")
class ImportStarted(Event):
    """An import began; until it has finished no period closes."""

    import_id: UUID
    source: str
    file_name: str


@event("intake.import-finished.v1")
class ImportFinished(Event):
    """An import has taken in all its rows; the months it covers may close."""

    import_id: UUID
    source: str
    rows: int
    complaints: int
    already_there: int
    changed: int
    refused: int
    doubtful: int
    covers_from: date | None = None
    covers_to: date | None = None


EVENTS: tuple[type[Event], ...] = (
    ComplaintReceived,
    ComplaintAcknowledged,
    RemedyAnswerGiven,
    PersonalDataRead,
    TrackingRefused,
    TokenIssued,
    TokenRevoked,
    ImportStarted,
    ImportFinished,
)
