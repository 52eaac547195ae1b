"""How many events a second are appended with version check and hash chain, by 32 clients and by one?"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from benchmarks.figures import Figure, percentile
from benchmarks.ground import Ground, ground
from shared.contracts.intake import ComplaintAcknowledged
from shared.contracts.vocabulary import Actor, ComplaintId
from shared.envelope import Meta
from shared.ids import new_id
from shared.postgres.connect import connect
from shared.store.appender import Appender, Submission
from shared.store.encode import Change

DESK = Actor(person="li.na", name="Li Na", role="desk")
SECONDS = 4.0
_RAW = "insert into raw (id, stream_id, version, data, recorded_at) values ($1, $2, $3, $4, clock_timestamp())"  # no order, no chain


async def run() -> list[Figure]:
    async with ground() as at:
        appender = Appender("intake", lambda: at.connect("intake"), at.scribe(), lambda count: None)
        working = asyncio.create_task(appender.run())
        await _clients(appender, 8, 0.5)
        many, many_p99 = await _clients(appender, 32, SECONDS)
        one, one_p99 = await _clients(appender, 1, SECONDS)
        appender.stop()
        await working
        raw = await _raw(at, 32)
        check = await at.connect("intake")
        dense = "select bool_and(n = last) from (select count(*) n, max(position) last from events group by partition) p"
        assert await check.fetchval(dense)
        await check.close()
    return [
        Figure("append.clients_32", many, "events/s", 20_000),
        Figure("append.clients_32.p99", many_p99, "ms", 10, "less"),
        Figure("append.clients_1", one, "events/s", 1_200),
        Figure("append.clients_1.p99", one_p99, "ms"),
        Figure(
            "append.floor.single_inserts_32", raw, "rows/s", note="plain inserts on 32 connections: no order, no version check, no chain"
        ),
    ]


async def _clients(appender: Appender, clients: int, seconds: float) -> tuple[float, float]:
    """Each client appends to streams of its own, one command after the other; every second one continues the stream."""
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def client() -> None:
        stream, version = new_id(), 0
        while (begin := time.perf_counter()) < end:
            await appender.submit(Submission((_change(stream, version),), lambda decided: {}))
            taken.append(time.perf_counter() - begin)
            version += 1
            if version == 2:
                stream, version = new_id(), 0

    begin = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return len(taken) / (time.perf_counter() - begin), percentile(taken, 0.99)


def _change(stream: UUID, version: int) -> Change:
    happened = ComplaintAcknowledged(complaint_id=ComplaintId(stream), medium="x" * 300, actor=DESK, occurred_at=datetime.now(UTC))
    return Change(stream, str(stream), version, (happened,), (new_id(),), (Meta(str(stream)),), (None,))


async def _raw(at: Ground, clients: int) -> float:
    first = await connect(at.dsn, "intake")
    await first.execute(
        "create table raw (id uuid primary key, stream_id uuid, version int, data bytea, recorded_at timestamptz, unique (stream_id, version))"
    )
    connections = [first, *[await connect(at.dsn, "intake") for _ in range(clients - 1)]]
    end = time.perf_counter() + SECONDS / 2
    done = 0

    async def client(connection: asyncpg.Connection) -> None:
        nonlocal done
        insert = await connection.prepare(_RAW)
        while time.perf_counter() < end:
            await insert.fetch(new_id(), new_id(), 1, b"x" * 450)
            done += 1

    await asyncio.gather(*(client(c) for c in connections))
    for connection in connections:
        await connection.close()
    return done / (SECONDS / 2)
