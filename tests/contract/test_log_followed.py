"""Is a relay that repeats itself, and an event that never came, told from all that is right, whichever log lies between?"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from shared.consumer.consumer import Consumer
from shared.consumer.failures import Hole
from shared.envelope import Envelope
from shared.log.port import Log, Outgoing
from shared.relay.leader import outgoing
from tests.contract.conftest import PARTITIONS, OpenAs
from tests.house import House, assert_the_log_has_all, first_seen, on_the_log, running

KIND = "intake.complaint-acknowledged.v1"
PATIENCE = 30.0


@pytest.fixture
async def house(database: Any) -> AsyncIterator[House]:
    async with database.pool("intake", max_size=12) as pool:
        yield House(database, pool)


class Follower:
    """A consumer that only notes which events it was given."""

    def __init__(self, database: Any, log: Log) -> None:
        self.given: dict[int, list[int]] = defaultdict(list)
        self.more = asyncio.Event()
        self.consumer = Consumer(
            "routing", "views", log=log, sources={"intake"}, handles=frozenset({KIND}), handle=self._note,
            connect=lambda: database.connect("routing"), after=lambda events: self.more.set(),
        )  # fmt: skip

    async def _note(self, connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        for event in events:
            self.given[event.recorded.partition].append(event.recorded.position)

    async def until(self, count: int) -> None:
        while sum(map(len, self.given.values())) < count:
            self.more.clear()
            await self.more.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.consumer.run())
        try:
            async with asyncio.timeout(PATIENCE):
                yield task
        finally:
            self.consumer.stop()
            await task


class Deadly:
    """The log, for a relay that is killed at its third batch: it is published, the checkpoint is not stored."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._batches = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def publish(self, service: str, records: Sequence[Outgoing]) -> None:
        await self._log.publish(service, records)
        self._batches += 1
        if self._batches == 3:
            raise asyncio.CancelledError


async def test_what_a_relay_repeats_after_a_restart_has_its_effect_once(house: House, database: Any, open_as: OpenAs) -> None:
    log = await open_as("intake")
    await house.record(3_000)
    with pytest.raises(asyncio.CancelledError):
        await house.relay(Deadly(log)).run()
    relay = house.relay(log)
    follower = Follower(database, await open_as("routing"))
    async with running(relay), follower.running():
        await relay.idle()
        await follower.until(3_000)
    published = await on_the_log(log)
    assert any(len(first_seen(records)) < len(records) for records in published.values())
    await assert_the_log_has_all(house, log)
    recorded = await house.recorded()
    assert follower.given == {p: [event.position for event in recorded[p]] for p in range(PARTITIONS) if recorded[p]}


async def test_an_event_that_is_missing_on_the_log_stops_who_reads_it(house: House, database: Any, open_as: OpenAs) -> None:
    log = await open_as("intake")
    await house.record(5, partition=3)
    first, second, _, *rest = (outgoing(event) for event in (await house.recorded())[3])
    await log.publish("intake", [first, second, *rest])
    follower = Follower(database, await open_as("routing"))
    async with follower.running() as task:
        while not isinstance(hole := follower.consumer.stopped_by, Hole):
            await asyncio.wait([task], timeout=0.02)
    assert (hole.topic, hole.partition) == ("redress.intake", 3)
    assert max(follower.given[3], default=0) <= 2
