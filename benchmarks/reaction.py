"""How many events a second does a service take from a backlog: consumed, decided, appended with the checkpoint?"""

from __future__ import annotations

import asyncio
import time
from statistics import median
from typing import Any

from benchmarks import backlog
from benchmarks.broker import broker, own_log
from benchmarks.cpu import Cost
from benchmarks.figures import Figure
from benchmarks.ground import Ground, ground
from services.routing.reactions import REACTS_TO, react
from shared.clock import MachineClock
from shared.consumer.consumer import Consumer
from shared.consumer.reacting import BATCH, LANES, Reacting
from shared.log.port import Log
from shared.policy import Policies
from shared.postgres.connect import open_pool
from shared.store.store import Store

BACKLOG = 40_000
ROUNDS = 3


async def run() -> list[Figure]:
    async with ground() as at:
        log = await at.log()
        figures = await _measured("reaction", at, log)
        await log.close()
    return figures


async def run_on_kafka() -> list[Figure]:
    async with broker() as bootstrap, ground() as at, own_log(bootstrap) as log:
        return await _measured("kafka_reaction", at, log)


async def _measured(name: str, at: Ground, log: Log) -> list[Figure]:
    relays, floors, rates, costs = [], [], [], []
    for number in range(1, ROUNDS + 1):
        await backlog.stored(at, BACKLOG)
        relays.append(BACKLOG / await backlog.relayed(at, log))
        floors.append(await _consumed(at, log, "floor", _nothing, number))
        cost = Cost()
        rates.append(await _reacted(at, log, number))
        costs.append(cost.each(BACKLOG))
    what = f"median of {ROUNDS} backlogs of {BACKLOG:,}; each complaint opens a case and offers a work item: two events"
    return [
        Figure(f"{name}.backlog", median(rates), "events/s", 10_000, note=what),
        Figure(f"{name}.cpu", *_typical(costs)),
        Figure(f"{name}.floor.read_only", median(floors), "events/s", note="the same consumer with nothing to decide: read, checkpoint"),
        Figure(f"{name}.relay", median(relays), "events/s", note="store to log, beside nothing else"),
    ]


def _typical(costs: list[tuple[float, str]]) -> tuple[float, str, None, str, str]:
    cost, programs = sorted(costs)[len(costs) // 2]
    return cost, "µs", None, "less", f"processor time for one of them: {programs}"


async def _reacted(at: Ground, log: Log, number: int) -> float:
    pool = await open_pool(at.dsn.for_role("routing"), "routing", min_size=1, max_size=4)
    policies = Policies()
    reacting = Reacting(react, Store("routing", pool), at.scribe(), MachineClock(), lambda: policies, lambda count: None)
    rate = await _consumed(at, log, "reactions", reacting, number)
    events = await pool.fetchval("select count(*) from events")
    assert events == 2 * BACKLOG * number, events
    await pool.close()
    return rate


async def _consumed(at: Ground, log: Log, name: str, handle: Any, number: int) -> float:
    """From the moment that the first record is there: how long partitions are shared out for is no matter of speed."""
    moved = asyncio.Event()
    consumer = Consumer(
        "routing", name, log=log, sources={"intake"}, handles=REACTS_TO, handle=handle, connect=lambda: at.connect("routing"),
        moved=moved.set, batch=BATCH, lanes=LANES,
    )  # fmt: skip
    running = asyncio.create_task(consumer.run())
    reached = BACKLOG * (number - 1)
    begin, begun = 0.0, 0
    while reached < BACKLOG * number:
        moved.clear()
        await moved.wait()
        reached = sum(mark.position for mark in consumer.marks.values())
        if not begun:
            begin, begun = time.perf_counter(), reached
    taken = time.perf_counter() - begin
    consumer.stop()
    await running
    return (reached - begun) / taken


async def _nothing(connection: object, events: object) -> None:
    return None
