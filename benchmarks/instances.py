"""What do two instances of a service take from a backlog on Kafka, beside one?

Routing's consumers, once all have started and shared the partitions out, until nine tenths are done.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import backlog
from benchmarks.broker import broker, the_log
from benchmarks.figures import Figure
from benchmarks.ground import Ground, another, ground
from benchmarks.serving import serving
from shared.postgres.connect import connect

BACKLOG = 160_000
SETTLED = 4.0  # seconds after the last instance has begun
TO = 0.9

_DONE = "select coalesce(sum(position), 0) from consumer_checkpoints where consumer = 'reactions'"


async def run() -> list[Figure]:
    async with broker() as bootstrap, ground() as at, another(at) as second, the_log(bootstrap) as log:
        await backlog.stored(at, BACKLOG)
        await backlog.relayed(at, log)
        one, one_busy = await _rate(at, bootstrap, 1)
        two, two_busy = await _rate(second, bootstrap, 2)
    what = "routing's consumers: reactions, with the views beside them"
    return [
        Figure("instances.one", one, "events/s", note=what),
        Figure("instances.two", two, "events/s", note=what),
        Figure("instances.gain", two / one, "times"),
        Figure("instances.one.busy", one_busy, "cores", note=f"of {os.cpu_count()}; PostgreSQL and the broker among them"),
        Figure("instances.two.busy", two_busy, "cores", note=f"of {os.cpu_count()}"),
    ]


async def _rate(at: Ground, bootstrap: str, instances: int) -> tuple[float, float]:
    async with AsyncExitStack() as processes:
        connection = await connect(at.dsn.for_role("routing"), "routing")
        starting = (serving(at, bootstrap, "routing", "consumers") for _ in range(instances))
        await asyncio.gather(*(processes.enter_async_context(one) for one in starting))
        await asyncio.sleep(SETTLED)
        first, begin, busy_before = int(await connection.fetchval(_DONE)), time.perf_counter(), _busy()
        while (last := int(await connection.fetchval(_DONE))) < TO * BACKLOG:
            await asyncio.sleep(0.05)
        end, busy_after = time.perf_counter(), _busy()
        assert first < BACKLOG / 2, "the backlog is too small for this machine"
        await connection.close()
    return (last - first) / (end - begin), (busy_after - busy_before) / (end - begin)


def _busy() -> float:
    """Seconds that all processors of this machine have worked."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
