"""Does everything a service recorded reach the log, in order, whatever fails on the way? And may one trust what is promised of it?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.chain import Checkpoint, holds, sign
from shared.clock import ManualClock
from shared.contracts.vocabulary import SERVICES
from shared.envelope import from_headers
from shared.log.memory import MemoryLog
from shared.log.port import Log, LogRecord, Outgoing, Watermark
from shared.log.postgres import PostgresLog
from shared.store.append import append
from tests.house import NOON, PARTITIONS, PATIENCE, House, assert_the_log_has_all, first_seen, on_the_log, running


@pytest.mark.parametrize("kind", ["memory", "postgres"])
async def test_store_and_log_carry_the_same_bytes_and_attributes(house: House, memory: MemoryLog, kind: str) -> None:
    log: Log = memory if kind == "memory" else await PostgresLog.open(house.database.owner, PARTITIONS)
    await house.record(1_500)
    relay = house.relay(log)
    async with running(relay):
        await house.record(300)
        await relay.idle()
    recorded, published = await house.recorded(), await on_the_log(log)
    assert sum(map(len, recorded.values())) == 1_800
    for partition, records in published.items():
        assert [from_headers(r.headers, r.value) for r in records] == recorded[partition]
        chain = b""
        for position, (record, event) in enumerate(zip(records, recorded[partition], strict=True), start=1):
            chain = event.chained(chain)
            assert (event.position, record.key) == (position, str(event.stream_id))
            assert record.headers["ce_digest"] == event.digest().hex().encode()
            assert record.headers["ce_hash"] == chain.hex().encode()
            assert record.value == event.data
    await log.close()


async def test_what_another_process_recorded_is_found_without_a_wake_up(house: House, memory: MemoryLog) -> None:
    relay = house.relay(memory)

    async def everything(assigned: frozenset[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        return dict.fromkeys(assigned, -1)

    async with running(relay):
        await relay.marked()
        subscription = await memory.subscribe("routing.views", ["intake"], everything)
        await house.record(3)
        records: list[LogRecord] = []
        while len(records) < 3:
            records += await subscription.fetch(10, 1.0)


class Unreliable(MemoryLog):
    """Fails now and then, after having written nothing, some or all of it."""

    def __init__(self) -> None:
        super().__init__(SERVICES, PARTITIONS)
        self.calls = 0
        self.failed = 0

    async def publish(self, service: str, records: Sequence[Outgoing]) -> None:
        self.calls += 1
        written = {2: 0, 4: len(records) // 2, 7: len(records)}.get(self.calls % 9)
        await super().publish(service, records[:written])
        if written is not None:
            self.failed += 1
            raise ConnectionError("the broker went away")


async def test_after_a_failed_publish_it_starts_again_from_the_checkpoint_and_nothing_is_lost_or_out_of_order(house: House) -> None:
    log = Unreliable()
    await house.record(3_000)
    relay = house.relay(log)
    async with running(relay):
        await house.record(500)
        await relay.idle()
    assert log.failed >= 3
    assert relay.failures >= log.failed
    assert relay.relayed >= 3_500
    await assert_the_log_has_all(house, log)


class Deadly(MemoryLog):
    """Kills who publishes, the third time: the batch is on the log, its checkpoint is not stored."""

    def __init__(self) -> None:
        super().__init__(SERVICES, PARTITIONS)
        self.calls = 0

    async def publish(self, service: str, records: Sequence[Outgoing]) -> None:
        await super().publish(service, records)
        self.calls += 1
        if self.calls % 3 == 0:
            raise asyncio.CancelledError


async def test_a_relay_that_is_killed_between_publishing_and_its_checkpoint_repeats_itself_and_loses_nothing(house: House) -> None:
    log = Deadly()
    await house.record(3_000)
    for _ in range(3):
        with pytest.raises(asyncio.CancelledError):
            await house.relay(log).run()
    assert any(len(first_seen(records)) < len(records) for records in (await on_the_log(log)).values())
    rest = MemoryLog(SERVICES, PARTITIONS)
    rest.records = log.records
    relay = house.relay(rest)
    async with running(relay):
        await relay.idle()
    await assert_the_log_has_all(house, rest)


async def test_each_partition_has_one_leader_and_another_takes_over_when_it_is_gone(house: House, memory: MemoryLog) -> None:
    one, two = house.relay(memory), house.relay(memory)
    async with running(two):
        async with running(one):
            await house.record(400)
            await asyncio.gather(one.idle(), two.idle())
            assert sorted([*one.leading, *two.leading]) == list(range(PARTITIONS))
        await house.record(400)
        await two.idle()
        assert sorted(two.leading) == list(range(PARTITIONS))
    assert one.relayed + two.relayed == 800
    await assert_the_log_has_all(house, memory)


async def test_a_leader_whose_connection_breaks_leads_no_more_and_work_goes_on(house: House, memory: MemoryLog) -> None:
    one, two = house.relay(memory), house.relay(memory)
    owner = await asyncpg.connect(**owner_arguments(house))
    async with running(one, two):
        for _ in range(4):
            await house.record(300)
            await one.idle()
            await owner.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 7002"
                " and database = (select oid from pg_database where datname = current_database())"
            )
        await house.record(300)
        await two.idle()
    await owner.close()
    assert one.failures + two.failures >= 1
    await assert_the_log_has_all(house, memory)


def owner_arguments(house: House) -> dict[str, Any]:
    dsn = house.database.owner
    return {"host": dsn.host, "port": dsn.port, "user": dsn.user, "password": dsn.password, "database": dsn.database}


async def test_many_of_the_largest_events_pass(house: House, memory: MemoryLog) -> None:
    for _ in range(8):
        await house.record(10, partition=1, size=500 * 1024)
    relay = house.relay(memory)
    async with running(relay):
        await relay.idle()
    await assert_the_log_has_all(house, memory)


class Witness(MemoryLog):
    """Notes what had been published when each watermark came."""

    def __init__(self) -> None:
        super().__init__(SERVICES, PARTITIONS)
        self.marks: list[tuple[int, Watermark, int]] = []
        self.heard = asyncio.Event()

    async def publish_watermarks(self, service: str, marks: Mapping[int, Watermark]) -> None:
        for partition, mark in marks.items():
            lane = self.records["redress.intake", partition]
            self.marks.append((partition, mark, int(lane[-1].headers["ce_sequence"]) if lane else 0))
        await super().publish_watermarks(service, marks)
        self.heard.set()

    async def next(self) -> None:
        self.heard.clear()
        await self.heard.wait()


async def test_a_watermark_is_published_only_when_everything_up_to_it_is_on_the_log_and_nothing_is_recorded_before_it(house: House) -> None:
    log = Witness()
    relay = house.relay(log)
    async with running(relay):
        for _ in range(8):
            await asyncio.gather(house.record(400), relay.marked())
        await relay.marked()
    assert all(mark.position <= published for _, mark, published in log.marks)
    recorded = await house.recorded()
    assert any(mark.position > 0 for _, mark, _ in log.marks)
    for partition, mark, _ in log.marks:
        assert [e.position for e in recorded[partition] if e.recorded_at <= mark.time] == list(range(1, mark.position + 1))


async def test_an_idle_partition_has_a_watermark_too_and_a_new_one_each_second(house: House) -> None:
    log = Witness()
    async with running(house.relay(log)):
        await log.next()
        first = await log.watermarks()
        await log.next()
        second = await log.watermarks()
    assert first.keys() == second.keys() == {("intake", p) for p in range(PARTITIONS)}
    for source, mark in first.items():
        assert mark.position == second[source].position == 0
        assert timedelta(0) < second[source].time - mark.time < timedelta(seconds=3)


async def test_watermarks_go_by_the_products_clock(house: House) -> None:
    log = Witness()
    clock = ManualClock(NOON)
    relay = house.relay(log, clock=clock)
    async with house.pool.acquire() as connection:
        await append(connection, [house.item(0, 10)], clock.recorded_now())
    async with running(relay):
        await relay.marked()
        assert (await log.watermarks())["intake", 0].time == NOON
        clock.set(NOON + timedelta(days=3))
        await log.next()
        assert (await log.watermarks())["intake", 0].time == NOON + timedelta(days=3)


async def checkpoints(house: House) -> list[tuple[int, Checkpoint]]:
    rows = await house.pool.fetch("select * from chain_checkpoints order by partition, position")
    return [(row["partition"], Checkpoint(row["position"], row["hash"], row["signed_at"], row["signature"])) for row in rows]


async def test_the_chain_is_signed_every_thousand_positions_and_the_newest_signature_travels_with_the_watermark(
    house: House, memory: MemoryLog
) -> None:
    await house.record(2_345, partition=2)
    relay = house.relay(memory)
    async with running(relay):
        await relay.marked()
    events = (await house.recorded())[2]
    key = house.database.keys.checkpoint.public_key()
    signed = await checkpoints(house)
    assert [(p, c.position) for p, c in signed] == [(2, 1000), (2, 2000), (2, 2345)]  # the last one is the day's first
    for _, checkpoint in signed:
        assert checkpoint.hash == events[checkpoint.position - 1].hash
        assert holds(key, "intake", 2, checkpoint)
    assert (await memory.watermarks())["intake", 2].checkpoint == signed[-1][1]


async def test_each_day_with_events_is_signed_once(house: House, memory: MemoryLog) -> None:
    clock = ManualClock(NOON)
    for day in range(3):
        clock.set(NOON + timedelta(days=day))
        for _ in range(2):  # a relay that starts again the same day signs nothing anew
            if day != 1:
                await house.record(5, partition=0)
            relay = house.relay(memory, clock=clock)
            async with running(relay):
                await relay.marked()
    assert [(p, c.position, c.signed_at) for p, c in await checkpoints(house)] == [(0, 5, NOON), (0, 15, NOON + timedelta(days=2))]


def test_a_signature_holds_for_what_was_signed_and_nothing_else(keys: Any) -> None:
    key = keys.checkpoint
    signed = sign(key, "intake", 2, 1000, b"h" * 32, NOON)
    public = key.public_key()
    assert holds(public, "intake", 2, signed)
    assert holds(public, "intake", 2, replace(signed, signed_at=NOON.astimezone()))
    assert not holds(public, "routing", 2, signed)
    assert not holds(public, "intake", 3, signed)
    for changed in ({"position": 1001}, {"hash": b"H" * 32}, {"signed_at": NOON + timedelta(microseconds=1)}, {"signature": b"s" * 64}):
        assert not holds(public, "intake", 2, replace(signed, **changed))


async def test_a_service_can_publish_to_no_topic_but_its_own(house: House) -> None:
    sent = Outgoing(0, str(UUID(int=0)), {"ce_sequence": b"1"}, b"{}")
    connection = await house.connect()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                'insert into log.routing (partition, "offset", key, headers, value) values (0, 0, $1, $2, $2)', sent.key, sent.value
            )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("insert into log.watermarks (service, partition, position, time) values ('routing', 0, 0, now())")
        for forbidden in ("update log.intake set key = ''", "delete from log.intake", "truncate log.intake", "delete from log.watermarks"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)
    await connection.close()
