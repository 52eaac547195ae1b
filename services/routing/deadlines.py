"""What is on record of a case's deadlines? That one is near, that it was missed, and each step up the ladder, once.

It has a stream of its own: what the clock says must not make a person's `If-Match` fail, and nothing else of a case matters here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.routing import CaseEscalated, DeadlineMissed, DeadlineNear
from shared.contracts.vocabulary import ComplaintId
from shared.decider import Context, Decider

Name = tuple[str, str, str]  # clock, instance, and what is noted: "near", "missed", or the level


def stream_of(subject: UUID) -> UUID:
    """Where the deadlines of a complaint, of other feedback, or of an action without a complaint are on record."""
    return uuid5(subject, "deadlines")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When what was last noted."""

    id: UUID
    noted: Mapping[Name, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """Whose deadline it is, and of which work."""

    clock: str
    instance: str
    due_at: datetime
    department: str
    complaint_id: ComplaintId | None = None
    feedback_id: UUID | None = None
    capa_id: UUID | None = None
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be noted, and since when. `level` and where to, of a step of the ladder."""

    about: About
    what: Literal["near", "missed", "escalated"]
    at: datetime
    late: bool = False
    level: int = 0
    to_department: str | None = None
    to_person: str | None = None
    reason_code: str = ""

    @property
    def name(self) -> Name:
        return self.about.clock, self.about.instance, str(self.level) if self.what == "escalated" else self.what


@dataclass(frozen=True, slots=True)
class Note:
    notices: tuple[Notice, ...]


def note(deadlines: Deadlines, command: Note, context: Context) -> Sequence[Event]:
    """Nothing is told twice, unless new terms gave more time since and that is over, too."""
    return tuple(_events(deadlines, command, context.now))


def _events(deadlines: Deadlines, command: Note, now: datetime) -> Iterator[Event]:
    for notice in command.notices:
        noted = deadlines.noted.get(notice.name)
        if notice.at <= now and (noted is None or noted < notice.at):
            yield _event(notice)


def _event(notice: Notice) -> Event:
    about = notice.about
    whose = {
        "clock": about.clock, "instance": about.instance, "complaint_id": about.complaint_id, "feedback_id": about.feedback_id,
        "capa_id": about.capa_id, "item_id": about.item_id,
    }  # fmt: skip
    match notice.what:
        case "near":
            return DeadlineNear.model_validate({**whose, "due_at": about.due_at, "department": about.department})
        case "missed":
            return DeadlineMissed.model_validate({**whose, "due_at": about.due_at, "department": about.department, "late": notice.late})
        case "escalated":
            step = {"level": notice.level, "to_department": notice.to_department, "to_person": notice.to_person}
            return CaseEscalated.model_validate({**whose, **step, "reason_code": notice.reason_code})


def evolve(deadlines: Deadlines, event: Event) -> Deadlines:
    match event:
        case DeadlineNear():
            return _noted(deadlines, (event.clock, event.instance, "near"), event)
        case DeadlineMissed():
            return _noted(deadlines, (event.clock, event.instance, "missed"), event)
        case CaseEscalated():
            return _noted(deadlines, (event.clock, event.instance, str(event.level)), event)
        case _:
            return deadlines


def _noted(deadlines: Deadlines, name: Name, event: Event) -> Deadlines:
    return deadlines if event.occurred_at is None else replace(deadlines, noted={**deadlines.noted, name: event.occurred_at})


DEADLINES: Decider[Deadlines, Note] = Decider("deadlines", Deadlines, note, evolve)
