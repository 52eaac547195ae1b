"""How many events a second does a service take from a backlog: consumed, decided, appended with the checkpoint?"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from benchmarks.append import DESK
from benchmarks.figures import Figure
from benchmarks.ground import Ground, ground
from services.routing.reactions import REACTS_TO, react
from shared.clock import MachineClock
from shared.consumer.consumer import Consumer
from shared.consumer.reacting import Reacting
from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import ComplaintId, Customer, Product
from shared.envelope import Meta
from shared.ids import new_id
from shared.log.postgres import PostgresLog
from shared.policy import Policies
from shared.postgres.connect import open_pool
from shared.relay import Relay
from shared.store.encode import Change
from shared.store.store import Store

BACKLOG = 40_000


async def run() -> list[Figure]:
    async with ground() as at:
        log = await at.log()
        relay_rate = await _backlog(at, log)
        consumed, read = await _consume(at, log)
        await log.close()
    return [
        Figure("reaction.backlog", consumed, "events/s", 10_000, note="each complaint opens a case and offers a work item: two events"),
        Figure("reaction.floor.read_only", read, "events/s", note="the same consumer with nothing to decide: read, checkpoint"),
        Figure("reaction.relay", relay_rate, "events/s", note="store to log, PostgreSQL adapter"),
    ]


async def _backlog(at: Ground, log: PostgresLog) -> float:
    """Complaints in intake's store, relayed; answers the relay's rate."""
    connection = await at.connect("intake")
    scribe = at.scribe()
    for batch in range(BACKLOG // 1000):
        await scribe.write(connection, [_received(batch * 1000 + n) for n in range(1000)])
    await connection.close()
    pool = await open_pool(at.dsn.for_role("intake"), "intake", min_size=1, max_size=4)
    relay = Relay(
        "intake", pool=pool, connect=lambda: at.connect("intake"), log=log, partitions=8, wake=asyncio.Event(), keys=at.keys,
        clock=MachineClock(),
    )  # fmt: skip
    begin = time.perf_counter()
    running = asyncio.create_task(relay.run())
    await relay.idle()
    rate = BACKLOG / (time.perf_counter() - begin)
    relay.stop()
    await running
    await pool.close()
    return rate


async def _consume(at: Ground, log: PostgresLog) -> tuple[float, float]:
    pool = await open_pool(at.dsn.for_role("routing"), "routing", min_size=1, max_size=4)
    policies = Policies()
    reacting = Reacting(react, Store("routing", pool), at.scribe(), MachineClock(), lambda: policies, lambda count: None)

    async def nothing(connection: object, events: object) -> None:
        return None

    rates = []
    for name, handle in (("floor", nothing), ("reactions", reacting)):
        done = asyncio.Event()
        consumer = Consumer(
            "routing", name, log=log, sources={"intake"}, handles=REACTS_TO, handle=handle, connect=lambda: at.connect("routing"),
            moved=lambda d=done: d.set(),
        )  # fmt: skip
        begin = time.perf_counter()
        running = asyncio.create_task(consumer.run())
        while sum(mark.position for mark in consumer.marks.values()) < BACKLOG:
            done.clear()
            await done.wait()
        rates.append(BACKLOG / (time.perf_counter() - begin))
        consumer.stop()
        await running
    events = await pool.fetchval("select count(*) from events")
    assert events == 2 * BACKLOG, events
    await pool.close()
    return rates[1], rates[0]


def _received(n: int) -> Change:
    stream = new_id()
    now = datetime.now(UTC)
    happened = ComplaintReceived(
        complaint_id=ComplaintId(stream), number=f"C-2026-{n:06d}", channel="phone", content_class="product_quality", received_at=now,
        issue_codes=("leakage",), customer=Customer(ref="C-1007", name="Harbour Foods"), product=Product(code="P-20", batch="B2291"),
        actor=DESK, occurred_at=now,
    )  # fmt: skip
    return Change(stream, str(stream), 0, (happened,), (new_id(),), (Meta(str(stream)),), (None,))
