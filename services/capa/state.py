"""What must be remembered of a corrective action to decide about it? Folded from its events, nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.contracts.capa import (
    CapaClosed,
    CapaComplaintAdded,
    CapaOpened,
    CapaRoundOpened,
    PlanApproved,
    PlanProposed,
    PlanReturned,
    StepDone,
    StepExtended,
    StepOverdue,
    StepReminded,
)
from shared.contracts.event import Event

CapaState = Literal["planning", "awaiting_approval", "in_work", "awaiting_review", "closed"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the plan in force. `reminded` and `overdue` say what the clock has told of the date it has now."""

    n: int
    department: str
    owner: str
    due_on: date
    due_at: datetime
    remind_at: datetime | None = None  # known once the plan is approved
    reminded: bool = False
    overdue: bool = False
    done: bool = False


@dataclass(frozen=True, slots=True)
class Capa:
    """An action in its present round; it is not opened while it has no number."""

    id: UUID
    number: str = ""
    state: CapaState = "planning"
    owner_department: str = ""
    complaints: tuple[UUID, ...] = ()
    round: int = 1
    author: str | None = None  # of the plan that waits or is in force
    steps: tuple[Step, ...] = ()
    workers: frozenset[str] = frozenset()  # who did a step of this round

    @property
    def opened(self) -> bool:
        return self.number != ""

    @property
    def departments(self) -> frozenset[str]:
        """Who takes part: the owner and those with a step."""
        return frozenset({self.owner_department, *(step.department for step in self.steps)})

    def step(self, n: int) -> Step | None:
        return next((step for step in self.steps if step.n == n), None)


def initial(stream_id: UUID) -> Capa:
    return Capa(stream_id)


def evolve(capa: Capa, event: Event) -> Capa:
    match event:
        case CapaOpened():
            return replace(capa, number=event.number, owner_department=event.owner_department, complaints=event.complaints)
        case CapaComplaintAdded():
            return replace(capa, complaints=(*capa.complaints, event.complaint_id))
        case PlanProposed():
            return replace(capa, state="awaiting_approval", author=next(iter(_persons(event)), None), steps=tuple(_planned(event)))
        case PlanReturned():
            return replace(capa, state="planning", author=None, steps=())
        case PlanApproved():
            deadlines = {step.n: step.remind_at for step in event.steps}
            return replace(capa, state="in_work", steps=tuple(replace(step, remind_at=deadlines.get(step.n)) for step in capa.steps))
        case StepDone():
            done = _with_step(capa, event.n, done=True)
            state: CapaState = "in_work" if event.steps_open else "awaiting_review"
            return replace(done, state=state, workers=capa.workers.union(_persons(event)))
        case StepExtended():
            until = {"due_on": event.due_on, "due_at": event.due_at, "remind_at": event.remind_at}
            return _with_step(capa, event.n, **until, reminded=False, overdue=False)
        case StepReminded(text=None):
            return _with_step(capa, event.n, reminded=True)
        case StepOverdue():
            return _with_step(capa, event.n, overdue=True)
        case CapaRoundOpened():
            return replace(capa, state="planning", round=event.round, author=None, steps=(), workers=frozenset())
        case CapaClosed():
            return replace(capa, state="closed")
        case _:
            return capa


def _planned(event: PlanProposed) -> Iterable[Step]:
    return (Step(step.n, step.department, step.owner, step.due_on, step.due_at) for step in event.steps)


def _persons(event: Event) -> frozenset[str]:
    return frozenset() if event.actor is None else frozenset({event.actor.person})


def _with_step(capa: Capa, n: int, **changed: object) -> Capa:
    return replace(capa, steps=tuple(replace(step, **changed) if step.n == n else step for step in capa.steps))  # type: ignore[arg-type]  # fields by name
