"""Which work waits in which department, and what ends it? Each task is offered and ended in one place."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID, uuid5

from services.routing.item import WorkItem
from services.routing.state import Case
from shared.contracts.routing import WorkItemDone, WorkItemOffered
from shared.contracts.vocabulary import Path, Severity, Task
from shared.policy import Policy

OUTLIVE_CLOSING: Collection[Task] = ("tell", "news")

Offer = tuple[str, Task]  # department, task


def offered(
    case: Case, task: Task, department: str, severity: Severity | None, number: str | None = None, about: UUID | None = None
) -> WorkItemOffered:
    """The item's id follows from the case, the task and how many the department was offered, so that no id is drawn in a decision."""
    before = sum(1 for item in case.items if (item.task, item.offered_to) == (task, department))
    return WorkItemOffered(
        complaint_id=case.id,
        item_id=uuid5(case.id, f"{task}/{department}/{before + 1}"),
        number=number or case.number,
        department=department,
        task=task,
        severity=severity,
        about=about,
    )


def along_the_path(case: Case, severity: Severity, path: Path, responsible: str | None, policy: Policy) -> Iterator[Offer]:
    """Who has work on a case of this severity (RT-2 to RT-4); what stays at the desk is no responsible department's."""
    yield path, "remedy"
    acting = policy.acts(severity, responsible if path != "desk" else None)
    if acting is not None:
        yield acting, "act"
    further = policy.path(severity)
    if further.inspect is not None and case.content_class == "product_quality":
        yield further.inspect, "inspect"
    if further.file is not None:
        yield further.file, "file"


def missing(case: Case, severity: Severity | None, offers: Iterator[Offer]) -> Iterator[WorkItemOffered]:
    """Those of the offers that nobody has had since the case was opened or opened again."""
    there = {(item.offered_to, item.task) for item in case.items[case.items_past :]}
    return (offered(case, task, department, severity) for department, task in offers if (department, task) not in there)


def warned(case: Case, group: str | None, severity: Severity | None) -> Iterator[WorkItemOffered]:
    """The group that a warning goes to, unless it is at it (RT-6)."""
    if group is not None and not any(item.offered_to == group for item in _open(case, "warn")):
        yield offered(case, "warn", group, severity)


def at_the_desk_again(case: Case) -> Iterator[WorkItemOffered]:
    """A reopened case is the desk's (RT-13); one that was never assessed, as imported ones, is assessed first, and what was passed
    on is quality's to remedy again."""
    yield offered(case, "reopened", "desk", case.severity)
    if not case.assessed:
        yield offered(case, "assess", "desk", case.severity)
    elif case.path == "quality_assurance":
        yield offered(case, "remedy", case.path, case.severity)


def ended(case: Case, *tasks: Task) -> Iterator[WorkItemDone]:
    """The open items of these tasks are done by the call that fulfils them."""
    return (_done(case, item) for item in _open(case, *tasks))


def ended_elsewhere(case: Case, task: Task, department: str | None) -> Iterator[WorkItemDone]:
    """The task is this department's now, or nobody's; where else it waits it is over."""
    return (_done(case, item) for item in _open(case, task) if item.offered_to != department)


def ended_by_closing(case: Case) -> Iterator[WorkItemDone]:
    return (_done(case, item) for item in case.items if item.task not in OUTLIVE_CLOSING and not item.done)


def _open(case: Case, *tasks: Task) -> Iterator[WorkItem]:
    return (item for item in case.items if item.task in tasks and not item.done)


def _done(case: Case, item: WorkItem) -> WorkItemDone:
    return WorkItemDone(complaint_id=case.id, item_id=item.id)


def holds(case: Case, person: str) -> bool:
    """Has this person taken work of the case that is not yet ended?"""
    return any(item.holder == person and not item.done for item in case.items)
