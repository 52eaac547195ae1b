"""What does intake publish of customers, and of feedback that is no complaint?"""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import (
    Channel,
    Complainant,
    ComplaintId,
    Customer,
    CustomerStatus,
    FeedbackKind,
    Money,
    Product,
    Topic,
)


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
