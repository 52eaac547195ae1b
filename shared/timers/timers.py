"""When must a stream be looked at again? A row a timer, written with the views, fired once by whoever gets the row's lock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import structlog

from shared.clock import Clock
from shared.commands import stamped
from shared.consumer.failures import transient
from shared.consumer.reacting import SYSTEM
from shared.decider import Context, Decider
from shared.envelope import Envelope, Meta
from shared.policy import Policies
from shared.store.appender import VersionConflict
from shared.store.encode import Change
from shared.store.scribe import Scribe
from shared.store.store import Store
from shared.views import View

LOOK_EVERY = 0.5
AGAIN_AFTER = 60.0
AT_ONCE = 200

_ADD = (
    "insert into timers (id, kind, stream_id, key, due_at, cause, recorded)"
    " select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::uuid[], $7::timestamptz[])"
    " on conflict (id) do nothing"
)
_DUE = (
    "select id, kind, stream_id, key, cause, recorded from timers where due_at <= $1 and id <> all($2::uuid[])"
    " order by due_at limit $3 for update skip locked"
)
_DONE = "delete from timers where id = any($1::uuid[])"

log = structlog.get_logger("redress.timers")


@dataclass(frozen=True, slots=True)
class Timer:
    """Look at this stream again at that moment, and tell it what for."""

    kind: str
    stream_id: UUID
    due_at: datetime


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


class TimerLoop:
    """Fires what is due: one decision a timer, the row's deletion and the events in one transaction."""

    def __init__(
        self,
        service: str,
        due: Mapping[str, tuple[Decider[Any, Any], object]],
        *,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        store: Store,
        scribe: Scribe,
        clock: Clock,
        policies: Callable[[], Policies],
        appended: Callable[[int], None],
    ) -> None:
        self._service = service
        self._due = due
        self._connect = connect
        self._store = store
        self._scribe = scribe
        self._clock = clock
        self._policies = policies
        self._appended = appended
        self._stopping = asyncio.Event()
        self._failed: dict[UUID, float] = {}  # when; tried again after a while
        self.fired = 0

    async def run(self) -> None:
        """Looks every half second until stopped; lost connections are made anew."""
        connection: asyncpg.Connection | None = None
        while not self._stopping.is_set():
            try:
                if connection is None or connection.is_closed():
                    connection = await self._connect()
                while await self.fire(connection):
                    self._appended(0)  # committed only now: woken earlier the relay would have seen nothing
            except Exception as error:
                log.warning("timers restart", service=self._service, error=type(error).__name__)
                if connection is not None:
                    connection.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_EVERY)
        if connection is not None and not connection.is_closed():
            await connection.close(timeout=2)

    def stop(self) -> None:
        self._stopping.set()

    async def fire(self, connection: asyncpg.Connection) -> int:
        """Fires up to a batch of due timers, one transaction each, and says how many it found."""
        for found in range(AT_ONCE):
            async with connection.transaction():
                row = await connection.fetchrow(_DUE, self._clock.now(), self._set_aside(), 1)
                if row is None:
                    return found
                try:
                    async with connection.transaction():
                        await self._act(connection, row)
                except VersionConflict:
                    continue
                except Exception as error:
                    if transient(error):
                        raise
                    self._failed[row["id"]] = time.monotonic()
                    log.error("timer failed", service=self._service, timer=str(row["id"]), kind=row["kind"], error=type(error).__name__)
        return AT_ONCE

    def _set_aside(self) -> list[UUID]:
        """What failed a short while ago: it must not keep the others waiting."""
        now = time.monotonic()
        self._failed = {timer: at for timer, at in self._failed.items() if now - at < AGAIN_AFTER}
        return list(self._failed)

    async def _act(self, connection: asyncpg.Connection, row: asyncpg.Record) -> None:
        decider, command = self._due[row["kind"]]
        history = await self._store.stream(row["stream_id"], connection)
        state = decider.fold(row["stream_id"], (envelope.data for envelope in history))
        context = Context.under(self._policies(), self._clock.now(), SYSTEM)
        events = tuple(stamped(decider.decide(state, command, context), context))
        await connection.execute(_DONE, [row["id"]])
        if events:
            meta = Meta(row["key"], str(row["cause"]), str(row["cause"]), None, context.policy.version)
            ids = tuple(uuid5(row["id"], str(n)) for n in range(len(events)))
            change = Change(
                row["stream_id"], row["key"], len(history), events, ids, (meta,) * len(events), (row["recorded"],) * len(events)
            )
            _, appended = await self._scribe.write(connection, [change])
            if appended[0].conflict:
                raise VersionConflict
        self.fired += 1
        self._appended(len(events))
