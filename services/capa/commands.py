"""What can be asked of a corrective action? One frozen type per move; free text is in clear here and sealed when the event gets its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.contracts.capa import Verdict
from shared.contracts.vocabulary import ComplaintId, Severity, TriggerKind


@dataclass(frozen=True, slots=True)
class Trigger:
    """What made it necessary: a complaint, a trend, an audit …, and which one."""

    kind: TriggerKind
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class OpenCapa:
    trigger: Trigger
    title: str
    severity: Severity
    responsible_department: str | None = None
    complaints: tuple[UUID, ...] = ()
    product_code: str | None = None
    issue_code: str | None = None


@dataclass(frozen=True, slots=True)
class JoinCapa:
    """A complaint's cause is the one this action is already about."""

    complaint_id: ComplaintId


@dataclass(frozen=True, slots=True)
class Contain:
    on: date
    text: str


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A row of the time-control table; `due_at` is the end of its last day in the organisation's zone."""

    what: str
    department: str
    owner: str
    due_on: date
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ProposePlan:
    nonconformity: str
    returned_quantity: int | None
    containment: str
    root_cause: str
    corrective: str
    preventive: str
    steps: tuple[PlanStep, ...]


@dataclass(frozen=True, slots=True)
class DecidePlan:
    approved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class FinishStep:
    n: int
    on: date
    evidence: str


@dataclass(frozen=True, slots=True)
class ExtendStep:
    n: int
    due_on: date
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RemindOwner:
    n: int
    text: str


@dataclass(frozen=True, slots=True)
class LookAtSteps:
    """A moment has come at which a step may have to be reminded of, or may be overdue."""


@dataclass(frozen=True, slots=True)
class ReviewEffectiveness:
    verdict: Verdict
    evidence: str


Command = (
    OpenCapa | JoinCapa | Contain | ProposePlan | DecidePlan | FinishStep | ExtendStep | RemindOwner | LookAtSteps | ReviewEffectiveness
)
