"""Who reads which partitions of the log in PostgreSQL, and from where? Members of a group share them by advisory locks.

Locks and reading use one connection of the subscription's own, so whoever loses it has lost its partitions too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

import asyncpg

from shared.log.bell import Bell
from shared.log.claims import SUBSCRIPTION, Claims
from shared.log.port import LogRecord, Resume, TopicPartition, service_of, topic_of
from shared.log.postgres_rows import BYTES_AT_ONCE, ends_of, next_of, record
from shared.log.tail import Tail
from shared.log.turns import Turns

POLL = 0.25
SETTLE = 1.0  # seconds between looks at who else is in the group

_JOIN = "select pg_advisory_lock_shared($1, hashtext($2))"
_MEMBERS = (
    "select count(distinct pid) from pg_locks where locktype = 'advisory' and granted and classid = $1::int::oid"
    " and objid = (hashtext($2)::bigint & 4294967295)::oid and objsubid = 2"
    " and database = (select oid from pg_database where datname = current_database())"
)


class PostgresSubscription:
    """One member of a group; a member from `join` to `close`."""

    def __init__(
        self,
        group: str,
        services: Sequence[str],
        resume: Resume,
        *,
        connection: asyncpg.Connection,
        partitions: int,
        bell: Bell,
        tail: Tail,
    ) -> None:
        self._group = group
        self._topics = tuple(topic_of(service) for service in services)
        self._next = next_of(services)
        self._resume = resume
        self._connection = connection
        self._partitions = range(partitions)
        self._bell = bell
        self._tail = tail
        self._claims = Claims(connection, SUBSCRIPTION, group)
        self._offsets: dict[TopicPartition, int] = {}
        self._now = asyncio.get_running_loop().time
        self._turns: Turns[TopicPartition] = Turns(POLL, self._now)
        self._settle_at = self._now()

    async def join(self) -> None:
        """Others can see that there is one member more; called once."""
        try:
            await self._connection.execute(_JOIN, SUBSCRIPTION, self._group)
        except BaseException:
            self._connection.terminate()
            raise
        self._bell.listen(self._hear)

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        return frozenset() if self._connection.is_closed() else frozenset(self._offsets)

    async def fetch(self, limit: int, timeout: float) -> Sequence[LogRecord]:
        deadline = self._now() + timeout
        while True:
            if self._now() >= self._settle_at:
                await self._settle()
            if records := await self._read(limit):
                return records
            if self._now() >= deadline:
                return []
            await self._turns.wait(deadline)

    def rewind(self, to: Mapping[TopicPartition, int]) -> None:
        back = {source: offset for source, offset in to.items() if source in self._offsets}
        self._offsets.update(back)
        self._turns.wake(back)

    async def close(self) -> None:
        self._bell.leave(self._hear)
        self._offsets.clear()
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._connection.close(timeout=2)  # the locks go with it

    def _hear(self, published: Collection[TopicPartition]) -> None:
        self._turns.wake(source for source in published if source in self._offsets)

    async def _read(self, limit: int) -> list[LogRecord]:
        chosen = self._turns.next(self._offsets, limit)
        if not chosen:
            return []
        most = limit // len(chosen)
        recent = {source: found for source in chosen if (found := self._tail.after(source, self._offsets[source], most))}
        older = [source for source in chosen if source not in recent]
        try:
            records = await self._query(older, most) if older else []
        except BaseException:
            self._turns.wake(chosen)
            raise
        for source, found in recent.items():
            records += found
            self._offsets[source] = found[-1].offset
            if len(found) == most:
                self._turns.wake([source])
        return records

    async def _query(self, sources: Sequence[TopicPartition], most: int) -> list[LogRecord]:
        asked: list[list[int]] = []
        for topic in self._topics:
            partitions = [p for t, p in sources if t == topic]
            asked += [partitions, [self._offsets[topic, p] for p in partitions]]
        rows = await self._connection.fetch(self._next, most, BYTES_AT_ONCE // len(sources), *asked)
        records: list[LogRecord] = []
        for number, partition, offset, key, headers, value, more in rows:
            topic = self._topics[number]
            records.append(record(topic, partition, offset, key, headers, value))
            self._offsets[topic, partition] = offset
            if more:
                self._turns.wake([(topic, partition)])
        return records

    async def _settle(self) -> None:
        """Everybody gets as much as everybody else, give or take one; who has too much lets go first."""
        members = await self._connection.fetchval(_MEMBERS, SUBSCRIPTION, self._group)
        share = -(-len(self._partitions) // members)
        held = sorted(self._claims.held)
        if len(held) > share:
            let_go = set(held[share:])
            self._offsets = {source: offset for source, offset in self._offsets.items() if source[1] not in let_go}
            await self._claims.release(let_go)
        elif len(held) < share:
            taken = await self._claims.take(self._partitions, share - len(held))
            if taken:
                await self._start(taken)
        self._settle_at = self._now() + (SETTLE if len(self._claims.held) >= share else POLL)

    async def _start(self, taken: frozenset[int]) -> None:
        sources = frozenset((topic, p) for topic in self._topics for p in taken)
        try:
            found = await self._resume(sources)
            ends = await self._ends(taken)
        except BaseException:
            await self._claims.release(taken)
            raise
        self._offsets.update({source: at if (at := found.get(source, -1)) <= ends[source] else -1 for source in sources})
        self._turns.wake(sources)

    async def _ends(self, partitions: frozenset[int]) -> dict[TopicPartition, int]:
        found: dict[TopicPartition, int] = {}
        for topic in self._topics:
            ends = await ends_of(self._connection, service_of(topic), partitions)
            found.update({(topic, partition): end for partition, end in ends.items()})
        return found
