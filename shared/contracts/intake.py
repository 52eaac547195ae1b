"""What does intake publish? Topic `redress.intake`."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.intake_notifications import NOTIFICATIONS
from shared.contracts.vocabulary import (
    Channel,
    Complainant,
    ComplaintId,
    ContentClass,
    Customer,
    CustomerStatus,
    FeedbackKind,
    Money,
    Outcome,
    Product,
    Role,
    Satisfaction,
    Severity,
    Topic,
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


@event("intake.information-added.v1")
class InformationAdded(Event):
    """Facts came in after the receipt (IN-6): what is there replaces what was unknown or said before, `text` is added."""

    complaint_id: ComplaintId
    text: Sealed[str] | None = None
    product: Product | None = None
    occurred_on: date | None = None
    issue_codes: tuple[str, ...] = ()
    content_class: ContentClass | None = None  # of the complaint
    known_product: Product | None = None  # all that is known of the product now


@event("intake.message-posted.v1")
class MessagePosted(Event):
    """Staff and complainant write to each other, or staff to staff when it is not visible (RT-10, RT-16)."""

    complaint_id: ComplaintId
    message_id: UUID
    by: Literal["complainant", "staff"]
    text: Sealed[str]
    visible: bool
    topic: Topic = "other"


@event("intake.complaint-withdrawn.v1")
class ComplaintWithdrawn(Event):
    """The complainant takes the complaint back (IN-6); the case ends."""

    complaint_id: ComplaintId
    reason: Sealed[str] | None = None
    by: Literal["complainant", "staff"]


@event("intake.complaint-merged.v1")
class ComplaintMerged(Event):
    """The same matter was taken in before; it goes on under the other number, and both numbers keep working."""

    complaint_id: ComplaintId
    number: str
    into: ComplaintId
    into_number: str
    reason: Sealed[str]


@event("intake.settlement-confirmed.v1")
class SettlementConfirmed(Event):
    """The complainant says by number and secret whether the matter is settled.

    `closing_round` is the closing it speaks of: the last one of a closed case, the one to come of an open case.
    """

    complaint_id: ComplaintId
    satisfied: bool
    closing_round: int | None = None


@event("intake.feedback-received.v1")
class FeedbackReceived(Event):
    """An inquiry, suggestion, praise or opinion was taken in (IN-1); every inquiry is answered (IN-7)."""

    feedback_id: UUID
    kind: FeedbackKind
    channel: Channel
    received_at: AwareDatetime
    topic: Topic = "other"
    text: Sealed[str]
    complainant: Sealed[Complainant] | None = None
    customer: Customer | None = None
    product: Product | None = None
    departments: tuple[str, ...] = ()
    due_at: AwareDatetime | None = None  # of an inquiry: when its answer is due


@event("intake.feedback-answered.v1")
class FeedbackAnswered(Event):
    """The inquiry has its answer (IN-7)."""

    feedback_id: UUID
    text: Sealed[str]


@event("intake.feedback-promoted.v1")
class FeedbackPromoted(Event):
    """It was a complaint after all, and goes on as one."""

    feedback_id: UUID
    complaint_id: ComplaintId
    reason: Sealed[str]


@event("intake.customer-registered.v1")
class CustomerRegistered(Event):
    """A customer stands in the directory (IN-3)."""

    customer_id: UUID
    ref: str
    name: str
    group: str | None = None
    annual_sales: Money | None = None
    rank: str | None = None
    status: CustomerStatus = "active"


@event("intake.customer-changed.v1")
class CustomerChanged(Event):
    """The directory says something else of a customer from now on: all of it, as it is now."""

    customer_id: UUID
    ref: str
    name: str
    group: str | None = None
    annual_sales: Money | None = None
    rank: str | None = None
    status: CustomerStatus


@event("intake.customers-merged.v1")
class CustomersMerged(Event):
    """Two entries were one customer (IN-3): figures follow the survivor, history keeps the old reference."""

    customer_id: UUID
    ref: str
    into: str
    reason: Sealed[str]


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
    InformationAdded,
    MessagePosted,
    ComplaintWithdrawn,
    ComplaintMerged,
    SettlementConfirmed,
    FeedbackReceived,
    FeedbackAnswered,
    FeedbackPromoted,
    CustomerRegistered,
    CustomerChanged,
    CustomersMerged,
    ErasureRequested,
    ErasureConfirmed,
    SubjectErased,
    FeedbackErased,
    DataExported,
    PersonalDataRead,
    TrackingRefused,
    TokenIssued,
    TokenRevoked,
    ImportStarted,
    ImportFinished,
    *NOTIFICATIONS,
)
