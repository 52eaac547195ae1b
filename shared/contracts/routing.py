"""What does routing publish? Topic `redress.routing`."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import (
    Channel,
    ComplaintId,
    ContentClass,
    EarlyWarning,
    ImmediateAction,
    Level3,
    Money,
    Nature,
    Outcome,
    Path,
    RemedyKind,
    Severity,
    Task,
)


@event("routing.case-opened.v1")
class CaseOpened(Event):
    """Routing took a received complaint in hand; the case has the complaint's id."""

    complaint_id: ComplaintId
    number: str
    channel: Channel
    content_class: ContentClass
    received_at: AwareDatetime
    registered_at: AwareDatetime
    issue_codes: tuple[str, ...] = ()
    product_code: str | None = None
    batch: str | None = None
    customer_ref: str | None = None
    departments: tuple[str, ...] = ()
    posted_by: str | None = None


@event("routing.case-imported.v1")
class CaseImported(Event):
    """A case with its history came from elsewhere. It starts no clock, work item, callback or cause review."""

    complaint_id: ComplaintId
    number: str
    channel: Channel
    content_class: ContentClass
    received_at: AwareDatetime
    registered_at: AwareDatetime
    severity: Severity | None = None
    closed: bool = False
    closed_at: AwareDatetime | None = None
    outcome: Outcome | None = None
    amount: Money | None = None
    reopened: int = 0
    issue_codes: tuple[str, ...] = ()
    product_code: str | None = None
    batch: str | None = None
    customer_ref: str | None = None


@event("routing.work-item-offered.v1")
class WorkItemOffered(Event):
    """Work waits in a department's queue (RT-7)."""

    complaint_id: ComplaintId
    item_id: UUID
    number: str
    department: str
    task: Task
    severity: Severity | None = None
    due_at: AwareDatetime | None = None
    clock: str | None = None


@event("routing.work-item-taken.v1")
class WorkItemTaken(Event):
    """A person of the department took the work."""

    complaint_id: ComplaintId
    item_id: UUID
    holder: str
    holder_name: str


@event("routing.work-item-done.v1")
class WorkItemDone(Event):
    """The work ended: by the call that fulfils it, or because the case closed."""

    complaint_id: ComplaintId
    item_id: UUID
    result: Sealed[str] | None = None


@event("routing.case-assessed.v1")
class CaseAssessed(Event):
    """The initial assessment (ISO 10002, initial assessment; RT-1)."""

    complaint_id: ComplaintId
    severity: Severity
    nature: Nature
    safety: bool
    recurrent: bool | None = None
    complexity: Level3
    impact: Level3
    immediate_action: ImmediateAction
    pass_on: bool
    path: Path
    responsible_department: str | None = None
    early_warning: EarlyWarning | None = None
    legal: bool = False
    reason: Sealed[str]


@event("routing.meeting-held.v1")
class MeetingHeld(Event):
    """The departments met over a major case and decided (RT-3)."""

    complaint_id: ComplaintId
    held_at: AwareDatetime
    attendees: tuple[str, ...]
    decision: Sealed[str]


@event("routing.remedy-offered.v1")
class RemedyOffered(Event):
    """The organisation proposed a remedy to the complainant (ISO 10002, response; RT-2, RT-3)."""

    complaint_id: ComplaintId
    round: int
    kinds: tuple[RemedyKind, ...]
    text: Sealed[str]
    commitment: str
    amount: Money | None = None


@event("routing.remedy-answered.v1")
class RemedyAnswered(Event):
    """The complainant accepted or refused the open round; refused means a new round is due."""

    complaint_id: ComplaintId
    round: int
    accepted: bool
    comment: Sealed[str] | None = None
    medium: str
    by: Literal["staff", "complainant"]


@event("routing.remedy-carried-out.v1")
class RemedyCarriedOut(Event):
    """What was promised was done."""

    complaint_id: ComplaintId
    round: int
    on: date
    evidence: Sealed[str]


@event("routing.remedy-verified.v1")
class RemedyVerified(Event):
    """Somebody checked that the correction holds (ISO 10002, follow-up form: correction verified)."""

    complaint_id: ComplaintId
    round: int
    on: date
    evidence: Sealed[str]


@event("routing.result-reported.v1")
class ResultReported(Event):
    """The result was told to the complainant (RT-14)."""

    complaint_id: ComplaintId
    medium: str
    text: Sealed[str]


@event("routing.case-closed.v1")
class CaseClosed(Event):
    """The case was closed. *Closed*, *remedied* and *customer confirmed* are three facts."""

    complaint_id: ComplaintId
    closing_round: int
    outcome: Outcome
    reason: Sealed[str] | None = None
    severity: Severity | None = None
    nature: Nature | None = None
    responsible_department: str | None = None
    handlers: tuple[str, ...] = ()


@event("routing.case-reopened.v1")
class CaseReopened(Event):
    """The customer is not satisfied after closing (RT-13); earlier rounds and closings stay on record.

    `state` is where the case stands again: `received` if it was never assessed here, as an imported one.
    """

    complaint_id: ComplaintId
    reason: Sealed[str]
    because: Literal["callback", "complainant", "staff"]
    state: Literal["assessed", "received"] = "assessed"
    closing_round: int | None = None  # the closing it undoes


@event("routing.personal-data-read.v1")
class PersonalDataRead(Event):
    """Somebody was shown sealed fields of a case (IN-9). Its stream is the reading's own, never the case's."""

    subjects: tuple[UUID, ...]
    fields: tuple[str, ...]
    call: str


@event("routing.policy-adopted.v1")
class PolicyAdopted(Event):
    """The organisation's rules from a date on, with their content, so that every service uses the same version."""

    version: str
    effective_on: date
    policy: dict[str, Any]


EVENTS: tuple[type[Event], ...] = (
    CaseOpened,
    CaseImported,
    WorkItemOffered,
    WorkItemTaken,
    WorkItemDone,
    CaseAssessed,
    MeetingHeld,
    RemedyOffered,
    RemedyAnswered,
    RemedyCarriedOut,
    RemedyVerified,
    ResultReported,
    CaseClosed,
    CaseReopened,
    PersonalDataRead,
    PolicyAdopted,
)
