"""A topic is deleted on a real broker while the product works: does all go on once it is rebuilt, with no effect twice?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.consumer import consumer as consuming
from shared.consumer.consumer import Consumer
from shared.envelope import Envelope
from shared.log.kafka import KafkaLog
from shared.log.kafka_topics import Topics
from shared.postgres.connect import connect
from shared.relay import Relay, leader
from shared.relay.leader import outgoing
from shared.reseed import OtherHistory, Reseed
from tests.house import PARTITIONS, House, assert_the_log_has_all, on_the_log, running

PATIENCE = 60.0
KIND = "intake.complaint-acknowledged.v1"


class Town:
    """Intake with its relay, and routing that consumes; each with a log of its own, as in processes of their own."""

    def __init__(self, house: House, topics: Topics, database: Any) -> None:
        self.house = house
        self.topics = topics
        self.database = database
        self.news = asyncio.Event()

    @asynccontextmanager
    async def log(self) -> AsyncIterator[KafkaLog]:
        log = await KafkaLog.open(self.topics.bootstrap, PARTITIONS, prefix=self.topics.prefix)
        try:
            yield log
        finally:
            await log.close()

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[Relay]:
        async with self.log() as log:
            relay = self.house.relay(log)
            async with running(relay, patience=PATIENCE):
                yield relay

    @asynccontextmanager
    async def consuming(self) -> AsyncIterator[Consumer]:
        async with self.log() as log:
            consumer = Consumer(
                "routing", "effects", log=log, sources={"intake"}, handles=frozenset({KIND}), handle=effects,
                connect=lambda: self.database.connect("routing"), moved=self.news.set,
            )  # fmt: skip
            task = asyncio.create_task(consumer.run())
            try:
                yield consumer
            finally:
                consumer.stop()
                await task

    async def lose(self) -> None:
        """As an operator's mistake would: gone, with all that was on it."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.topics.bootstrap)
        await admin.start()
        await admin.delete_topics([self.topics.of("intake")])
        await admin.close()

    async def reseed(self) -> int:
        """The command, a process of its own, makes the missing topic first."""
        async with self.log() as log:
            return (await Reseed("intake", self.house.pool, self.house.connect, log, PARTITIONS).run()).published

    async def consumed(self, consumer: Consumer) -> None:
        """Returns when everything recorded has had its effect: once, or the table's key would have parked the second."""
        heads = {partition: at for partition, (at, _) in (await self.house.store.heads()).items() if at}
        async with asyncio.timeout(PATIENCE):
            while any(reached(consumer, partition) < at for partition, at in heads.items()):
                self.news.clear()
                await self.news.wait()
        connection = await self.database.connect("routing")
        assert await connection.fetchval("select count(*) from effects") == sum(heads.values())
        assert await connection.fetchval("select count(*) from parked") == 0
        await connection.close()


def reached(consumer: Consumer, partition: int) -> int:
    mark = consumer.marks.get(("redress.intake", partition))
    return 0 if mark is None else mark.position


async def effects(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    await connection.executemany("insert into effects (event_id) values ($1)", [(event.recorded.event_id,) for event in events])


@pytest.fixture
async def town(database: Any, house: House, kafka_topics: Topics, monkeypatch: pytest.MonkeyPatch) -> Town:
    """With a past: everything twice on the topic, as after a lost checkpoint, so that offsets run far ahead of positions."""
    monkeypatch.setattr(leader, "LOOK", 1.0)
    monkeypatch.setattr(consuming, "HOLE_AGAIN", 1.0)
    admin = await connect(database.owner, "routing")
    await admin.execute("create table effects (event_id uuid primary key); grant all on effects to redress_routing")
    await admin.close()
    town = Town(house, kafka_topics, database)
    await house.record(200)
    for _ in range(2):
        async with town.relaying() as relay:
            await relay.idle()
        await house.pool.execute("update relay_checkpoints set position = 0")
    async with town.relaying() as relay, town.consuming() as consumer:
        await relay.idle()
        await town.consumed(consumer)
    return town


async def test_a_deleted_topic_is_rebuilt_while_relay_and_consumer_run_and_all_goes_on(town: Town) -> None:
    async with town.relaying() as relay, town.consuming() as consumer:
        await town.house.record(100)
        await relay.idle()
        await town.consumed(consumer)
        await town.lose()
        assert await town.reseed() == 300
        for _ in range(5):  # past the offsets of the old topic
            await town.house.record(100)
            await relay.idle()
            await town.consumed(consumer)
        assert relay.stopped_by is consumer.stopped_by is None
        async with town.log() as log:
            await assert_the_log_has_all(town.house, log)
            assert sum(map(len, (await on_the_log(log)).values())) == 800


async def test_a_consumer_that_was_away_goes_on_in_a_topic_that_has_grown_past_its_offset(town: Town) -> None:
    """Its offset is there on the new topic, but behind events that it lacks."""
    await town.lose()
    await town.house.record(1_000)
    assert await town.reseed() == 1_200
    async with town.consuming() as consumer:
        await town.consumed(consumer)


async def test_a_topic_made_anew_and_written_to_before_anybody_noticed_is_refused_and_rebuilt_once_it_is_deleted(town: Town) -> None:
    async with town.consuming() as consumer:
        relayed = await town.house.recorded()
        await town.lose()
        async with town.log() as log:  # somebody starts and makes what is missing; what a relay was sending arrives there
            await town.house.record(100)
            late = [event for lane in (await town.house.recorded()).values() for event in lane if event not in relayed[event.partition]]
            await log.publish("intake", [outgoing(event) for event in late])
        async with town.relaying() as relay:
            with pytest.raises(OtherHistory, match="missing on the log"):
                await town.reseed()
            await town.lose()
            assert await town.reseed() == 300
            await town.house.record(10)
            await relay.idle()
            await town.consumed(consumer)
        assert relay.stopped_by is consumer.stopped_by is None
