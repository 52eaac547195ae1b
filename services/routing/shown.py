"""What is a caller shown of a case and its history? The objects of the public contract."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from shared.contracts.states import CaseState
from shared.contracts.vocabulary import (
    Channel,
    ContentClass,
    EarlyWarning,
    FrequencyClass,
    Money,
    Nature,
    Outcome,
    Path,
    RemedyKind,
    Severity,
)
from shared.web import Receipt

RoundState = Literal["awaiting_approval", "declined", "offered", "refused", "accepted", "carried_out", "verified"]
ComputedClass = FrequencyClass | Literal["unknown"]


class ShownAnswer(BaseModel):
    accepted: bool
    at: datetime


class ShownApproval(BaseModel):
    """What an approver said to a remedy above the offerer's authority."""

    approved: bool
    reason: str | None
    by: str
    at: datetime


class ShownRound(BaseModel):
    """One offer and what became of it."""

    round: int
    state: RoundState
    kinds: list[RemedyKind]
    text: str | None
    commitment: str
    amount: Money | None
    approval: ShownApproval | None
    offered_at: datetime | None
    answer: ShownAnswer | None
    carried_out_on: date | None


class ShownClosing(BaseModel):
    outcome: Outcome | None
    closed_at: datetime | None
    customer_confirmed: bool


class ShownRecurrence(BaseModel):
    """What the assessor says, and what the figures say; nothing is known of those before reporting publishes them."""

    human: bool | None
    computed: ComputedClass


class ShownMeeting(BaseModel):
    held_at: datetime
    attendees: list[str]
    decision: str | None


class ShownDiagnosis(BaseModel):
    """Why there is something to warn of, and what will come of it (RT-6)."""

    cause: str | None
    forecast: str | None
    at: datetime


class ShownRecourse(BaseModel):
    """The external body the complainant was told of last."""

    body: str
    told_on: date


class ShownSimilar(BaseModel):
    """A like case, and what both have in common."""

    complaint_id: UUID
    number: str
    state: CaseState
    issue_codes: list[str]
    product_code: str | None
    batch: str | None
    customer_ref: str | None
    received_at: datetime
    matched_on: list[Literal["issue_and_product", "batch", "customer"]]


class Similar(BaseModel):
    """Like cases, the latest first, and how often the figures say that this comes up."""

    items: list[ShownSimilar]
    computed_class: ComputedClass
    as_of: dict[str, Any]


class ShownCatch(BaseModel):
    quantity: int
    on: date
    text: str | None
    at: datetime
    by: str | None


class ShownInspection(BaseModel):
    """Tightened inspection of a product and batch, the complaint that tightened it last, and all it caught (RT-5)."""

    id: UUID
    product_code: str | None
    batch: str | None
    state: Literal["open", "lifted"]
    complaint_id: UUID
    number: str | None
    tightened_at: datetime
    times: int
    lifted_at: datetime | None
    lifted_by: str | None
    reason: str | None
    caught: int
    catches: list[ShownCatch]
    version: int


class Inspections(BaseModel):
    items: list[ShownInspection]
    next: str | None
    as_of: dict[str, Any]


class CaseSummary(BaseModel):
    """A case as a list shows it."""

    id: UUID
    number: str
    state: CaseState
    paused: bool
    severity: Severity | None
    nature: Nature | None
    early_warning: EarlyWarning | None
    path: Path | None
    responsible_department: str | None
    channel: Channel
    content_class: ContentClass
    issue_codes: list[str]
    product_code: str | None
    batch: str | None
    customer_ref: str | None
    received_at: datetime
    registered_at: datetime
    reopened: int
    imported: bool
    version: int


class Cases(BaseModel):
    items: list[CaseSummary]
    next: str | None
    as_of: dict[str, Any]


class ShownCase(CaseSummary):
    """The whole case; `sealed` or `erased` when texts stay hidden."""

    recurrence: ShownRecurrence
    rounds: list[ShownRound]
    closings: list[ShownClosing]
    meetings: list[ShownMeeting]
    diagnosis: ShownDiagnosis | None
    recourse: ShownRecourse | None
    reminders: int
    safety: bool
    legal: bool
    work_items: list[UUID]
    capas: list[UUID]
    policy_version: str | None
    sealed: bool = False
    erased: bool = False


class ShownActor(BaseModel):
    person: str
    name: str
    role: str


class ShownEvent(BaseModel):
    """Something that happened, in whichever service."""

    position: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor: ShownActor | None
    on_behalf_of: str | None
    reason: str | None
    summary: str


class Timeline(BaseModel):
    items: list[ShownEvent]
    next: str | None
    as_of: dict[str, Any]
    sealed: bool = False
    erased: bool = False


class Offered(Receipt):
    """The round made, and whether the customer knows of it."""

    round: int
    state: Literal["offered", "awaiting_approval"]
