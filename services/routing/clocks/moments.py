"""At which moments must somebody be told of a clock? Near its end, at a miss, and at each step of the ladder after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.routing.clocks.reckoning import Clock
from shared.policy.policy import Rung

What = Literal["near", "missed", "escalated"]
Notes = Mapping[tuple[str, str, str], datetime]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something to be noted of a clock, and since when."""

    clock: Clock
    what: What
    at: datetime
    rung: Rung | None = None


def pending(clock: Clock, notes: Notes) -> Iterator[Moment]:
    """What is still to be noted, past and future, in the order of time. A note counts while its moment stands: more time from new terms undoes it."""
    if clock.over or clock.state == "paused" or not clock.span.tells:
        return
    name = (clock.span.clock, clock.span.instance)
    if not _noted(notes, (*name, "missed"), clock.due_at):
        if clock.near_at < clock.due_at and not _noted(notes, (*name, "near"), clock.near_at):
            yield Moment(clock, "near", clock.near_at)
        yield Moment(clock, "missed", clock.due_at)
    for rung in clock.policy.ladder:
        at = clock.policy.after(clock.due_at, rung.after)
        if not _noted(notes, (*name, str(rung.level)), at):
            yield Moment(clock, "escalated", at, rung)


def come(clock: Clock, notes: Notes, now: datetime) -> list[Moment]:
    """What is to be noted now. Of a deadline that is missed nobody needs to hear any more that it is near."""
    due = [moment for moment in pending(clock, notes) if moment.at <= now]
    return due if all(moment.what == "near" for moment in due) else [moment for moment in due if moment.what != "near"]


def _noted(notes: Notes, name: tuple[str, str, str], moment: datetime) -> bool:
    at = notes.get(name)
    return at is not None and at >= moment
