"""How does a batch get into the database? In one transaction: checkpoint, effects and appended events stand or fall together.

A consumer has several lanes where one would wait for the database half of its time; a partition is always in the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import asyncpg
import structlog

from shared.consumer import checkpoints
from shared.consumer.checkpoints import Mark
from shared.consumer.failures import transient
from shared.consumer.parking import park, parked_keys
from shared.contracts import CATALOGUE
from shared.envelope import Envelope, UnknownEvent
from shared.log.port import LogRecord, TopicPartition
from shared.store.appender import VersionConflict

MOVED_TRIES = 8

log = structlog.get_logger("redress.consumer")


class Handle(Protocol):
    async def __call__(self, connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        """The effects of a batch, inside the consumer's transaction; appending comes last in it."""
        ...


class Seen(NamedTuple):
    """A record looked at: None as envelope when this consumer has nothing to do with it."""

    record: LogRecord
    position: int
    duplicate: bool
    envelope: Envelope | None

    @property
    def source(self) -> TopicPartition:
        return (self.record.topic, self.record.partition)


@dataclass(frozen=True)
class Lane:
    """One connection of a consumer. `marks` are the consumer's, each lane moves those of its own partitions."""

    service: str
    consumer: str
    connection: asyncpg.Connection
    handle: Handle
    marks: dict[TopicPartition, Mark]
    committed: Callable[[Sequence[Envelope]], None]
    parked: Callable[[], None]

    async def apply(self, seen: Sequence[Seen]) -> None:
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
        await self.apply(seen[:middle])
        await self.apply(seen[middle:])

    async def _commit(self, seen: Sequence[Seen]) -> None:
        now = self._marks_after(seen)
        async with self.connection.transaction():
            await checkpoints.move(self.connection, self.consumer, self.marks, now)
            # A statement of its own: as part of the move it would see what was parked before the move had its lock, and park
            # behind what somebody has just released.
            held = await parked_keys(self.connection, self.consumer)
            waiting = [s for s in seen if s.envelope is not None and s.record.key in held]
            envelopes = [s.envelope for s in seen if s.envelope is not None and s.record.key not in held]
            if waiting:
                reason = "an earlier event of this key is parked"
                await park(self.connection, self.consumer, [s.record for s in waiting], reason, following=True)
            if envelopes:
                unknown = next((e.type for e in envelopes if e.type not in CATALOGUE), None)
                if unknown is not None:
                    raise UnknownEvent(f"{unknown} is not an event this version knows")
                await self.handle(self.connection, envelopes)
        self.marks.update(now)
        self.committed(envelopes)

    async def _park(self, seen: Seen, error: Exception) -> None:
        now = self._marks_after([seen])
        async with self.connection.transaction():
            await checkpoints.move(self.connection, self.consumer, self.marks, now)
            await park(self.connection, self.consumer, [seen.record], type(error).__name__, following=False)
        self.marks.update(now)
        log.error(
            "parked", service=self.service, consumer=self.consumer, topic=seen.record.topic, partition=seen.record.partition,
            position=seen.position, type=seen.record.headers["ce_type"].decode(), error=type(error).__name__,
        )  # fmt: skip
        self.parked()

    def _marks_after(self, seen: Sequence[Seen]) -> dict[TopicPartition, Mark]:
        now: dict[TopicPartition, Mark] = {}
        for s in seen:
            before = now.get(s.source) or self.marks[s.source]
            now[s.source] = Mark(max(before.position, s.position), s.record.offset)
        return now
