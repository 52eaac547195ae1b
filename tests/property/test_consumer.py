"""Does a consumer have each effect exactly once, in order per key, whatever is repeated, crashes, or is started again?"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.consumer.consumer import Consumer
from shared.contracts.intake import ComplaintAcknowledged
from shared.contracts.vocabulary import ComplaintId
from shared.envelope import Envelope, to_headers
from shared.log.memory import MemoryLog
from shared.log.port import Outgoing, Watermark
from shared.postgres.connect import connect
from shared.testing import Ledger

KIND = ComplaintAcknowledged.TYPE
SPACE = UUID("00000000-0000-0000-0000-00000000c0de")
_names = count(1)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(0, 3)),
        st.tuples(st.just("repeat"), st.integers(1, 6)),
        st.tuples(st.just("lose the topic"), st.integers(0, 2)),
        st.tuples(st.just("crash before commit"), st.just(0)),
        st.tuples(st.just("crash after commit"), st.just(0)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("zombie"), st.just(0)),
        st.tuples(st.just("poison"), st.integers(0, 3)),
        st.tuples(st.just("settle"), st.just(0)),
    ),
    min_size=4,
    max_size=16,
)


@dataclass
class World:
    """A log, a database, and a consumer that may be made to fail."""

    database: object
    name: str
    lanes: int = 1
    log: MemoryLog = field(default_factory=lambda: MemoryLog(("intake",), 2))
    ledger: Ledger = field(default_factory=lambda: Ledger(partitions=2))
    published: list[Envelope] = field(default_factory=list)
    poisoned: set[UUID] = field(default_factory=set)
    crash: bool = False
    consumer: Consumer | None = None
    task: asyncio.Task[None] | None = None
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, key: int, *, poison: bool = False) -> None:
        stream = uuid5(SPACE, f"{self.name}/{key}")
        envelopes = self.ledger.record(stream, ComplaintAcknowledged(complaint_id=ComplaintId(stream), medium="test"))
        if poison:
            self.poisoned |= {e.recorded.event_id for e in envelopes}
        self.published += envelopes
        await self._send(envelopes)
        await self._promise()

    async def repeat(self, last: int) -> None:
        """A relay that starts again from its checkpoint sends its last events once more."""
        await self._send(self.published[-last:])

    async def lose_the_topic(self) -> None:
        """It is made anew from the store: the same events in the same order, without the repeats, so at other offsets."""
        for lane in self.log.records.values():
            lane.clear()
        await self._send(self.published)
        await self._promise()

    async def _promise(self) -> None:
        """As a relay does after each batch: without its word nobody could know that an end came too early."""
        heads = {e.recorded.partition: e.recorded.position for e in self.published}
        await self.log.publish_watermarks("intake", {p: Watermark(at, datetime.now(UTC)) for p, at in heads.items()})

    async def _send(self, envelopes: Sequence[Envelope]) -> None:
        await self.log.publish(
            "intake", [Outgoing(e.recorded.partition, e.meta.key, to_headers(e.recorded), e.recorded.data) for e in envelopes]
        )

    async def handle(self, connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        if any(e.recorded.event_id in self.poisoned for e in events):
            raise ValueError("poison")
        rows = [(self.name, e.meta.key, e.recorded.event_id) for e in events]
        await connection.executemany("insert into effects (consumer, key, event_id) values ($1, $2, $3)", rows)
        if self.crash:
            self.crash = False
            raise ConnectionError("before commit")

    async def start(self) -> None:
        self.consumer = Consumer(
            "routing", self.name, log=self.log, sources={"intake"}, handles=frozenset({KIND}), handle=self.handle,
            connect=lambda: self.database.connect("routing"), moved=self.moved.set, lanes=self.lanes,
        )  # fmt: skip
        self.task = asyncio.create_task(self.consumer.run())

    async def stop(self) -> None:
        assert self.consumer is not None
        assert self.task is not None
        self.consumer.stop()
        self.log.wake()
        await self.task

    async def settle(self) -> None:
        """Waits until the checkpoint says that everything published was consumed."""
        heads: dict[int, int] = defaultdict(int)
        for envelope in self.published:
            heads[envelope.recorded.partition] = envelope.recorded.position
        connection = await self.database.connect("routing")
        try:
            async with asyncio.timeout(20):
                while True:
                    rows = await connection.fetch("select partition, position from consumer_checkpoints where consumer = $1", self.name)
                    if all({row["partition"]: row["position"] for row in rows}.get(p, 0) >= at for p, at in heads.items()):
                        return
        finally:
            await connection.close()


async def run(world: World, script: list[tuple[str, int]]) -> None:
    await world.start()
    for what, number in script:
        match what:
            case "publish":
                await world.publish(number)
            case "repeat":
                await world.repeat(number)
            case "poison":
                await world.publish(number, poison=True)
            case "lose the topic":
                for _ in range(number):
                    await world.publish(0)
                await world.lose_the_topic()
            case "crash before commit":
                world.crash = True
            case "crash after commit":
                await world.settle()
                assert world.task is not None
                world.task.cancel()  # its memory of where it stands is lost, the database's is not
                await asyncio.gather(world.task, return_exceptions=True)
                await world.start()
            case "zombie":
                old = (world.consumer, world.task)
                await world.start()  # the one before goes on consuming without knowing of this one
                await world.settle()
                assert old[0] is not None
                assert old[1] is not None
                old[0].stop()
                world.log.wake()
                await old[1]
            case "restart":
                await world.stop()
                await world.start()
            case "settle":
                await world.settle()
    world.crash = False
    await world.settle()
    await world.stop()


async def check(world: World) -> None:
    connection = await world.database.connect("routing")
    effects: dict[str, list[UUID]] = defaultdict(list)
    for row in await connection.fetch("select key, event_id from effects where consumer = $1 order by n", world.name):
        effects[row["key"]].append(row["event_id"])
    parked = {row["position"] for row in await connection.fetch("select position, partition from parked where consumer = $1", world.name)}
    await connection.close()
    stopped: set[str] = set()
    expected: dict[str, list[UUID]] = defaultdict(list)
    waiting = 0
    for envelope in world.published:
        if envelope.recorded.event_id in world.poisoned:
            stopped.add(envelope.meta.key)
        if envelope.meta.key in stopped:
            waiting += 1
        else:
            expected[envelope.meta.key].append(envelope.recorded.event_id)
    assert effects == expected, "each effect once, in order per key, none behind a parked event"
    assert bool(parked) == bool(waiting)


@pytest.fixture
async def effects(database):
    admin = await connect(database.owner, "routing")
    await admin.execute(
        "create table routing.effects (n bigserial, consumer text, key text, event_id uuid, primary key (consumer, event_id))"
    )
    await admin.execute("grant all on routing.effects to redress_routing; grant all on sequence routing.effects_n_seq to redress_routing")
    await admin.close()
    return database


@pytest.fixture
def every_batch_in_lanes(monkeypatch):
    """However small it is."""
    monkeypatch.setattr("shared.consumer.consumer.WORTH_A_LANE", 1)


@pytest.fixture
def looks_often(monkeypatch):
    monkeypatch.setattr("shared.consumer.consumer.LOOK", 0.3)
    monkeypatch.setattr("shared.consumer.consumer.HOLE_AGAIN", 0.1)


@example(lanes=1, script=[("publish", 0), ("settle", 0), ("repeat", 1), ("publish", 0)])
@example(
    lanes=1, script=[("publish", 0), ("repeat", 1), ("publish", 0), ("settle", 0), ("lose the topic", 0), ("publish", 0), ("publish", 0)]
)
@example(
    lanes=1, script=[("publish", 0), ("repeat", 1), ("publish", 0), ("settle", 0), ("lose the topic", 0), ("restart", 0), ("publish", 0)]
)
@example(lanes=2, script=[("publish", 0), ("crash before commit", 0), ("publish", 0), ("publish", 1)])
@example(lanes=2, script=[("publish", 0), ("crash after commit", 0), ("repeat", 1), ("publish", 0)])
@example(lanes=2, script=[("publish", 0), ("zombie", 0), ("publish", 1), ("repeat", 2)])
@example(lanes=1, script=[("publish", 0), ("poison", 0), ("publish", 1), ("publish", 0), ("restart", 0), ("publish", 0)])
@example(lanes=1, script=[("publish", 0), ("repeat", 1), ("settle", 0), ("lose the topic", 1)])
@given(lanes=st.sampled_from([1, 2]), script=steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_each_effect_once_whatever_happens(effects, every_batch_in_lanes, looks_often, lanes, script):
    world = World(effects, f"c{next(_names)}-{uuid4().hex[:6]}", lanes)
    await run(world, script)
    await check(world)


async def test_lanes_work_side_by_side_and_one_that_fails_takes_nothing_from_the_other(effects, every_batch_in_lanes):
    world = World(effects, "lanes", lanes=2, crash=True)
    both, handle, met = asyncio.Barrier(2), world.handle, asyncio.Event()

    async def meet(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        if not met.is_set():
            async with asyncio.timeout(20):
                await both.wait()  # nobody gets further alone
            met.set()
        await handle(connection, events)

    world.handle = meet
    for key in range(8):
        await world.publish(key)
    assert {envelope.recorded.partition for envelope in world.published} == {0, 1}
    await world.start()
    await world.settle()
    await world.stop()
    assert not world.crash
    await check(world)


async def test_a_hole_stops_the_consumer_until_it_is_filled_and_nothing_is_skipped(effects, looks_often):
    world = World(effects, "holes")
    await world.publish(0)
    lost = world.log.records["redress.intake", world.published[0].recorded.partition]
    await world.publish(0)
    del lost[0]  # the first never reached the log
    await world.start()
    assert world.consumer is not None
    connection = await effects.connect("routing")
    async with asyncio.timeout(20):
        while world.consumer.stopped_by is None:
            await world.moved.wait()
            world.moved.clear()
    assert "1 events are missing" in str(world.consumer.stopped_by)
    assert await connection.fetchval("select count(*) from effects") == 0
    await connection.close()

    await world.lose_the_topic()  # and it is made anew, with the first
    await world.settle()
    assert world.consumer.stopped_by is None
    await world.stop()
    await check(world)
