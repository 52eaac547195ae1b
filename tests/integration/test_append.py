"""Does `append` keep what the store promises: dense positions, versions, the chain, rising time, append only?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.postgres.connect import connect
from shared.store.append import Item, NewEvent, append
from shared.store.store import Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def happened(content: bytes = b"{}", caused_at: datetime | None = None) -> NewEvent:
    return NewEvent(uuid4(), "intake.complaint-acknowledged.v1", 1, content, b'{"key":"k"}', NOW, caused_at)


def item(stream: UUID | None = None, expected: int = 0, events: int = 1, partition: int = 0) -> Item:
    return Item(stream or uuid4(), partition, expected, tuple(happened() for _ in range(events)))


@pytest.fixture
async def intake(database):
    connection = await connect(database.for_role("intake"), "intake")
    yield connection
    await connection.close()


async def events(connection: asyncpg.Connection, partition: int = 0):
    return await Store("intake", connection).page(partition, 0, 10_000)


async def test_positions_are_dense_and_versions_count_from_one(intake):
    stream = uuid4()
    results = await append(intake, [item(stream, 0, 2), item(events=3)], None)
    results += await append(intake, [item(stream, 2, 1)], None)

    assert [(r.position, r.version, r.conflict) for r in results] == [(2, 2, False), (5, 3, False), (6, 3, False)]
    assert [e.position for e in await events(intake)] == [1, 2, 3, 4, 5, 6]


async def test_an_item_whose_stream_has_moved_is_left_out_and_the_others_stand(intake):
    stream = uuid4()
    await append(intake, [item(stream)], None)

    stale, good = await append(intake, [item(stream, 0), item()], None)

    assert stale.conflict
    assert (good.conflict, good.position) == (False, 2)
    assert await intake.fetchval("select count(*) = max(position) from events")


async def test_expected_minus_one_takes_any_version(intake):
    stream = uuid4()
    await append(intake, [item(stream)], None)
    [result] = await append(intake, [item(stream, -1)], None)
    assert result.version == 2


async def test_results_come_in_the_order_of_the_items_whatever_their_partitions(intake):
    results = await append(intake, [item(partition=5), item(partition=2), item(partition=5)], None)
    assert [(r.partition, r.position) for r in results] == [(5, 1), (2, 1), (5, 2)]


async def test_each_partition_is_a_hash_chain_over_the_stored_bytes(intake):
    await append(intake, [item(events=3), item(partition=1)], None)
    await append(intake, [item(events=2)], None)

    previous = b""
    for event in await events(intake):
        assert event.hash == event.chained(previous)
        previous = event.hash
    assert previous == await intake.fetchval("select hash from heads where partition = 0")


async def test_recorded_time_rises_within_a_partition_and_from_cause_to_effect(intake):
    far = datetime.now(UTC) + timedelta(hours=1)
    await append(intake, [Item(uuid4(), 0, 0, (happened(caused_at=far),))], None)
    await append(intake, [item(events=2)], None)

    times = [e.recorded_at for e in await events(intake)]
    assert times[0] > far
    assert times == sorted(set(times))


async def test_a_manual_clock_stamps_recorded_time(intake):
    await append(intake, [item(events=2)], NOW)
    assert [e.recorded_at for e in await events(intake)] == [NOW, NOW + timedelta(microseconds=1)]


async def test_what_is_recorded_after_a_watermark_is_later_than_it(intake):
    rows = await intake.fetch("select * from watermark($1::smallint[], $2)", [0, 1], NOW)
    await append(intake, [item()], NOW - timedelta(days=1))

    [event] = await events(intake)
    assert [(row["partition"], row["position"], row["time"]) for row in rows] == [(0, 0, NOW), (1, 0, NOW)]
    assert event.recorded_at > NOW


@pytest.mark.parametrize("statement", ["update events set data = ''", "delete from events", "truncate events"])
async def test_the_table_refuses_to_be_changed_even_by_its_owner(database, intake, statement):
    await append(intake, [item()], None)
    owner = await connect(database.owner, "intake")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await owner.execute(statement)
    await owner.close()


async def test_an_event_id_is_taken_once(intake):
    one = item()
    await append(intake, [one], None)
    with pytest.raises(asyncpg.UniqueViolationError):
        await append(intake, [one._replace(stream_id=uuid4())], None)


async def test_writers_in_parallel_leave_no_hole_and_no_double(database):
    connections = [await connect(database.for_role("intake"), "intake") for _ in range(8)]
    streams = [uuid4() for _ in range(5)]
    won = 0

    async def write(connection: asyncpg.Connection, seed: int) -> None:
        nonlocal won
        for n in range(40):
            stream = streams[(seed + n) % len(streams)]
            version = await connection.fetchval("select coalesce(max(version), 0) from events where stream_id = $1", stream)
            results = await append(connection, [item(stream, version, partition=stream.int % 3), item(partition=n % 3)], None)
            won += sum(not r.conflict for r in results)

    await asyncio.gather(*(write(c, i) for i, c in enumerate(connections)))

    [one, *rest] = connections
    by_partition = "select bool_and(n = last) from (select count(*) n, max(position) last from events group by partition) p"
    by_stream = "select bool_and(n = last) from (select count(*) n, max(version) last from events group by stream_id) s"
    assert await one.fetchval("select count(*) from events") == won
    assert await one.fetchval(by_partition)
    assert await one.fetchval(by_stream)
    for connection in (one, *rest):
        await connection.close()
