"""What does routing publish? Topic `redress.routing`."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.routing_remedy import (
    CustomerReminded,
    RecourseNamed,
    RemedyAnswered,
    RemedyApproved,
    RemedyCarriedOut,
    RemedyDeclined,
    RemedyOffered,
    RemedyProposed,
    RemedyVerified,
    ResultReported,
)
from shared.contracts.routing_time import CaseEscalated, ClockPaused, ClockResumed, DeadlineMissed, DeadlineNear
from shared.contracts.routing_work import (
    InspectionCatch,
    InspectionLifted,
    InspectionTightened,
    WorkItemAssigned,
    WorkItemDone,
    WorkItemHandedOver,
    WorkItemOffered,
    WorkItemReminded,
    WorkItemReturned,
    WorkItemTaken,
)
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
    Severity,
)

__all__ = [
    "EVENTS", "CaseAssessed", "CaseClosed", "CaseEscalated", "CaseImported", "CaseOpened", "CasePolicyMoved", "CaseRegraded",
    "CaseReopened", "CaseSupplemented", "ClockPaused", "ClockResumed", "CustomerReminded", "DataExported", "DeadlineMissed",
    "DeadlineNear", "EarlyWarningSet", "InspectionCatch", "InspectionLifted", "InspectionTightened", "MeetingHeld", "PersonalDataRead", "PolicyAdopted",
    "RecourseNamed", "RemedyAnswered", "RemedyApproved", "RemedyCarriedOut", "RemedyDeclined", "RemedyOffered", "RemedyProposed",
    "RemedyVerified", "ResultReported", "WorkItemAssigned", "WorkItemDone", "WorkItemHandedOver", "WorkItemOffered",
    "WorkItemReminded", "WorkItemReturned", "WorkItemTaken",
]  # fmt: skip


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
    policy_version: str | None = None  # the rules it keeps, unless a person moves it


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
    policy_version: str | None = None


@event("routing.case-supplemented.v1")
class CaseSupplemented(Event):
    """Facts of the complaint became known after the case was opened (IN-6): what is there replaces what was unknown or said before."""

    complaint_id: ComplaintId
    issue_codes: tuple[str, ...] = ()
    product_code: str | None = None
    batch: str | None = None


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


@event("routing.case-regraded.v1")
class CaseRegraded(Event):
    """Severity or nature was changed after the assessment; what did not change is absent. Became major: `path` says who remedies now."""

    complaint_id: ComplaintId
    severity: Severity | None = None
    severity_before: Severity | None = None
    nature: Nature | None = None
    nature_before: Nature | None = None
    path: Path | None = None
    reason: Sealed[str]


@event("routing.early-warning-set.v1")
class EarlyWarningSet(Event):
    """The signs were diagnosed: class, cause and forecast (RT-6); no class means that there is nothing to warn of any more."""

    complaint_id: ComplaintId
    early_warning: EarlyWarning | None = None
    before: EarlyWarning | None = None
    cause: Sealed[str] | None = None
    forecast: Sealed[str] | None = None
    reason: Sealed[str] | None = None
    because: Literal["person", "deadline"]


@event("routing.meeting-held.v1")
class MeetingHeld(Event):
    """The departments met over a major case and decided (RT-3)."""

    complaint_id: ComplaintId
    held_at: AwareDatetime
    attendees: tuple[str, ...]
    decision: Sealed[str]


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


@event("routing.case-policy-moved.v1")
class CasePolicyMoved(Event):
    """A person put the case under another version of the policy."""

    complaint_id: ComplaintId
    policy_version: str
    before: str | None = None
    reason: Sealed[str]


@event("routing.personal-data-read.v1")
class PersonalDataRead(Event):
    """Somebody was shown sealed fields of a case (IN-9). Its stream is the reading's own, never the case's."""

    subjects: tuple[UUID, ...]
    fields: tuple[str, ...]
    call: str


@event("routing.data-exported.v1")
class DataExported(Event):
    """Somebody took a case out as a file (IN-9): which call, which cases, how many events."""

    call: str
    subjects: tuple[UUID, ...] = ()
    rows: int = 0


@event("routing.policy-adopted.v1")
class PolicyAdopted(Event):
    """The organisation's rules from a date on, with their content, so that every service uses the same version."""

    version: str
    effective_on: date
    policy: dict[str, Any]
    reason: Sealed[str] | None = None


EVENTS: tuple[type[Event], ...] = (
    CaseOpened,
    CaseImported,
    WorkItemOffered,
    WorkItemTaken,
    WorkItemReturned,
    WorkItemHandedOver,
    WorkItemAssigned,
    WorkItemReminded,
    WorkItemDone,
    CaseSupplemented,
    CaseAssessed,
    CaseRegraded,
    EarlyWarningSet,
    MeetingHeld,
    RemedyProposed,
    RemedyApproved,
    RemedyDeclined,
    RemedyOffered,
    RemedyAnswered,
    RemedyCarriedOut,
    RemedyVerified,
    RecourseNamed,
    CustomerReminded,
    ResultReported,
    ClockPaused,
    ClockResumed,
    DeadlineNear,
    DeadlineMissed,
    CaseEscalated,
    InspectionTightened,
    InspectionCatch,
    InspectionLifted,
    CaseClosed,
    CaseReopened,
    CasePolicyMoved,
    PersonalDataRead,
    DataExported,
    PolicyAdopted,
)
