"""What remains of the log's promises when its server is killed in the middle and started again? All: nothing lost, nothing swapped."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.consumer.failures import transient
from shared.keys import Keys
from shared.log.kafka import KafkaLog
from shared.log.port import Log, LogRecord, Outgoing, TopicPartition, Watermark
from shared.log.postgres import PostgresLog
from shared.postgres.connect import Dsn
from shared.postgres.migrate import migrate
from tests.broker import own_broker
from tests.postgres_server import PostgresServer

PARTITIONS = 8
PATIENCE = 90.0  # seconds; nothing waits that long unless it is broken
BATCHES, EACH = 40, 64
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Server:
    """What the log is kept in, and may be killed."""

    open_as: Callable[[str], Awaitable[Log]]
    kill: Callable[[], object]
    start: Callable[[], Awaitable[None]]


@pytest.fixture(params=["postgres", "kafka"])
async def server(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys) -> AsyncIterator[Server]:
    async with _kafka(tmp_path) if request.param == "kafka" else _postgres(tmp_path, keys) as found:
        yield found


@asynccontextmanager
async def _kafka(folder: Path) -> AsyncIterator[Server]:
    with own_broker(folder) as broker:
        yield Server(
            lambda service: KafkaLog.open(broker.bootstrap, PARTITIONS, session=2.0),
            broker.kill,
            lambda: asyncio.to_thread(broker.start),
        )


@asynccontextmanager
async def _postgres(folder: Path, keys: Keys) -> AsyncIterator[Server]:
    server = PostgresServer(folder)
    await server.start()
    try:
        dsn = Dsn.parse(server.url, keys)
        await migrate(dsn, keys, PARTITIONS)
        yield Server(lambda service: PostgresLog.open(dsn, PARTITIONS, reader=service), server.kill, server.start)
    finally:
        server.stop()


class Reader:
    """A consumer as it must be: what it has seen tells repeats and holes, and where to go on after anything."""

    def __init__(self, log: Log) -> None:
        self.positions: dict[int, int] = defaultdict(int)
        self.more = asyncio.Event()
        self._log = log
        self._offsets: dict[TopicPartition, int] = {}

    async def resume(self, assigned: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {source: self._offsets.get(source, -1) for source in assigned}

    async def run(self) -> None:
        while True:
            try:
                subscription = await self._log.subscribe("routing.views", ["intake"], self.resume)
                try:
                    while True:
                        self.see(await subscription.fetch(100, 0.25))
                finally:
                    await subscription.close()
            except Exception as error:
                if not transient(error):
                    raise

    def see(self, records: Sequence[LogRecord]) -> None:
        for record in records:
            position = int(record.headers["ce_sequence"])
            assert position <= self.positions[record.partition] + 1, "a hole"
            self.positions[record.partition] = max(position, self.positions[record.partition])
            self._offsets[record.topic, record.partition] = record.offset
        self.more.set()


def batches() -> Iterator[list[Outgoing]]:
    for number in range(BATCHES):
        first = number * EACH
        yield [_outgoing(n) for n in range(first, first + EACH)]


def _outgoing(n: int) -> Outgoing:
    return Outgoing(n % PARTITIONS, "k", {"ce_sequence": str(n // PARTITIONS + 1).encode()}, b"x" * 500)


async def publish_as_a_relay(log: Log, batch: Sequence[Outgoing], begun: asyncio.Event | None = None) -> None:
    """Again and again until it is acknowledged."""
    while True:
        if begun is not None:
            begun.set()
        try:
            await log.publish("intake", batch)
            return
        except Exception as error:
            if not transient(error):
                raise


async def marked(log: Log, time: datetime) -> None:
    while True:
        mark = (await log.watermarks()).get(("intake", 0))
        if mark is not None and mark.time >= time:
            return


async def test_a_server_killed_in_the_middle_costs_repeats_and_nothing_else(server: Server) -> None:
    intake, routing = await server.open_as("intake"), await server.open_as("routing")
    await intake.publish_watermarks("intake", {0: Watermark(1, NOON)})
    await marked(routing, NOON)
    reader = Reader(routing)
    reading = asyncio.create_task(reader.run())
    restarting: asyncio.Task[None] | None = None
    async with asyncio.timeout(PATIENCE):
        for number, batch in enumerate(batches()):
            if number == BATCHES // 2:
                publishing = asyncio.create_task(publish_as_a_relay(intake, batch, begun := asyncio.Event()))
                await begun.wait()
                server.kill()
                restarting = asyncio.create_task(server.start())
                await publishing
            else:
                await publish_as_a_relay(intake, batch)
        assert restarting is not None
        await restarting
        while sum(reader.positions.values()) < BATCHES * EACH:
            assert not reading.done(), reading.exception()
            reader.more.clear()
            await reader.more.wait()
        await intake.publish_watermarks("intake", {0: Watermark(2, NOON + timedelta(seconds=1))})
        await marked(routing, NOON + timedelta(seconds=1))
    fresh = Reader(intake)
    for partition in range(PARTITIONS):
        fresh.see(await intake.read("intake", partition, -1, 10_000))
    assert dict(fresh.positions) == dict(reader.positions) == dict.fromkeys(range(PARTITIONS), BATCHES * EACH // PARTITIONS)
    reading.cancel()
    await asyncio.wait([reading])
    await intake.close()
    await routing.close()
