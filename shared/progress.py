"""Has this service seen that position? What `min_position` waits for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg

from shared.contracts.vocabulary import SERVICES

_FORM = re.compile(r"^([a-z]+)/(\d{1,5})/(\d{1,18})$")
_REACHED = "select consumer, topic, partition, position from consumer_checkpoints"
_HEADS = "select partition, position from heads"
_PARKED = (
    "select count(*) from parked p join unnest($1::text[], $2::smallint[], $3::bigint[]) as u (topic, partition, position)"
    " using (topic, partition, position)"
)
POLL = 0.05


@dataclass(frozen=True, slots=True)
class Position:
    """`intake/3/1234`: an event's place in its service's store."""

    service: str
    partition: int
    number: int

    @property
    def topic(self) -> str:
        return f"redress.{self.service}"


class NotCaughtUp(Exception):
    """The position was not reached in time."""


def parse_position(text: str, partitions: int) -> Position:
    """Raises ValueError with a sentence for people."""
    match = _FORM.match(text)
    if match is None or match[1] not in SERVICES or int(match[2]) >= partitions:
        raise ValueError("a position looks like intake/3/1234: service, partition, number")
    return Position(match[1], int(match[2]), int(match[3]))


class Progress:
    """Waits on the checkpoints of one service's consumers. They are read from the database, so it does not matter which
    process consumes; consumers of this process wake the waiting at once.
    """

    def __init__(
        self,
        service: str,
        pool: asyncpg.Pool,
        sources: Mapping[str, Collection[str]],
        remember: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._service = service
        self._pool = pool
        self._sources = {name: {f"redress.{s}" for s in services} for name, services in sources.items()}
        self._remember = remember  # takes into memory what another process, or another task, has consumed
        self._waiting: set[asyncio.Event] = set()

    def moved(self) -> None:
        """A consumer of this process has committed."""
        for event in self._waiting:
            event.set()

    async def caught_up(self, positions: Sequence[Position], within: float = 5.0) -> bool:
        """Waits until the positions are consumed and what was appended in reaction is in the views; True if one is parked."""
        deadline = asyncio.get_running_loop().time() + within
        await self._until(positions, deadline)
        # What was appended in reaction, or by the same command to other streams, lies in any partition of our own.
        rows = await self._pool.fetch(_HEADS)
        await self._until([Position(self._service, row["partition"], row["position"]) for row in rows], deadline)
        if self._remember is not None:
            await self._remember()
        topics = [p.topic for p in positions]
        numbers = [p.number for p in positions]
        return bool(await self._pool.fetchval(_PARKED, topics, [p.partition for p in positions], numbers))

    async def consumed(self, heads: Mapping[str, Mapping[int, int]]) -> None:
        """Waits, for as long as it takes, until all these positions are consumed: {service: {partition: position}}."""
        positions = [Position(service, p, n) for service, at in heads.items() for p, n in at.items()]
        await self._until(positions, float("inf"))

    async def _until(self, positions: Sequence[Position], deadline: float) -> None:
        loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            while not await self._reached(positions):
                left = deadline - loop.time()
                if left <= 0:
                    raise NotCaughtUp
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), min(POLL, left))
                event.clear()
        finally:
            self._waiting.discard(event)

    async def _reached(self, positions: Sequence[Position]) -> bool:
        rows = await self._pool.fetch(_REACHED)
        reached = {(row["consumer"], row["topic"], row["partition"]): row["position"] for row in rows}
        return all(
            reached.get((consumer, p.topic, p.partition), 0) >= p.number
            for p in positions
            for consumer, topics in self._sources.items()
            if p.topic in topics
        )
