"""When is work due that is offered now? As far as it is known at that moment; from then on its clock says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.routing.folding import evolve
from services.routing.rules import rules
from services.routing.state import Case
from shared.contracts.event import Event
from shared.contracts.routing import WorkItemOffered
from shared.contracts.vocabulary import EarlyWarning, Severity, Task
from shared.decider import Context
from shared.policy import Policy
from shared.policy.policy import Grade

Due = tuple[str, datetime]  # clock, moment


def due_of(
    task: Task, department: str, severity: Severity | None, policy: Policy, now: datetime, *, warning: EarlyWarning | None = None
) -> Due:
    """The clock of a task, and when it is due if it starts now. What has no clock of its own must be taken in time."""
    clock, grade = _clock(task, department, severity, warning)
    return clock, policy.due(clock, grade, now)


def _clock(task: Task, department: str, severity: Severity | None, warning: EarlyWarning | None) -> tuple[str, Grade | None]:
    match task:
        case "assess":
            return "assessment", severity
        case "remedy" if department == "desk":
            return "desk_remedy", severity
        case "warn" if warning is not None:
            return "early_warning", warning
        case _:
            return "take", severity


def in_time(case: Case, events: Sequence[Event], context: Context) -> Iterator[Event]:
    """The events of a decision on a case; each offer of work says when it is due."""
    for event in events:
        told = _due(case, event, context) if isinstance(event, WorkItemOffered) else event
        yield told
        case = evolve(case, told)


def _due(case: Case, offered: WorkItemOffered, context: Context) -> WorkItemOffered:
    since = context.now
    if offered.task in ("assess", "remedy") and not case.rounds and not case.reopened and case.registered_at is not None:
        since = case.registered_at
    clock, due_at = due_of(offered.task, offered.department, case.severity, rules(case, context), since, warning=case.early_warning)
    return offered.model_copy(update={"clock": clock, "due_at": due_at})
