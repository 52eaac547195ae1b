"""How does a service take in what others published? Batch by batch, from its own checkpoint on, each record once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress

import asyncpg
import structlog

from shared.consumer import checkpoints
from shared.consumer.checkpoints import Mark
from shared.consumer.doubts import Doubts
from shared.consumer.failures import Hole
from shared.consumer.lane import Handle, Lane, Seen
from shared.contracts import CATALOGUE
from shared.envelope import Envelope, type_on_log
from shared.log.port import Log, LogRecord, Subscription, TopicPartition, topic_of

BATCH = 256  # what a batch costs in Python, every other request of the process waits for
POLL = 0.25
BACK_OFF = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
LOOK = 10.0  # seconds between looks at what the sources have promised
HOLE_AGAIN = 10.0  # seconds until a hole is looked at again: somebody may have put back what was missing
WORTH_A_LANE = 64  # records; fewer are not worth another transaction
WORTH_A_PAUSE = 64  # records; fewer add little to what the relay has to do, and nobody need ask how far it is

log = structlog.get_logger("redress.consumer")


class Consumer:
    """One named consumer of one service: "reactions" or "views". With several `lanes` the partitions of a batch are shared out among
    transactions that run side by side: for handlers whose effects of two partitions never meet in one row. `pace` is waited for
    after each large batch: for handlers that append.
    """

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
        pace: Callable[[], Awaitable[None]] | None = None,
        know_all: bool = False,
        batch: int = BATCH,
        lanes: int = 1,
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
        self._pace = pace
        self._know_all = know_all
        self._batch = batch
        self._most_lanes = lanes
        self._marks: dict[TopicPartition, Mark] = {}
        self._doubts = Doubts()
        self._stopping = asyncio.Event()
        self._lanes: list[Lane] = []
        self.guard = asyncio.Lock()  # held over a batch; a retry of something parked takes its turn by it

    @property
    def marks(self) -> Mapping[TopicPartition, Mark]:
        """Where this instance stands in the partitions it has."""
        return self._marks

    async def run(self) -> None:
        """Consumes until stopped; starts again from the checkpoint after anything transient. At a hole it stands until that is filled."""
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._consume()
            except Hole as hole:
                self.stopped_by = hole
                self._moved()
                log.error("hole", service=self.service, consumer=self.name, topic=hole.topic, partition=hole.partition, error=str(hole))
                await self._wait(HOLE_AGAIN)
            except Exception as error:
                log.warning("consumer restarts", service=self.service, consumer=self.name, error=type(error).__name__)
                await self._wait(BACK_OFF[min(failures, len(BACK_OFF) - 1)])
                failures += 1
            else:
                failures = 0

    def stop(self) -> None:
        self._stopping.set()

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _consume(self) -> None:
        self._doubts = Doubts()
        now = asyncio.get_running_loop().time
        look_at = now() + LOOK
        subscription: Subscription | None = None
        try:
            await self._lanes_for(1)
            subscription = await self._log.subscribe(f"{self.service}.{self.name}", self.sources, self._resume)
            while not self._stopping.is_set():
                records = await subscription.fetch(self._batch, POLL)
                if records:
                    async with self.guard:
                        await self._take(subscription, records)
                    if self._pace is not None and len(records) >= WORTH_A_PAUSE:
                        await self._pace()
                if now() >= look_at:
                    look_at = now() + LOOK
                    await self._look(subscription)
        finally:
            lanes, self._lanes = self._lanes, []
            if subscription is not None:
                await subscription.close()
            for lane in lanes:
                await lane.connection.close(timeout=2)

    async def _resume(self, assigned: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Called on every assignment: our own checkpoint says where to go on, not the log's."""
        if not self._lanes:
            raise ConnectionError("the consumer has no connection to read its checkpoint with")
        async with self.guard:
            found = await checkpoints.load(self._lanes[0].connection, self.name, assigned)
        self._marks.update(found)
        return {source: mark.offset for source, mark in found.items()}

    async def _take(self, subscription: Subscription, records: Sequence[LogRecord]) -> None:
        try:
            seen = self._look_at(records)
        except Hole as hole:
            subscription.rewind(self._doubts.rewound(hole, records, self._marks))
            log.warning("read again before a hole is believed", service=self.service, consumer=self.name, topic=hole.topic)
        else:
            await self._apply(seen)

    async def _look(self, subscription: Subscription) -> None:
        promised = {(topic_of(service), partition): mark.position for (service, partition), mark in (await self._log.watermarks()).items()}
        mine = {source: self._marks[source] for source in subscription.assigned if source in self._marks}
        if again := self._doubts.stuck(mine, promised):
            log.warning("read again what was promised", service=self.service, consumer=self.name, partitions=len(again))
            subscription.rewind(again)

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
        kind = type_on_log(record.headers)
        if kind not in self._handles and (not self._know_all or kind in CATALOGUE):
            return None
        return Envelope.on_log(record.headers, record.value)

    async def _apply(self, seen: Sequence[Seen]) -> None:
        """In as many lanes as the batch is worth. All have ended when this returns or raises, so nobody's marks move afterwards."""
        shares: dict[int, list[Seen]] = {}
        for s in seen:
            shares.setdefault(s.record.partition, []).append(s)
        lanes = await self._lanes_for(min(self._most_lanes, len(shares), 1 + len(seen) // WORTH_A_LANE))
        work: list[list[Seen]] = [[] for _ in lanes]
        for n, share in enumerate(shares.values()):
            work[n % len(lanes)] += share
        ended = await asyncio.gather(*(lane.apply(mine) for lane, mine in zip(lanes, work, strict=True)), return_exceptions=True)
        failed = next((error for error in ended if error is not None), None)
        if failed is not None:
            raise failed

    async def _lanes_for(self, wanted: int) -> Sequence[Lane]:
        while len(self._lanes) < wanted:
            connection = await self._connect()
            self._lanes.append(Lane(self.service, self.name, connection, self.handle, self._marks, self._committed, self._has_parked))
        return self._lanes[:wanted]

    def _committed(self, envelopes: Sequence[Envelope]) -> None:
        """What was committed stays so, whatever those who are told make of it."""
        self.applied += len(envelopes)
        self.stopped_by = None
        self._moved()
        if envelopes:
            try:
                self._after(envelopes)
            except Exception as error:
                log.error("a listener failed", service=self.service, consumer=self.name, error=type(error).__name__)

    def _has_parked(self) -> None:
        self.parked += 1
        self._moved()
