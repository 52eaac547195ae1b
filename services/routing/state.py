"""What must routing remember of a complaint to decide about it? Folded from its events, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseImported,
    CaseOpened,
    CaseReopened,
    MeetingHeld,
    RemedyAnswered,
    RemedyCarriedOut,
    RemedyOffered,
    RemedyVerified,
    ResultReported,
    WorkItemDone,
    WorkItemOffered,
    WorkItemTaken,
)
from shared.contracts.states import CaseState
from shared.contracts.vocabulary import ComplaintId, ContentClass, Nature, Path, Severity, Task


@dataclass(frozen=True, slots=True)
class Round:
    """One offer and what became of it; `answer` is None while it is with the customer."""

    number: int
    answer: bool | None = None
    carried_out: bool = False
    verified: bool = False


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Work in a department's queue; nobody holds it until somebody takes it."""

    id: UUID
    department: str
    task: Task
    holder: str | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A case has its complaint's id; it is not opened while it has no number."""

    id: ComplaintId
    number: str = ""
    state: CaseState = "received"
    content_class: ContentClass | None = None
    imported: bool = False
    departments: tuple[str, ...] = ()
    posted_by: str | None = None
    assessed: bool = False
    severity: Severity | None = None
    nature: Nature | None = None
    path: Path | None = None
    responsible_department: str | None = None
    meetings: int = 0
    rounds: tuple[Round, ...] = ()
    rounds_past: int = 0  # so many rounds lie before a reopening and count no more
    items: tuple[WorkItem, ...] = ()
    closings: int = 0
    reopened: int = 0
    handlers: frozenset[str] = frozenset()  # who assessed, offered, took or closed: they do not ask the customer afterwards

    @property
    def opened(self) -> bool:
        return self.number != ""

    @property
    def closed(self) -> bool:
        return self.state in ("closed", "withdrawn")

    @property
    def current(self) -> Round | None:
        """The last round that counts."""
        return self.rounds[-1] if len(self.rounds) > self.rounds_past else None

    @property
    def held_by(self) -> frozenset[str]:
        """The departments that have or had work on it."""
        return frozenset(item.department for item in self.items)

    def item(self, item_id: UUID) -> WorkItem | None:
        return next((item for item in self.items if item.id == item_id), None)

    def round(self, number: int) -> Round | None:
        return next((one for one in self.rounds if one.number == number), None)


def initial(stream_id: UUID) -> Case:
    return Case(ComplaintId(stream_id))


def evolve(case: Case, event: Event) -> Case:
    match event:
        case CaseOpened():
            return replace(
                case,
                number=event.number,
                content_class=event.content_class,
                departments=event.departments,
                posted_by=event.posted_by,
            )
        case CaseImported():
            return _imported(case, event)
        case WorkItemOffered():
            return replace(case, items=(*case.items, WorkItem(event.item_id, event.department, event.task)))
        case WorkItemTaken():
            return _with_item(replace(case, handlers=case.handlers | {event.holder}), event.item_id, holder=event.holder)
        case WorkItemDone():
            return _with_item(case, event.item_id, done=True)
        case CaseAssessed():
            return _assessed(case, event)
        case MeetingHeld():
            return replace(case, meetings=case.meetings + 1)
        case RemedyOffered():
            return _handled(replace(case, state="offered", rounds=(*case.rounds, Round(event.round))), event)
        case RemedyAnswered():
            return _with_round(replace(case, state="accepted" if event.accepted else "refused"), Round(event.round, answer=event.accepted))
        case RemedyCarriedOut():
            return _with_round(replace(case, state="remedied"), Round(event.round, answer=True, carried_out=True))
        case RemedyVerified():
            return _with_round(case, Round(event.round, answer=True, carried_out=True, verified=True))
        case ResultReported():
            return replace(case, state="told") if case.state == "remedied" else case
        case CaseClosed():
            return replace(case, state=_ended(event.outcome), closings=event.closing_round, handlers=case.handlers.union(event.handlers))
        case CaseReopened():
            return replace(case, state=event.state, reopened=case.reopened + 1, rounds_past=len(case.rounds))
        case _:
            return case


def _imported(case: Case, event: CaseImported) -> Case:
    return replace(
        case,
        number=event.number,
        state=_ended(event.outcome) if event.closed else "received",
        content_class=event.content_class,
        imported=True,
        severity=event.severity,
        closings=event.reopened + (1 if event.closed else 0),
        reopened=event.reopened,
    )


def _assessed(case: Case, event: CaseAssessed) -> Case:
    return _handled(
        replace(
            case,
            state="assessed",
            assessed=True,
            severity=event.severity,
            nature=event.nature,
            path=event.path,
            responsible_department=event.responsible_department,
        ),
        event,
    )


def _ended(outcome: str | None) -> CaseState:
    return "withdrawn" if outcome == "withdrawn" else "closed"


def _handled(case: Case, event: Event) -> Case:
    return case if event.actor is None else replace(case, handlers=case.handlers | {event.actor.person})


def _with_round(case: Case, changed: Round) -> Case:
    return replace(case, rounds=tuple(changed if one.number == changed.number else one for one in case.rounds))


def _with_item(case: Case, item_id: UUID, *, holder: str | None = None, done: bool = False) -> Case:
    return replace(
        case,
        items=tuple(
            replace(item, holder=holder or item.holder, done=done or item.done) if item.id == item_id else item for item in case.items
        ),
    )
