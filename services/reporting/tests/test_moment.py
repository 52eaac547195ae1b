"""As of when: what every source has passed, and how far each had come by then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from conftest import PARTITIONS, Database
from services.reporting import moment
from services.reporting.moment import Moments
from services.reporting.tests.lives import Life, assessed, complaint_id, received
from shared.envelope import Envelope, to_headers
from shared.log.memory import MemoryLog
from shared.log.port import LogLost, Outgoing, Watermark, topic_of
from shared.progress import NotCaughtUp, Position
from shared.store.partition import partition_of

START = datetime(2026, 1, 10, 3, tzinfo=UTC)
SERVICES = ("intake", "routing")
AT = partition_of(str(complaint_id(1)), PARTITIONS)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


class World:
    """A log of two services, and a reporting that has consumed some of it."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.log = MemoryLog(SERVICES, PARTITIONS)
        self.moments = Moments(pool, self.log, lambda: START)
        self.life = Life(START)

    async def publish(self, events: list[Envelope]) -> None:
        for event in events:
            out = Outgoing(event.recorded.partition, event.meta.key, to_headers(event.recorded), event.recorded.data)
            await self.log.publish(event.service, [out])

    async def mark(self, time: datetime, **behind: int) -> None:
        """Watermarks of all partitions; a service named stays so many events behind its head."""
        for service in SERVICES:
            for partition in range(PARTITIONS):
                head = max((int(r.headers["ce_sequence"]) for r in self.log.records[topic_of(service), partition]), default=0)
                await self.log.publish_watermarks(service, {partition: Watermark(max(0, head - behind.get(service, 0)), time)})

    async def consume(self, **left: int) -> None:
        """The views have consumed everything, but of a service named so many events fewer."""
        for (topic, partition), records in self.log.records.items():
            offset = len(records) - 1 - (left.get(topic.partition(".")[2], 0) if records else 0)
            position = int(records[offset].headers["ce_sequence"]) if offset >= 0 else 0
            await self.pool.execute(
                "insert into consumer_checkpoints (consumer, topic, partition, position, log_offset) values ('views', $1, $2, $3, $4)"
                " on conflict (consumer, topic, partition) do update set position = $3, log_offset = $4",
                topic, partition, position, offset,
            )  # fmt: skip


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    async with database.pool("reporting") as pool:
        yield World(pool)


async def test_what_all_sources_have_passed_is_the_default(world: World):
    await world.publish(world.life.at(at(1), received(1, START)).envelopes)
    await world.mark(at(5))
    await world.consume()
    known = await world.moments.as_of(None)
    assert known.recorded_at == at(5)
    assert known.positions[f"intake/{AT}"] == 1
    assert sum(known.positions.values()) == 1


async def test_the_slowest_source_decides(world: World):
    await world.publish(world.life.at(at(1), received(1, START)).at(at(2), assessed(1), assessed(1)).envelopes)
    await world.mark(at(5))
    await world.consume(routing=1)
    known = await world.moments.as_of(None)
    assert known.recorded_at == world.life.envelopes[1].recorded.recorded_at, "of routing one event more is on its way"
    assert known.positions[f"routing/{AT}"] == 1


async def test_an_earlier_moment_has_the_positions_of_then(world: World):
    for minute in range(1, 40):
        world.life.at(at(minute), received(1, START))
    await world.publish(world.life.envelopes)
    await world.mark(at(60))
    await world.consume()
    for minute in (0.5, 1, 1.5, 7, 20.5, 38, 39.5, 55):
        known = await world.moments.as_of(at(minute))
        recorded = [event for event in world.life.envelopes if event.recorded.recorded_at <= at(minute)]
        assert known.positions[f"intake/{AT}"] == len(recorded), minute
        assert known.recorded_at == at(minute)


async def test_records_the_relay_sent_twice_do_not_confuse_the_positions(world: World):
    for minute in range(1, 20):
        world.life.at(at(minute), received(1, START))
    await world.publish(world.life.envelopes[:12])
    await world.publish(world.life.envelopes[4:])
    await world.publish(world.life.envelopes[-5:-2])
    await world.mark(at(60))
    await world.consume()
    await world.pool.execute("update consumer_checkpoints set position = 19 where topic = 'redress.intake' and partition = $1", AT)
    for minute in (0.5, 4.5, 5.5, 11.5, 12.5, 15.5, 19.5, 55):
        recorded = [event for event in world.life.envelopes if event.recorded.recorded_at <= at(minute)]
        assert (await world.moments.as_of(at(minute))).positions[f"intake/{AT}"] == len(recorded), minute


@pytest.mark.parametrize("offset", [19, 5, 4711])
async def test_a_checkpoint_whose_offset_is_of_a_topic_that_was_lost_does_not_confuse_the_positions(
    world: World, monkeypatch: pytest.MonkeyPatch, offset: int
):
    monkeypatch.setattr(moment, "REPEATED", 3)
    for minute in range(1, 20):
        world.life.at(at(minute), received(1, START))
    await world.publish(world.life.envelopes)
    await world.mark(at(60))
    await world.consume()
    moved = "update consumer_checkpoints set position = 12, log_offset = $1 where topic = 'redress.intake' and partition = $2"
    await world.pool.execute(moved, offset, AT)
    known = await world.moments.as_of(None)
    assert (known.positions[f"intake/{AT}"], known.recorded_at) == (12, world.life.envelopes[11].recorded.recorded_at)


async def test_while_a_topic_is_lost_nothing_is_answered(world: World):
    await world.publish(world.life.at(at(1), received(1, START)).envelopes)
    await world.mark(at(5))
    await world.consume()
    world.log.records[topic_of("intake"), AT].clear()
    with pytest.raises(LogLost):
        await world.moments.as_of(None)


async def test_a_moment_not_yet_passed_is_waited_for_and_given_up_in_time(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(moment, "WITHIN", 0.1)
    await world.mark(at(5))
    await world.consume()
    with pytest.raises(NotCaughtUp):
        await world.moments.as_of(at(6))


async def test_the_default_is_never_before_a_position_the_caller_knows(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(moment, "WITHIN", 0.1)
    await world.publish(world.life.at(at(10), received(1, START)).envelopes)
    await world.mark(at(5), intake=1)
    await world.consume()
    with pytest.raises(NotCaughtUp):
        await world.moments.as_of(None, [Position("intake", AT, 1)])
    await world.mark(at(11))
    assert (await world.moments.as_of(None, [Position("intake", AT, 1)])).recorded_at == at(11)


async def test_before_anything_is_recorded_the_answer_is_as_of_the_first_start(world: World):
    await world.consume()
    assert (await world.moments.as_of(None)).recorded_at == START
