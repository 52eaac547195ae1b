"""What does routing publish about clocks? A deadline belongs to a case, to other feedback, or to a corrective action."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, event
from shared.contracts.vocabulary import ComplaintId


@event("routing.clock-paused.v1")
class ClockPaused(Event):
    """The case waits for the customer; its clocks stand, but for those that a customer's silence does not excuse (RT-9)."""

    complaint_id: ComplaintId
    reason: Literal["waiting_for_customer"]


@event("routing.clock-resumed.v1")
class ClockResumed(Event):
    """The clocks go on."""

    complaint_id: ComplaintId


@event("routing.deadline-near.v1")
class DeadlineNear(Event):
    """A quarter of the time is left (RT-9)."""

    complaint_id: ComplaintId | None = None
    clock: str
    instance: str
    due_at: AwareDatetime
    department: str | None = None
    item_id: UUID | None = None
    feedback_id: UUID | None = None
    capa_id: UUID | None = None


@event("routing.deadline-missed.v1")
class DeadlineMissed(Event):
    """The time is over. `late`: the product was down when it ended, and says so now."""

    complaint_id: ComplaintId | None = None
    clock: str
    instance: str
    due_at: AwareDatetime
    late: bool = False
    department: str | None = None
    item_id: UUID | None = None
    feedback_id: UUID | None = None
    capa_id: UUID | None = None


@event("routing.case-escalated.v1")
class CaseEscalated(Event):
    """A missed deadline was taken one step up the ladder."""

    complaint_id: ComplaintId | None = None
    clock: str
    instance: str
    level: int
    to_department: str | None = None
    to_person: str | None = None
    reason_code: str
    item_id: UUID | None = None
    feedback_id: UUID | None = None
    capa_id: UUID | None = None
