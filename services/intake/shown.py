"""What is a caller shown of a complaint? The objects of the public contract."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from shared.contracts.states import CaseState
from shared.contracts.vocabulary import Channel, Complainant, ContentClass, Customer, Product
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
    duplicate_of: str | None
    imported: bool
    data_flags: list[str]
    version: int
    sealed: bool = False
    erased: bool = False


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


class Followed(BaseModel):
    """The case in plain words."""

    number: str
    state: CaseState
    progress: list[Step]
    promises: list[Promise]
    messages: list[dict[str, Any]]
    offer: OpenOffer | None
