"""What does routing publish about work in the departments' queues, and about what final inspection watches more closely?"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import ComplaintId, Severity, Task, Topic


@event("routing.work-item-offered.v1")
class WorkItemOffered(Event):
    """Work waits in a department's queue (RT-7), on a case or, without one, on other feedback."""

    complaint_id: ComplaintId | None = None
    item_id: UUID
    number: str | None = None
    department: str
    task: Task
    severity: Severity | None = None
    due_at: AwareDatetime | None = None
    clock: str | None = None
    feedback_id: UUID | None = None
    topic: Topic | None = None
    about: UUID | None = None  # the message, notification or corrective action it is about
    asked_by: str | None = None  # the person on the staff who asked what is to be answered; else the complainant did


@event("routing.work-item-taken.v1")
class WorkItemTaken(Event):
    """A person of the department took the work."""

    complaint_id: ComplaintId | None = None
    item_id: UUID
    holder: str
    holder_name: str
    feedback_id: UUID | None = None


@event("routing.work-item-returned.v1")
class WorkItemReturned(Event):
    """Who held the work gave it back: it is open again, in the department where it was before."""

    complaint_id: ComplaintId | None = None
    item_id: UUID
    department: str
    reason: Sealed[str]
    feedback_id: UUID | None = None


@event("routing.work-item-handed-over.v1")
class WorkItemHandedOver(Event):
    """The work is another department's: open there."""

    complaint_id: ComplaintId | None = None
    item_id: UUID
    from_department: str
    to_department: str
    reason: Sealed[str]
    feedback_id: UUID | None = None


@event("routing.work-item-assigned.v1")
class WorkItemAssigned(Event):
    """The head of the department gave the work to a person (RT-8)."""

    complaint_id: ComplaintId | None = None
    item_id: UUID
    holder: str
    holder_name: str
    reason: Sealed[str] | None = None
    feedback_id: UUID | None = None


@event("routing.work-item-reminded.v1")
class WorkItemReminded(Event):
    """Somebody asked for the work to be done (RT-7)."""

    complaint_id: ComplaintId | None = None
    item_id: UUID
    department: str
    holder: str | None = None
    text: Sealed[str]
    feedback_id: UUID | None = None


@event("routing.work-item-done.v1")
class WorkItemDone(Event):
    """The work ended: by the call that fulfils it, or because the case closed."""

    complaint_id: ComplaintId | None = None
    item_id: UUID
    result: Sealed[str] | None = None
    feedback_id: UUID | None = None


@event("routing.inspection-tightened.v1")
class InspectionTightened(Event):
    """Because of a quality complaint final inspection looks more closely at a product and batch (RT-5). Its stream is its own."""

    inspection_id: UUID
    complaint_id: ComplaintId
    product_code: str | None = None
    batch: str | None = None


@event("routing.inspection-catch.v1")
class InspectionCatch(Event):
    """The tightened inspection found something."""

    inspection_id: UUID
    quantity: int
    on: date
    text: Sealed[str]


@event("routing.inspection-lifted.v1")
class InspectionLifted(Event):
    """Inspection is back to normal."""

    inspection_id: UUID
    reason: Sealed[str]
