"""When must a stream be looked at again? A row a timer, written with the views, fired once by whoever gets the row's lock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from shared.decider import Decider, Reaction
from shared.envelope import Envelope
from shared.views import View

LATE = timedelta(seconds=30)  # beyond this something stood still

_ADD = (
    "insert into timers (id, kind, stream_id, key, due_at, cause, recorded)"
    " select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::uuid[], $7::timestamptz[])"
    " on conflict (id) do nothing"
)


@dataclass(frozen=True, slots=True)
class Timer:
    """Look at this stream again at that moment, and tell it what for."""

    kind: str
    stream_id: UUID
    due_at: datetime


class Due(NamedTuple):
    """A timer whose moment has come, and what it follows from."""

    id: UUID
    kind: str
    stream_id: UUID
    key: str
    due_at: datetime
    cause: UUID
    recorded: datetime


@dataclass(frozen=True, slots=True)
class Now:
    """The product's time, and since when this process has been watching."""

    at: datetime
    began: datetime

    def late(self, moment: datetime) -> bool:
        """Whether nobody was there to say it when it came."""
        return moment < self.began or self.at - moment > LATE


class NotYet(Exception):
    """A look has not heard enough yet to say anything; its timers stay as they are and are found again at the next look."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What timers have to tell which streams, and which of them have nothing to tell before a later moment."""

    told: Sequence[tuple[Due, Reaction]]
    later: Sequence[tuple[Due, datetime]]


# What timers of a kind tell: the same command always, or what a look at many of them at once finds.
Look = Callable[[asyncpg.Connection, Sequence[Due], Now], Awaitable[Looked]]
Told = tuple[Decider[Any, Any], object] | Look

TimersOf = Callable[[Envelope], Iterable[Timer]]


def timers_view(timers_of: TimersOf, handles: frozenset[str]) -> View:
    """Keeps the timers table in step with the service's own events. It has no tables of its own, so no rebuild touches it."""

    async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        found = [(event, timer) for event in events for timer in timers_of(event)]
        if not found:
            return
        await connection.execute(
            _ADD,
            [event.follow(f"timer/{timer.kind}/{timer.stream_id}/{timer.due_at.isoformat()}") for event, timer in found],
            [timer.kind for _, timer in found],
            [timer.stream_id for _, timer in found],
            [event.meta.key for event, _ in found],
            [timer.due_at for _, timer in found],
            [event.recorded.event_id for event, _ in found],
            [event.recorded.recorded_at for event, _ in found],
        )

    return View("timers", 1, (), handles, apply)
