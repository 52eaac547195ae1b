"""How does a service take in what others published? Batch by batch: checkpoint, effects and appended events stand or fall together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import asyncpg
import structlog

from shared.consumer import checkpoints
from shared.consumer.checkpoints import Mark
from shared.consumer.failures import Hole, transient
from shared.consumer.parking import park, parked_keys
from shared.contracts import CATALOGUE
from shared.contracts.upcast import current
from shared.envelope import Envelope, UnknownEvent, from_headers
from shared.log.port import Log, LogRecord, Subscription, TopicPartition
from shared.store.appender import VersionConflict

BATCH = 256  # what a batch costs in Python, every other request of the process waits for
POLL = 0.25
BACK_OFF = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
MOVED_TRIES = 8

log = structlog.get_logger("redress.consumer")


class Handle(Protocol):
    async def __call__(self, connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        """The effects of a batch, inside the consumer's transaction; appending comes last in it."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A record looked at: None as envelope when this consumer has nothing to do with it."""

    record: LogRecord
    position: int
    duplicate: bool
    envelope: Envelope | None

    @property
    def source(self) -> TopicPartition:
        return (self.record.topic, self.record.partition)


class Consumer:
    """One named consumer of one service: "reactions" or "views"."""

    def __init__(
        self,
        service: str,
        name: str,
        *,
        log: Log,
        sources: Collection[str],
        handles: frozenset[str],
        handle: Handle,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        moved: Callable[[], None] = lambda: None,
        after: Callable[[Sequence[Envelope]], None] = lambda events: None,
        know_all: bool = False,
        batch: int = BATCH,
    ) -> None:
        self.service = service
        self.name = name
        self.sources = tuple(sorted(sources))
        self.stopped_by: Exception | None = None
        self.applied = 0
        self.parked = 0
        self._log = log
        self._handles = handles
        self.handle = handle
        self._connect = connect
        self._moved = moved
        self._after = after
        self._know_all = know_all
        self._batch = batch
        self._marks: dict[TopicPartition, Mark] = {}
        self._stopping = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self.guard = asyncio.Lock()  # held over a batch; a retry of something parked takes its turn by it

    @property
    def marks(self) -> Mapping[TopicPartition, Mark]:
        """Where this instance stands in the partitions it has."""
        return self._marks

    async def run(self) -> None:
        """Consumes until stopped; starts again from the checkpoint after anything transient. A hole ends it."""
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._consume()
            except Hole as hole:
                self.stopped_by = hole
                log.error("hole", service=self.service, consumer=self.name, topic=hole.topic, partition=hole.partition, error=str(hole))
                return
            except Exception as error:
                log.warning("consumer restarts", service=self.service, consumer=self.name, error=type(error).__name__)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), BACK_OFF[min(failures, len(BACK_OFF) - 1)])
                failures += 1
            else:
                failures = 0

    def stop(self) -> None:
        self._stopping.set()

    async def _consume(self) -> None:
        connection = await self._connect()
        self._connection = connection
        subscription: Subscription | None = None
        try:
            subscription = await self._log.subscribe(f"{self.service}.{self.name}", self.sources, self._resume)
            while not self._stopping.is_set():
                records = await subscription.fetch(self._batch, POLL)
                if records:
                    async with self.guard:
                        await self._apply(self._look_at(records))
        finally:
            self._connection = None
            if subscription is not None:
                await subscription.close()
            await connection.close(timeout=2)

    async def _resume(self, assigned: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Called on every assignment: our own checkpoint says where to go on, not the log's."""
        if self._connection is None:
            raise ConnectionError("the consumer has no connection to read its checkpoint with")
        async with self.guard:
            found = await checkpoints.load(self._connection, self.name, assigned)
        self._marks.update(found)
        return {source: mark.offset for source, mark in found.items()}

    def _look_at(self, records: Sequence[LogRecord]) -> list[Seen]:
        seen: list[Seen] = []
        reached = {source: mark.position for source, mark in self._marks.items()}
        for record in records:
            source = (record.topic, record.partition)
            position = int(record.headers["ce_sequence"])
            last = reached[source]
            if position > last + 1:
                raise Hole(record.topic, record.partition, last, position)
            duplicate = position <= last
            if not duplicate:
                reached[source] = position
            seen.append(Seen(record, position, duplicate, None if duplicate else self._envelope(record)))
        return seen

    def _envelope(self, record: LogRecord) -> Envelope | None:
        kind = current(record.headers["ce_type"].decode())
        if kind not in self._handles and (not self._know_all or kind in CATALOGUE):
            return None
        return Envelope(from_headers(record.headers, record.value))

    async def _apply(self, seen: Sequence[Seen]) -> None:
        """Commits the batch; what fails for good is found by halving, and parked alone."""
        for _ in range(MOVED_TRIES):
            try:
                await self._commit(seen)
                return
            except VersionConflict:
                continue  # a command was faster on one of the streams: decide again on what is there now
            except Exception as error:
                if transient(error):
                    raise
                if len(seen) == 1:
                    await self._park(seen[0], error)
                    return
                break
        if len(seen) == 1:
            raise TimeoutError("the stream moved every time")
        middle = len(seen) // 2
        await self._apply(seen[:middle])
        await self._apply(seen[middle:])

    async def _commit(self, seen: Sequence[Seen]) -> None:
        connection = self._open()
        now = self._marks_after(seen)
        async with connection.transaction():
            await checkpoints.move(connection, self.name, self._marks, now)
            parked = await parked_keys(connection, self.name)
            waiting = [s for s in seen if s.envelope is not None and s.record.key in parked]
            envelopes = [s.envelope for s in seen if s.envelope is not None and s.record.key not in parked]
            if waiting:
                await park(connection, self.name, [s.record for s in waiting], "an earlier event of this key is parked", following=True)
            if envelopes:
                unknown = next((e.type for e in envelopes if e.type not in CATALOGUE), None)
                if unknown is not None:
                    raise UnknownEvent(f"{unknown} is not an event this version knows")
                await self.handle(connection, envelopes)
        self._marks.update(now)
        self.applied += len(envelopes)
        self._moved()
        if envelopes:
            self._tell(envelopes)

    def _tell(self, envelopes: Sequence[Envelope]) -> None:
        """What was committed stays so, whatever those who are told make of it."""
        try:
            self._after(envelopes)
        except Exception as error:
            log.error("a listener failed", service=self.service, consumer=self.name, error=type(error).__name__)

    async def _park(self, seen: Seen, error: Exception) -> None:
        connection = self._open()
        now = self._marks_after([seen])
        async with connection.transaction():
            await checkpoints.move(connection, self.name, self._marks, now)
            await park(connection, self.name, [seen.record], type(error).__name__, following=False)
        self._marks.update(now)
        self.parked += 1
        log.error(
            "parked", service=self.service, consumer=self.name, topic=seen.record.topic, partition=seen.record.partition,
            position=seen.position, type=seen.record.headers["ce_type"].decode(), error=type(error).__name__,
        )  # fmt: skip
        self._moved()

    def _marks_after(self, seen: Sequence[Seen]) -> dict[TopicPartition, Mark]:
        now: dict[TopicPartition, Mark] = {}
        for s in seen:
            before = now.get(s.source) or self._marks[s.source]
            now[s.source] = Mark(max(before.position, s.position), s.record.offset)
        return now

    def _open(self) -> asyncpg.Connection:
        if self._connection is None:
            raise ConnectionError("the consumer has no connection")
        return self._connection
