"""What does the leader of a partition do? Reads by position, publishes, and stores the checkpoint once the log has acknowledged.

A leader lives as long as its connection: the connection's locks are the leadership, and it alone reads and stores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import asyncpg

from shared.envelope import Meta, Recorded, to_headers
from shared.log.claims import RELAY, Claims
from shared.log.port import Log, Outgoing
from shared.log.postgres_rows import BY_INDEX
from shared.log.turns import Turns
from shared.relay.standing import Standing

BATCH = 500
BYTES = 16 * 1024 * 1024  # of one batch: five hundred of the largest events would be 256 MiB
POLL = 0.25
CLAIM = 1.0  # seconds between tries for partitions another instance leads
LOOK = 10.0  # seconds between looks whether the topic is still the same

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
# Need not survive a crash of the server, an older one only makes repeats: the commit does not wait for the disk.
_STORE = (
    "insert into relay_checkpoints (partition, position)"
    " select u.* from set_config('synchronous_commit', 'off', true), unnest($1::smallint[], $2::bigint[]) as u"
    " on conflict (partition) do update set position = excluded.position"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Events on their way to the log."""

    reached: Mapping[int, int]
    count: int
    published: asyncio.Task[None]


class Marks(Protocol):
    """What tells readers how far the log has come: `shared.watermarks`, or nothing at all."""

    @property
    def due(self) -> float: ...
    async def begin(self, connection: asyncpg.Connection, partitions: Iterable[int]) -> None: ...
    async def tend(self, connection: asyncpg.Connection, relayed: Mapping[int, int]) -> bool: ...


class Leader:
    """Of the partitions of one service that it got first. `moved` is called when the log has more."""

    def __init__(
        self,
        service: str,
        connection: asyncpg.Connection,
        *,
        log: Log,
        partitions: Sequence[int],
        wake: asyncio.Event,
        marks: Marks,
        moved: Callable[[int], None],
    ) -> None:
        self.positions: dict[int, int] = {}  # of each partition led: the last one that is on the log and checkpointed
        self._marks = marks
        self._service = service
        self._connection = connection
        self._log = log
        self._partitions = partitions
        self._wake = wake
        self._moved = moved
        self._now = asyncio.get_running_loop().time
        self._claims = Claims(connection, RELAY, service)
        self._claim_at = self._now()
        self._standing = Standing(service, log, len(partitions))
        self._look_at = self._now() + LOOK
        self._turns: Turns[int] = Turns(POLL, self._now)
        self._read_to: dict[int, int] = {}
        self._flying: Batch | None = None

    async def begin(self) -> None:
        """Takes the partitions that nobody leads. Raises TopicLost when there is no going on."""
        for name, value in BY_INDEX.items():
            await self._connection.execute(f"set {name} = {value}")
        await self._claim()

    async def lead(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set, or something fails: then nothing of it is trusted, and the next one starts at the checkpoints."""
        try:
            while not stopping.is_set():
                await self._claim()
                await self._look()
                if self._wake.is_set():
                    self._wake.clear()
                    self._turns.wake(self.positions)
                events = await self._read()  # while the batch before is being published
                await self._land()
                if events:
                    self._launch(events)
                if await self._marks.tend(self._connection, self.positions):
                    self._moved(0)
                if self._flying is None:
                    await self._pause(min(self._turns.due, self._marks.due))
            await self._land()
        finally:
            self.positions.clear()
            if self._flying is not None:
                self._flying.published.cancel()
                await asyncio.gather(self._flying.published, return_exceptions=True)

    async def _claim(self) -> None:
        if len(self._claims.held) == len(self._partitions) or self._now() < self._claim_at:
            return
        self._claim_at = self._now() + CLAIM
        taken = await self._claims.take(self._partitions, len(self._partitions))
        if taken:
            stands = await self._standing.start(self._connection)
            await self._marks.begin(self._connection, taken)
            start = {partition: stands[partition] for partition in taken}
            self._read_to.update(start)
            self.positions.update(start)
            self._turns.wake(taken)

    async def _look(self) -> None:
        """A topic made anew under a relay that has nothing to publish would be noticed by nobody."""
        if self.positions and self._now() >= self._look_at:
            self._look_at = self._now() + LOOK
            await self._standing.hold(self.positions)

    async def _read(self) -> list[Recorded]:
        chosen = self._turns.next(self.positions, BATCH)
        if not chosen:
            return []
        after = [self._read_to[p] for p in chosen]
        rows = await self._connection.fetch(_READ, chosen, after, BATCH // len(chosen), BYTES // len(chosen))
        self._turns.wake(row["partition"] for row in rows if row["more"])
        events = [Recorded(self._service, *row[:-1]) for row in rows]
        self._read_to.update((event.partition, event.position) for event in events)
        return events

    def _launch(self, events: Sequence[Recorded]) -> None:
        records = [outgoing(event) for event in events]
        reached = {event.partition: event.position for event in events}
        self._flying = Batch(reached, len(events), asyncio.create_task(self._log.publish(self._service, records)))

    async def _land(self) -> None:
        if self._flying is None:
            return
        batch = self._flying
        await batch.published
        await self._connection.execute(_STORE, list(batch.reached), list(batch.reached.values()))
        self._flying = None
        self.positions.update(batch.reached)
        self._moved(batch.count)

    async def _pause(self, until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._wake.wait()


def outgoing(event: Recorded) -> Outgoing:
    """The record that carries an event: its bytes and its attributes as they stand in the store."""
    meta = Meta.from_bytes(event.meta)
    return Outgoing(event.partition, meta.key, to_headers(event, meta), event.data)
