"""How are timers fired? Many in one transaction: what they tell, the events and their end stand or fall together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from uuid import UUID, uuid5

import asyncpg
import structlog

from shared.breath import in_breaths
from shared.clock import Clock
from shared.commands import stamped
from shared.consumer.failures import transient
from shared.consumer.reacting import SYSTEM, Ongoing, streams
from shared.decider import Context, Reaction
from shared.envelope import Meta
from shared.policy import Policies
from shared.store.appender import VersionConflict
from shared.store.scribe import Scribe
from shared.store.store import Store
from shared.timers.timers import Due, Looked, NotYet, Now, Told

LOOK_EVERY = 0.5
AGAIN_AFTER = 60.0
AT_ONCE = 250

_ANY = "select exists (select from timers where due_at <= $1)"
_DUE = (
    "select id, kind, stream_id, key, due_at, cause, recorded from timers where due_at <= $1 and id <> all($2::uuid[])"
    " order by due_at, id limit $3 for update skip locked"
)
_DONE = "delete from timers where id = any($1::uuid[])"
_LATER = "update timers t set due_at = u.due_at from unnest($1::uuid[], $2::timestamptz[]) as u (id, due_at) where t.id = u.id"

log = structlog.get_logger("redress.timers")


class TimerLoop:
    """Fires what is due, in order of time, once the service has heard all that it could know by now."""

    def __init__(
        self,
        service: str,
        told: Mapping[str, Told],
        *,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        store: Store,
        scribe: Scribe,
        clock: Clock,
        policies: Callable[[], Policies],
        appended: Callable[[int], None],
        abreast: Callable[[], Awaitable[bool]],
    ) -> None:
        self._service = service
        self._told = told
        self._connect = connect
        self._store = store
        self._scribe = scribe
        self._clock = clock
        self._policies = policies
        self._appended = appended
        self._abreast = abreast
        self._began = clock.now()
        self._stopping = False
        self._woken = asyncio.Event()
        self._failed: dict[UUID, float] = {}  # when; tried again after a while
        self.fired = 0

    async def run(self) -> None:
        """Looks every half second, or when woken, until stopped; lost connections are made anew."""
        connection: asyncpg.Connection | None = None
        self._began = self._clock.now()
        while not self._stopping:
            self._woken.clear()
            try:
                if connection is None or connection.is_closed():
                    connection = await self._connect()
                if await connection.fetchval(_ANY, self._clock.now()) and await self._abreast():
                    while await self.fire(connection) and not self._stopping:
                        self._appended(0)  # committed only now: woken earlier the relay would have seen nothing
            except NotYet:
                pass
            except Exception as error:
                log.warning("timers restart", service=self._service, error=type(error).__name__)
                if connection is not None:
                    connection.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY)
        if connection is not None and not connection.is_closed():
            await connection.close(timeout=2)

    def wake(self) -> None:
        """Time has moved by hand."""
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    async def fire(self, connection: asyncpg.Connection) -> int:
        """Fires up to a batch of due timers and says how many it found."""
        now = self._clock.now()
        async with connection.transaction():
            rows = [Due(*row) for row in await connection.fetch(_DUE, now, self._set_aside(), AT_ONCE)]
            if rows:
                await self._settle(connection, rows, now)
        return len(rows)

    async def _settle(self, connection: asyncpg.Connection, rows: Sequence[Due], now: datetime) -> None:
        """All at once; what fails is found by halving and set aside alone, what somebody else moved is found again at the next look."""
        try:
            async with connection.transaction():
                await self._act(connection, rows, now)
        except Exception as error:
            if transient(error) or isinstance(error, NotYet):
                raise
            if len(rows) > 1:
                middle = len(rows) // 2
                await self._settle(connection, rows[:middle], now)
                await self._settle(connection, rows[middle:], now)
            elif not isinstance(error, VersionConflict):
                self._failed[rows[0].id] = time.monotonic()
                log.error("timer failed", service=self._service, timer=str(rows[0].id), kind=rows[0].kind, error=type(error).__name__)

    async def _act(self, connection: asyncpg.Connection, rows: Sequence[Due], now: datetime) -> None:
        looked = await self._look(connection, rows, Now(now, self._began))
        going_on = await streams(self._store, connection, (reaction for _, reaction in looked.told))
        context = Context.under(self._policies(), now, SYSTEM)
        async for row, reaction in in_breaths(looked.told):
            decide(going_on[reaction.stream_id], row, reaction, context)
        changes = [ongoing.change(stream_id) for stream_id, ongoing in going_on.items() if ongoing.events]
        if changes:
            _, appended = await self._scribe.write(connection, changes, mute=True)
            if any(one.conflict for one in appended):
                raise VersionConflict
        later = {row.id: moment for row, moment in looked.later}
        await connection.execute(_DONE, [row.id for row in rows if row.id not in later])
        if later:
            await connection.execute(_LATER, list(later), list(later.values()))
        self.fired += len(rows)
        self._appended(sum(len(change.events) for change in changes))

    async def _look(self, connection: asyncpg.Connection, rows: Sequence[Due], now: Now) -> Looked:
        """What these timers tell which streams."""
        told: list[tuple[Due, Reaction]] = []
        later: list[tuple[Due, datetime]] = []
        for kind, alike in groupby(sorted(rows, key=lambda row: row.kind), key=lambda row: row.kind):
            what = self._told[kind]
            if isinstance(what, tuple):
                told += [(row, Reaction(what[0], row.stream_id, what[1], kind, key=UUID(row.key))) for row in alike]
            else:
                looked = await what(connection, list(alike), now)
                told += looked.told
                later += looked.later
        return Looked(told, later)

    def _set_aside(self) -> list[UUID]:
        """What failed a short while ago: it must not keep the others waiting."""
        now = time.monotonic()
        self._failed = {timer: at for timer, at in self._failed.items() if now - at < AGAIN_AFTER}
        return list(self._failed)


def decide(stream: Ongoing, row: Due, reaction: Reaction, context: Context) -> None:
    """Adds to the stream what the timer's command makes of its state. An event's id follows from the timer and the event's place."""
    state = stream.now()
    meta = Meta(stream.key, str(row.cause), str(row.cause), None, reaction.decider.version(state, context))
    for event in stamped(reaction.decider.decide(state, reaction.command, context), context):
        place = stream.expected + len(stream.events)
        stream.events.append(event)
        stream.ids.append(uuid5(row.id, f"{reaction.stream_id}/{place}"))
        stream.metas.append(meta)
        stream.caused.append(row.recorded)
