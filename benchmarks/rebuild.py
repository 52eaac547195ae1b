"""How fast is a view made anew from a log of a million events?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from benchmarks import history, life
from benchmarks.broker import broker, own_topics
from benchmarks.cpu import Cost
from benchmarks.figures import Figure
from benchmarks.ground import PARTITIONS, Ground, ground
from services.reporting.views import complaints, work
from services.routing.views import cases
from shared.log.kafka import KafkaLog
from shared.log.port import Log
from shared.log.postgres import PostgresLog
from shared.rebuild import Rebuild
from shared.replay_processes import OpenLog
from shared.views import View

EVENTS = 1_000_000
CASES_VIEW, COMPLAINTS_VIEW, WORK_VIEW = ("routing", cases.CASES), ("reporting", complaints.VIEW), ("reporting", work.VIEW)

Named = tuple[str, View]


async def run() -> list[Figure]:
    """From an import, on the log in PostgreSQL."""
    async with ground() as at:
        log = await at.log()
        opened = partial(PostgresLog.open, at.dsn.without_keys("reporting"), PARTITIONS, reader="reporting")
        put = await history.imported(at, log, EVENTS // 2)
        figures = await _measured("rebuild", at, log, opened, put, {COMPLAINTS_VIEW: 100_000, CASES_VIEW: None})
        await log.close()
    return figures


async def run_on_kafka() -> list[Figure]:
    """From lives lived here, and from an import: there half of the events begin a complaint, which is the most work."""
    figures: list[Figure] = []
    async with broker() as bootstrap:
        for name, make, complaints, views in (
            ("lived", history.lived, EVENTS // len(life.STEPS), (COMPLAINTS_VIEW, CASES_VIEW, WORK_VIEW)),
            ("imported", history.imported, EVENTS // 2, (COMPLAINTS_VIEW, CASES_VIEW)),
        ):
            async with ground() as at, own_topics(bootstrap) as topics:
                opened = partial(KafkaLog.open, bootstrap, PARTITIONS, prefix=topics.prefix)
                log = await opened()
                put = await make(at, log, complaints)
                figures += await _measured(f"kafka_rebuild.{name}", at, log, opened, put, dict.fromkeys(views, 80_000))
                await log.close()
    return figures


async def _measured(
    name: str, at: Ground, log: Log, opened: OpenLog, put: Mapping[str, int], views: Mapping[Named, float | None]
) -> list[Figure]:
    total = sum(put.values())
    begin = time.perf_counter()
    for service in put:
        await _read(log, service)
    rate = total / (time.perf_counter() - begin)
    figures = [Figure(f"{name}.floor.read", rate, "events/s", note="reading the same records in one process, nothing done")]
    for (service, view), target in views.items():
        begin, cost = time.perf_counter(), Cost()
        found = await Rebuild(service, at.dsn, log, PARTITIONS, open_log=opened).switch(view)
        rate = found.events / (time.perf_counter() - begin)
        note = f"{found.events:,} of {total:,} events on the log are its producers'"
        each, programs = cost.each(found.events)
        figures.append(Figure(f"{name}.{service}.{view.name}", rate, "events/s", target, note=note))
        figures.append(
            Figure(f"{name}.{service}.{view.name}.cpu", each, "µs", better="less", note=f"processor time for an event: {programs}")
        )
    return figures


async def _read(log: Log, service: str) -> None:
    for partition in range(PARTITIONS):
        offset = -1
        while records := await log.read(service, partition, offset, 5_000):
            offset = records[-1].offset
