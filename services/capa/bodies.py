"""What do the doors of reviews and actions take in? Each body becomes one command."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from services.capa.cause_review import Cause, DecideReview
from services.capa.commands import (
    Contain,
    DecidePlan,
    ExtendStep,
    FinishStep,
    OpenCapa,
    PlanStep,
    ProposePlan,
    RemindOwner,
    ReviewEffectiveness,
    Trigger,
)
from shared.contracts.capa import Verdict
from shared.contracts.vocabulary import CauseLevel, CauseMethod, ComplaintId, Nature, Severity, TriggerKind
from shared.web import Body, Code, Day, Flag, FreeText, Many, Part
from shared.web.fields import Count


def end_of(day: Day, zone: ZoneInfo) -> datetime:
    """The first moment that is too late."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


class CauseBody(Part):
    level: CauseLevel
    text: FreeText


class DecisionBody(Body):
    method: CauseMethod
    causes: Many[CauseBody]
    needed: Flag
    join_capa: UUID | None = None
    reason: FreeText
    extend_to_others: Flag

    def command(self, complaint_id: UUID, nature: Nature | None) -> DecideReview:
        return DecideReview(
            complaint_id=ComplaintId(complaint_id),
            method=self.method,
            causes=tuple(Cause(cause.level, cause.text) for cause in self.causes),
            needed=self.needed,
            join_capa=self.join_capa,
            reason=self.reason,
            extend_to_others=self.extend_to_others,
            nature=nature,
        )


class TriggerBody(Part):
    """What made the action necessary (CA-6); `ref` names it, for example an audit's number."""

    kind: TriggerKind
    ref: Code | None = None


class OpeningBody(Body):
    """An action opened by hand."""

    trigger: TriggerBody
    title: FreeText
    severity: Severity
    product_code: Code | None = None
    issue_code: Code | None = None
    complaints: Many[UUID] = ()

    def command(self, responsible_department: str | None) -> OpenCapa:
        return OpenCapa(
            trigger=Trigger(self.trigger.kind, self.trigger.ref),
            title=self.title,
            severity=self.severity,
            responsible_department=responsible_department,
            complaints=tuple(dict.fromkeys(self.complaints)),
            product_code=self.product_code,
            issue_code=self.issue_code,
        )


class ContainmentBody(Body):
    on: Day
    text: FreeText

    def command(self) -> Contain:
        return Contain(self.on, self.text)


class StepBody(Part):
    """A row of the time-control table (CA-3); `owner` is the person's name as in their token."""

    what: FreeText
    department: Code
    owner: Code
    due_on: Day


class PlanBody(Body):
    """《纠正/预防措施报告》 from the nonconformity to the preventive action, with its time-control table (CA-3, CA-4)."""

    nonconformity: FreeText
    returned_quantity: Count | None
    containment: FreeText
    root_cause: FreeText
    corrective: FreeText
    preventive: FreeText
    steps: Annotated[Many[StepBody], Field(min_length=1)]

    def command(self, zone: ZoneInfo) -> ProposePlan:
        return ProposePlan(
            nonconformity=self.nonconformity,
            returned_quantity=self.returned_quantity,
            containment=self.containment,
            root_cause=self.root_cause,
            corrective=self.corrective,
            preventive=self.preventive,
            steps=tuple(PlanStep(s.what, s.department, s.owner, s.due_on, end_of(s.due_on, zone)) for s in self.steps),
        )


class ApprovalBody(Body):
    approved: Flag
    reason: FreeText

    def command(self) -> DecidePlan:
        return DecidePlan(self.approved, self.reason)


class StepDoneBody(Body):
    on: Day
    evidence: FreeText

    def command(self, n: int) -> FinishStep:
        return FinishStep(n, self.on, self.evidence)


class ExtensionBody(Body):
    due_on: Day
    reason: FreeText

    def command(self, n: int, zone: ZoneInfo) -> ExtendStep:
        return ExtendStep(n, self.due_on, end_of(self.due_on, zone), self.reason)


class ReminderBody(Body):
    text: FreeText

    def command(self, n: int) -> RemindOwner:
        return RemindOwner(n, self.text)


class EffectivenessBody(Body):
    verdict: Verdict
    evidence: FreeText

    def command(self) -> ReviewEffectiveness:
        return ReviewEffectiveness(self.verdict, self.evidence)
