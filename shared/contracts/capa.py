"""What does capa publish? Topic `redress.capa`."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import CauseLevel, CauseMethod, ComplaintId, Severity, TriggerKind, Value

Verdict = Literal["effective", "ineffective"]


class PlannedStep(Value):
    """A row of the time-control table 整改时控表 (CA-3): who does it, until when. What is done stands in the plan's sealed texts."""

    n: int
    department: str
    owner: str
    due_on: date
    due_at: AwareDatetime  # the end of that day in the organisation's zone


class StepDeadline(Value):
    """When the owner of a step is reminded, and when the step is overdue."""

    n: int
    department: str
    owner: str
    due_at: AwareDatetime
    remind_at: AwareDatetime


@event("capa.cause-review-opened.v1")
class CauseReviewOpened(Event):
    """The cause of a handled complaint is to be found (CA-1); once per complaint, whichever came first."""

    complaint_id: ComplaintId
    because: Literal["carried_out", "closed"]


@event("capa.cause-review-decided.v1")
class CauseReviewDecided(Event):
    """The root cause, and action or the reason for none (CA-1). Levels stand in clear for the reports, texts are sealed."""

    complaint_id: ComplaintId
    method: CauseMethod
    cause_levels: tuple[CauseLevel, ...]
    cause_texts: Sealed[tuple[str, ...]]
    needed: bool
    reason: Sealed[str]
    extend_to_others: bool
    capa_id: UUID | None = None


@event("capa.capa-opened.v1")
class CapaOpened(Event):
    """A corrective or preventive action began in planning (CA-2, CA-6)."""

    capa_id: UUID
    number: str
    trigger: TriggerKind
    trigger_ref: str | None = None
    title: str
    severity: Severity
    owner_department: str
    complaints: tuple[UUID, ...] = ()
    product_code: str | None = None
    issue_code: str | None = None


@event("capa.capa-complaint-added.v1")
class CapaComplaintAdded(Event):
    """One more complaint is served by an open action."""

    capa_id: UUID
    complaint_id: ComplaintId


@event("capa.containment-done.v1")
class ContainmentDone(Event):
    """Harm was kept from spreading before the cause was known (8D, D3)."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int
    on: date
    text: Sealed[str]


@event("capa.plan-proposed.v1")
class PlanProposed(Event):
    """What shall be done, by whom, until when (CA-3, CA-4); it waits for another person's approval."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int
    nonconformity: Sealed[str]
    returned_quantity: int | None = None
    containment: Sealed[str]
    root_cause: Sealed[str]
    corrective: Sealed[str]
    preventive: Sealed[str]
    steps: tuple[PlannedStep, ...]
    step_texts: Sealed[tuple[str, ...]]


@event("capa.plan-approved.v1")
class PlanApproved(Event):
    """The person entitled approved the plan (CA-7); from now on its steps are watched."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int
    reason: Sealed[str] | None = None
    steps: tuple[StepDeadline, ...]


@event("capa.plan-returned.v1")
class PlanReturned(Event):
    """The plan was not approved; another one is due."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int
    reason: Sealed[str]


@event("capa.step-done.v1")
class StepDone(Event):
    """A step was carried out, with what shows it. With the last one the action awaits its review."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int
    n: int
    on: date
    evidence: Sealed[str]
    steps_open: int


@event("capa.step-extended.v1")
class StepExtended(Event):
    """A step got more time, for a reason on record."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int
    n: int
    due_on: date
    due_at: AwareDatetime
    remind_at: AwareDatetime
    department: str
    owner: str
    reason: Sealed[str]


@event("capa.step-reminded.v1")
class StepReminded(Event):
    """The owner of a step was reminded: by a person with a word of theirs, or by the clock."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int
    n: int
    department: str
    owner: str
    due_on: date
    text: Sealed[str] | None = None


@event("capa.step-overdue.v1")
class StepOverdue(Event):
    """A step was not done in time; quality management, which watches the table, is told (CA-3)."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int
    n: int
    department: str
    owner: str
    due_on: date
    escalated_to: str


@event("capa.effectiveness-reviewed.v1")
class EffectivenessReviewed(Event):
    """Somebody who did no step judged whether the cause is gone (CA-4)."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int
    verdict: Verdict
    evidence: Sealed[str]


@event("capa.capa-round-opened.v1")
class CapaRoundOpened(Event):
    """The action had no effect: a new round begins and a new plan is due (CA-4)."""

    capa_id: UUID
    complaints: tuple[UUID, ...] = ()
    round: int


@event("capa.capa-closed.v1")
class CapaClosed(Event):
    """The action was effective. The desk tells the customers of its complaints (CA-5)."""

    capa_id: UUID
    number: str
    complaints: tuple[UUID, ...] = ()
    rounds: int


@event("capa.personal-data-read.v1")
class PersonalDataRead(Event):
    """Somebody was shown sealed texts of a cause review (IN-9). Its stream is the reading's own, never the review's."""

    subjects: tuple[UUID, ...]
    fields: tuple[str, ...]
    call: str


EVENTS: tuple[type[Event], ...] = (
    CauseReviewOpened,
    CauseReviewDecided,
    CapaOpened,
    CapaComplaintAdded,
    ContainmentDone,
    PlanProposed,
    PlanApproved,
    PlanReturned,
    StepDone,
    StepExtended,
    StepReminded,
    StepOverdue,
    EffectivenessReviewed,
    CapaRoundOpened,
    CapaClosed,
    PersonalDataRead,
)
