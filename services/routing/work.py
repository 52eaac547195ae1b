"""Which work waits in which department, and what ends it? Each task is offered and ended in one place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from uuid import uuid5

from services.routing.state import Case, WorkItem
from shared.contracts.routing import CaseAssessed, WorkItemDone, WorkItemOffered
from shared.contracts.vocabulary import EarlyWarning, Severity, Task

OUTLIVE_CLOSING: Collection[Task] = ("tell", "news")
WARNED: Mapping[EarlyWarning, str] = MappingProxyType({"A": "leading_group", "B": "working_group", "C": "marketing"})  # RT-6


def offered(case: Case, task: Task, department: str, severity: Severity | None, number: str | None = None) -> WorkItemOffered:
    """The item's id follows from the case, the task and how many the department had, so that no id is drawn in a decision."""
    before = sum(1 for item in case.items if (item.task, item.department) == (task, department))
    return WorkItemOffered(
        complaint_id=case.id,
        item_id=uuid5(case.id, f"{task}/{department}/{before + 1}"),
        number=number or case.number,
        department=department,
        task=task,
        severity=severity,
    )


def offered_by_assessment(case: Case, assessed: CaseAssessed) -> Iterator[WorkItemOffered]:
    """What an assessment sets going (RT-2 to RT-6, RT-15)."""

    def to(department: str, task: Task) -> WorkItemOffered:
        return offered(case, task, department, assessed.severity)

    yield to(assessed.path, "remedy")
    acting = _acting(assessed)
    if acting is not None:
        yield to(acting, "act")
    if case.content_class == "product_quality":
        yield to("final_inspection", "inspect")
    if assessed.severity != "ordinary":
        yield to("quality_management", "file")
    if assessed.early_warning is not None:
        yield to(WARNED[assessed.early_warning], "warn")
    if assessed.legal:
        yield to("legal", "legal")


def _acting(assessed: CaseAssessed) -> str | None:
    """Who acts, by severity (RT-4); an ordinary case that stays at the desk needs nobody else."""
    if assessed.severity == "major":
        return "technical_director"
    if assessed.severity == "important":
        return "technical"
    return assessed.responsible_department if assessed.pass_on else None


def ended(case: Case, *tasks: Task) -> Iterator[WorkItemDone]:
    """The open items of these tasks are done by the call that fulfils them."""
    return (_done(case, item) for item in case.items if item.task in tasks and not item.done)


def ended_by_closing(case: Case) -> Iterator[WorkItemDone]:
    return (_done(case, item) for item in case.items if item.task not in OUTLIVE_CLOSING and not item.done)


def _done(case: Case, item: WorkItem) -> WorkItemDone:
    return WorkItemDone(complaint_id=case.id, item_id=item.id)


def holds(case: Case, person: str) -> bool:
    """Has this person taken work of the case that is not yet ended?"""
    return any(item.holder == person and not item.done for item in case.items)
