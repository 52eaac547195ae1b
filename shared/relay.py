"""How does what a service decided get to the log? In the order it was recorded, at least once, by one leader a partition.

Read by position, published, then the checkpoint stored. Whatever fails in between, it starts again from the checkpoint:
repeats are possible, reordering and loss are not. A wake-up makes it quick; the poll is the guarantee.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import asyncpg
import structlog

from shared.clock import Clock
from shared.envelope import Meta, Recorded, to_headers
from shared.keys import Keys
from shared.log.claims import RELAY, Claims
from shared.log.port import Log, Outgoing
from shared.log.postgres_rows import BY_INDEX
from shared.log.turns import Turns
from shared.watermarks import Watermarks

BATCH = 500
BYTES = 16 * 1024 * 1024
POLL = 0.25
CLAIM = 1.0  # seconds between tries for partitions another instance leads
BACK_OFF = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

log = structlog.get_logger("redress.relay")

_COLUMNS = "partition, position, stream_id, version, type, schema_version, data, meta, event_id, occurred_at, recorded_at, hash"
# All partitions in one query; `more` on a partition's last event says that there may be further ones.
_READ = f"""
select e.* from unnest($1::smallint[], $2::bigint[]) as w (partition, after)
cross join lateral (
    select {_COLUMNS}, n = $3::int or total >= $4::int as more
    from (
        select *, row_number() over up_to_here as n, sum(octet_length(data)) over up_to_here as total
        from (select * from events where partition = w.partition and position > w.after order by position limit $3::int) as ahead
        window up_to_here as (order by position rows unbounded preceding)
    ) as counted
    where total - octet_length(data) < $4::int
) as e"""
_CHECKPOINTS = "select partition, position from relay_checkpoints where partition = any($1::smallint[])"
# Need not survive a crash of the server, an older one only makes repeats: the commit does not wait for the disk.
_STORE = (
    "insert into relay_checkpoints (partition, position)"
    " select u.* from set_config('synchronous_commit', 'off', true), unnest($1::smallint[], $2::bigint[]) as u"
    " on conflict (partition) do update set position = excluded.position"
)
_BEHIND = (
    "select exists (select from unnest($1::smallint[], $2::bigint[]) as h (partition, position)"
    " left join relay_checkpoints c using (partition) where coalesce(c.position, 0) < h.position)"
)
_HEADS = "select partition, position, time from heads where position > 0"


class Relay:
    """One service's. `run` until `stop`; any number of instances may run, each leads the partitions it got first."""

    def __init__(
        self,
        service: str,
        *,
        pool: asyncpg.Pool,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        log: Log,
        partitions: int,
        wake: asyncio.Event,
        keys: Keys,
        clock: Clock,
    ) -> None:
        self.service = service
        self.relayed = 0  # events since the start, repeats included
        self.failures = 0
        self._pool = pool
        self._connect = connect
        self._log = log
        self._partitions = range(partitions)
        self._wake = wake
        self._key = keys.checkpoint
        self._clock = clock
        self._stopping = asyncio.Event()
        self._moved = asyncio.Event()
        self._positions: dict[int, int] = {}  # of the partitions led: what is on the log and checkpointed
        self._marks: Watermarks | None = None

    @property
    def leading(self) -> Mapping[int, int]:
        """The partitions this instance leads, and the last position of each that is on the log."""
        return self._positions

    @property
    def lag(self) -> Mapping[int, int]:
        """Events of each led partition that were not on the log when last looked at, each second."""
        heads = self._marks.heads if self._marks else {}
        return {p: max(0, heads.get(p, 0) - position) for p, position in self._positions.items()}

    async def run(self) -> None:
        """Relays until stopped. After any failure it lets go of everything and starts again from the checkpoints."""
        failed_in_a_row = 0
        while not self._stopping.is_set():
            relayed = self.relayed
            try:
                await self._lead()
            except Exception as error:
                self.failures += 1
                failed_in_a_row = failed_in_a_row + 1 if relayed == self.relayed else 0
                log.warning("relay restarts", service=self.service, error=type(error).__name__, failures=self.failures)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), BACK_OFF[min(failed_in_a_row, len(BACK_OFF) - 1)])

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    async def idle(self) -> None:
        """Returns when everything committed before the call is on the log, whichever instance put it there."""
        heads = await self._pool.fetch(_HEADS)
        await self._until(lambda: self._on_the_log(heads))

    async def marked(self) -> None:
        """Returns when the log's watermarks cover everything committed before the call."""
        heads = await self._pool.fetch(_HEADS)
        if self._marks is not None:
            self._marks.hurry()
        await self._until(lambda: self._covered(heads))

    async def _until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        while True:
            moved = self._moved
            if await holds():
                return
            self._wake.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), POLL)

    async def _on_the_log(self, heads: Sequence[asyncpg.Record]) -> bool:
        if all(row["partition"] in self._positions for row in heads):
            return all(self._positions[row["partition"]] >= row["position"] for row in heads)
        behind = await self._pool.fetchval(_BEHIND, [row["partition"] for row in heads], [row["position"] for row in heads])
        return not behind

    async def _covered(self, heads: Sequence[asyncpg.Record]) -> bool:
        marks = await self._log.watermarks()
        found = ((marks.get((self.service, row["partition"])), row) for row in heads)
        return all(mark is not None and mark.position >= row["position"] and mark.time >= row["time"] for mark, row in found)

    async def _lead(self) -> None:
        """One connection's life: its locks are the leadership, and it alone reads events and stores checkpoints."""
        now = asyncio.get_running_loop().time
        connection = await self._connect()
        try:
            for name, value in BY_INDEX.items():
                await connection.execute(f"set {name} = {value}")
            claims = Claims(connection, RELAY, self.service)
            turns: Turns[int] = Turns(POLL, now)
            marks = self._marks = Watermarks(self.service, self._log, self._key, self._clock, now)
            claim_at = now()
            while not self._stopping.is_set():
                if len(claims.held) < len(self._partitions) and now() >= claim_at:
                    claim_at = now() + CLAIM
                    await self._begin(connection, await claims.take(self._partitions, len(self._partitions)), marks)
                if self._wake.is_set():
                    self._wake.clear()
                    turns.wake(self._positions)
                relayed = await self._relay(connection, turns)
                if await marks.tend(connection, self._positions) or relayed:
                    self._tell()
                if not relayed:
                    await self._pause(min(turns.due, marks.due))
        finally:
            self._positions.clear()
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)

    async def _begin(self, connection: asyncpg.Connection, taken: frozenset[int], marks: Watermarks) -> None:
        if taken:
            await marks.begin(connection, taken)
            stored = {row["partition"]: row["position"] for row in await connection.fetch(_CHECKPOINTS, list(taken))}
            self._positions.update({p: stored.get(p, 0) for p in taken})
            self._wake.set()

    async def _relay(self, connection: asyncpg.Connection, turns: Turns[int]) -> int:
        """Publishes the next batch; answers how many events it had."""
        chosen = turns.next(self._positions, BATCH)
        if not chosen:
            return 0
        after = [self._positions[p] for p in chosen]
        rows = await connection.fetch(_READ, chosen, after, BATCH // len(chosen), BYTES // len(chosen))
        if not rows:
            return 0
        events = [Recorded(self.service, *row[:-1]) for row in rows]
        await self._log.publish(self.service, [outgoing(event) for event in events])
        reached = {event.partition: event.position for event in events}
        await connection.execute(_STORE, list(reached), list(reached.values()))
        self._positions.update(reached)
        self.relayed += len(events)
        turns.wake(row["partition"] for row in rows if row["more"])
        return len(events)

    def _tell(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def _pause(self, until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._wake.wait()


def outgoing(event: Recorded) -> Outgoing:
    """The record that carries an event: its bytes and its attributes as they stand in the store."""
    meta = Meta.from_bytes(event.meta)
    return Outgoing(event.partition, meta.key, to_headers(event, meta), event.data)
