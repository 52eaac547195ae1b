"""How late do deadlines fire when a hundred thousand run and ten thousand fall due within a minute, and what do callers feel of it?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import httpx

from benchmarks.apart import HOST, apart
from benchmarks.figures import Figure, percentile
from benchmarks.handling import COMPLAINT
from benchmarks.load import Load, get, load
from benchmarks.queues import caller, fill

RUNNING = 90_000
DUE = 10_000
WITHIN = 60.0  # seconds over which they fall due
AFTER = 150  # seconds from the complaint to the deadline
SETTLE = 8.0
IDLE = 20.0
AT_ONCE = 100
CALLERS = 2
MISSED = "routing.deadline-missed.v1"


async def run() -> list[Figure]:
    async with apart("product") as (port, token), caller(port, token) as http:
        await fill(http, RUNNING)
        return await measured(http, port, token)


async def measured(http: httpx.AsyncClient, port: int, token: str) -> list[Figure]:
    """Where so many run."""
    await _assessed_within(http, AFTER)
    cases = [case async for case in _taken_in(http)]
    await asyncio.sleep(SETTLE)
    idle = await _called(port, token, cases, IDLE)
    await asyncio.sleep(AFTER - WITHIN - SETTLE - IDLE)
    busy = await _called(port, token, cases, WITHIN)
    late = [await _late(http, case) for case in cases]
    return [
        Figure("deadlines.late.p50", percentile(late, 0.5) / 1000, "s", None, "less", f"{DUE:,} due in a minute, {RUNNING + DUE:,} run"),
        Figure("deadlines.late.most", max(late), "s", 30, "less"),
        Figure("deadlines.idle.p99", percentile(idle.taken, 0.99), "ms", None, "less", f"{CALLERS} callers read cases, nothing is due"),
        Figure("deadlines.meanwhile.p99", percentile(busy.taken, 0.99), "ms", 2 * percentile(idle.taken, 0.99), "less", "while they fire"),
    ]


async def _assessed_within(http: httpx.AsyncClient, seconds: int) -> None:
    """A policy by which complaints are assessed so soon; those that are there keep the one they began under."""
    told = (await http.get("/api/v1/policy")).raise_for_status().json()
    policy = told["policy"]
    policy = {name: value for name, value in policy.items() if name not in ("version", "effective_on")}
    policy["clocks"]["assessment"] = dict.fromkeys(policy["clocks"]["assessment"], f"{seconds}s")
    body = {
        "policy": policy,
        "effective_on": max(datetime.now(UTC).astimezone().date().isoformat(), told["effective_on"]),
        "reason": "bench",
    }
    (await http.put("/api/v1/policy", json=body)).raise_for_status()


async def _taken_in(http: httpx.AsyncClient) -> AsyncIterator[str]:
    """Evenly over the time in which they shall fall due."""
    begin = time.monotonic()
    for number in range(DUE // AT_ONCE):
        answer = await http.post("/api/v1/complaints/batch", json=[COMPLAINT] * AT_ONCE)
        for receipt in answer.raise_for_status().json()["items"]:
            yield receipt["id"]
        await asyncio.sleep(max(0.0, begin + (number + 1) * AT_ONCE * WITHIN / DUE - time.monotonic()))


async def _called(port: int, token: str, cases: Sequence[str], seconds: float) -> Load:
    each = [iter(cases[n::CALLERS] * 1000) for n in range(CALLERS)]
    found = await load(HOST, port, [lambda its=its: get(f"/api/v1/cases/{next(its)}", token) for its in each], seconds=seconds)
    assert not found.bad
    return found


async def _late(http: httpx.AsyncClient, case: str) -> float:
    """Seconds from the deadline to the record that it was missed."""
    while True:
        clocks = (await http.get(f"/api/v1/cases/{case}/clocks")).raise_for_status().json()["items"]
        [due] = [clock["due_at"] for clock in clocks if clock["name"] == "assessment"]
        timeline = (await http.get(f"/api/v1/cases/{case}/timeline", params={"limit": 500})).raise_for_status().json()["items"]
        fired = [item["recorded_at"] for item in timeline if item["type"] == MISSED]
        if fired:
            return (datetime.fromisoformat(fired[0]) - datetime.fromisoformat(due)).total_seconds()
        await asyncio.sleep(0.5)
