"""What does intake publish? Topic `redress.intake`."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.intake_access import (
    DataExported,
    ErasureConfirmed,
    ErasureRequested,
    FeedbackErased,
    PersonalDataRead,
    SubjectErased,
    TokenIssued,
    TokenRevoked,
    TrackingRefused,
)
from shared.contracts.intake_notifications import NOTIFICATIONS
from shared.contracts.intake_parties import (
    CustomerChanged,
    CustomerRegistered,
    CustomersMerged,
    FeedbackAnswered,
    FeedbackPromoted,
    FeedbackReceived,
)
from shared.contracts.vocabulary import (
    Channel,
    Complainant,
    ComplaintId,
    ContentClass,
    Customer,
    Money,
    Outcome,
    Product,
    Satisfaction,
    Severity,
    Topic,
    Value,
)

__all__ = [
    "EVENTS",
    "ComplaintAcknowledged",
    "ComplaintMerged",
    "ComplaintReceived",
    "ComplaintWithdrawn",
    "CustomerChanged",
    "CustomerRegistered",
    "CustomersMerged",
    "DataExported",
    "ErasureConfirmed",
    "ErasureRequested",
    "FeedbackAnswered",
    "FeedbackErased",
    "FeedbackPromoted",
    "FeedbackReceived",
    "History",
    "HistoryRound",
    "ImportFinished",
    "ImportStarted",
    "InformationAdded",
    "MessagePosted",
    "PersonalDataRead",
    "RemedyAnswerGiven",
    "SettlementConfirmed",
    "SubjectErased",
    "TokenIssued",
    "TokenRevoked",
    "TrackingRefused",
]  # fmt: skip


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
