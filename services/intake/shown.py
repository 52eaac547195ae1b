"""What is a caller shown of a complaint? The objects of the public contract."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from shared.contracts.states import CaseState
from shared.contracts.vocabulary import Channel, Complainant, ContentClass, Customer, CustomerStatus, FeedbackKind, Money, Product, Topic
from shared.web import Receipt


class Tracking(BaseModel):
    """What the complainant needs to follow the case without a token."""

    number: str
    secret: str


class LikelyDuplicate(BaseModel):
    complaint_id: UUID
    number: str
    state: CaseState
    reason: str


class ComplaintReceipt(Receipt):
    number: str
    tracking: Tracking
    acknowledged_at: datetime
    likely_duplicates: list[LikelyDuplicate]


class Refusal(BaseModel):
    """An item of a batch that was not taken in, and why."""

    problem: dict[str, Any]


class BatchResult(BaseModel):
    items: list[ComplaintReceipt | Refusal]


class Addition(BaseModel):
    """What was added after the receipt, in the words it came in."""

    at: datetime
    text: str | None


class ShownComplaint(BaseModel):
    """A complaint; what is unknown, or not for the caller, is null. `sealed` or `erased` say why something stays hidden."""

    id: UUID
    number: str
    state: CaseState
    channel: Channel
    received_at: datetime
    registered_at: datetime
    acknowledged_at: datetime | None
    external_ref: str | None
    content_class: ContentClass
    issue_codes: list[str]
    description: str | None
    remedy_sought: str | None
    occurred_on: date | None
    perceived_seriousness: str | None
    complainant: Complainant | None
    customer: Customer | None
    product: Product | None
    additions: list[Addition]
    duplicate_of: str | None
    imported: bool
    data_flags: list[str]
    version: int
    sealed: bool = False
    erased: bool = False


class ShownMessage(BaseModel):
    """`person` is who wrote for the organisation; the complainant's name stands in the complaint."""

    id: UUID
    at: datetime
    by: Literal["complainant", "staff"]
    person: str | None
    text: str | None
    visible: bool
    topic: Topic


class Messages(BaseModel):
    items: list[ShownMessage]
    next: str | None
    as_of: dict[str, Any]
    erased: bool = False


class ShownFeedback(BaseModel):
    """An inquiry, suggestion, praise or opinion; what is not for the caller is null."""

    id: UUID
    kind: FeedbackKind
    channel: Channel
    topic: Topic
    text: str | None
    state: Literal["unanswered", "answered", "promoted"]
    received_at: datetime
    due_at: datetime | None
    answer: str | None
    complaint_id: UUID | None
    complainant: Complainant | None
    customer: Customer | None
    product: Product | None
    version: int
    sealed: bool = False
    erased: bool = False


class FeedbackList(BaseModel):
    items: list[ShownFeedback]
    next: str | None
    as_of: dict[str, Any]


class CustomerReceipt(Receipt):
    ref: str


class ShownCustomer(BaseModel):
    """An entry of the directory; `merged_into` says under which reference it goes on."""

    ref: str
    name: str
    group: str | None
    annual_sales: Money | None
    rank: str | None
    status: CustomerStatus
    merged_into: str | None


class CustomerList(BaseModel):
    items: list[ShownCustomer]
    next: str | None
    as_of: dict[str, Any]


class NumberAndState(BaseModel):
    """All that a channel is told."""

    number: str
    state: CaseState


class Found(BaseModel):
    items: list[ShownComplaint | NumberAndState]
    next: str | None
    as_of: dict[str, Any]


class Step(BaseModel):
    at: datetime
    text: str


class Promise(BaseModel):
    what: str
    by: str


class OpenOffer(BaseModel):
    round: int
    text: str


class FollowedMessage(BaseModel):
    at: datetime
    by: Literal["complainant", "staff"]
    text: str | None


class Followed(BaseModel):
    """The case in plain words."""

    number: str
    state: CaseState
    progress: list[Step]
    promises: list[Promise]
    messages: list[FollowedMessage]
    offer: OpenOffer | None
