"""How does what a service decided get to the log? In the order it was recorded, at least once, by one leader a partition.

Whatever fails on the way, it starts again from the checkpoint: repeats are possible, reordering and loss are not.
A wake-up makes it quick; the poll is the guarantee.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import asyncpg
import structlog

from shared.clock import Clock
from shared.keys import Keys
from shared.log.port import Log
from shared.relay.leader import POLL, Leader
from shared.relay.standing import TopicLost
from shared.watermarks import Watermarks

BACK_OFF = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

log = structlog.get_logger("redress.relay")

_HEADS = "select partition, position, time from heads where position > 0"
_BEHIND = (
    "select exists (select from unnest($1::smallint[], $2::bigint[]) as h (partition, position)"
    " left join relay_checkpoints c using (partition) where coalesce(c.position, 0) < h.position)"
)


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
        self.stopped_by: TopicLost | None = None  # it goes on by itself once the topic is what it was
        self._told = ""
        self._pool = pool
        self._connect = connect
        self._log = log
        self._partitions = range(partitions)
        self._wake = wake
        self._key = keys.checkpoint
        self._clock = clock
        self._stopping = asyncio.Event()
        self._news = asyncio.Event()
        self._leader: Leader | None = None
        self._marks: Watermarks | None = None  # of the leader

    @property
    def leading(self) -> Mapping[int, int]:
        """The partitions this instance leads, and the last position of each that is on the log."""
        return self._leader.positions if self._leader else {}

    @property
    def lag(self) -> Mapping[int, int]:
        """Events of each led partition that were not on the log when last looked at, each second."""
        heads = self._marks.heads if self._marks else {}
        return {p: max(0, heads.get(p, 0) - position) for p, position in self.leading.items()}

    async def run(self) -> None:
        """Relays until stopped. After any failure it lets go of everything and starts again from the checkpoints."""
        failed_in_a_row = 0
        while not self._stopping.is_set():
            relayed = self.relayed
            try:
                await self._lead()
            except TopicLost as lost:
                self._tell(lost)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), BACK_OFF[-1])
            except Exception as error:
                self.failures += 1
                failed_in_a_row = failed_in_a_row + 1 if relayed == self.relayed else 0
                log.warning("relay restarts", service=self.service, error=type(error).__name__, failures=self.failures)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), BACK_OFF[min(failed_in_a_row, len(BACK_OFF) - 1)])

    def stop(self) -> None:
        """`run` ends after the batch that is on its way."""
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

    async def lost(self) -> TopicLost:
        """What the log has lost, as soon as this instance stands still for it."""
        await self._until(self._stands)
        assert self.stopped_by is not None
        return self.stopped_by

    async def _stands(self) -> bool:
        return self.stopped_by is not None

    async def _lead(self) -> None:
        connection = await self._connect()
        try:
            self._marks = Watermarks(self.service, self._log, self._key, self._clock, asyncio.get_running_loop().time)
            self._leader = Leader(
                self.service,
                connection,
                log=self._log,
                partitions=self._partitions,
                wake=self._wake,
                marks=self._marks,
                moved=self._moved,
            )
            await self._leader.begin()
            self.stopped_by = None
            await self._leader.lead(self._stopping)
        finally:
            self._leader = self._marks = None
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)  # the locks go with it

    def _tell(self, lost: TopicLost) -> None:
        """Once, however often it is tried."""
        self.stopped_by = lost
        self._announce()
        if str(lost) != self._told:
            self._told = str(lost)
            log.error("topic lost", service=self.service, error=self._told)

    def _moved(self, count: int) -> None:
        self._told = ""
        self.relayed += count
        self._announce()

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        while True:
            news = self._news
            if await holds():
                return
            self._wake.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), POLL)

    async def _on_the_log(self, heads: Sequence[asyncpg.Record]) -> bool:
        if all(row["partition"] in self.leading for row in heads):
            return all(self.leading[row["partition"]] >= row["position"] for row in heads)
        behind = await self._pool.fetchval(_BEHIND, [row["partition"] for row in heads], [row["position"] for row in heads])
        return not behind

    async def _covered(self, heads: Sequence[asyncpg.Record]) -> bool:
        marks = await self._log.watermarks()
        found = ((marks.get((self.service, row["partition"])), row) for row in heads)
        return all(mark is not None and mark.position >= row["position"] and mark.time >= row["time"] for mark, row in found)
