"""How long from a commit in one process until its effect is committed in another process's view, over Kafka, at a light load?

By the database's own clock: it notes when each transaction was committed.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import asyncpg
import httpx

from benchmarks.broker import broker, the_log
from benchmarks.figures import Figure, percentile
from benchmarks.ground import ground
from benchmarks.post import BODY
from benchmarks.serving import Serving, serving
from shared.postgres.connect import connect

COMPLAINTS = 500
FIRST = 50  # not counted: what is done for the first time takes longer
EVERY = 0.02

_TAKEN = (
    "select extract(epoch from pg_xact_commit_timestamp(shown.xmin) - pg_xact_commit_timestamp(e.xmin))::float8"
    " from intake.events e join {} shown on shown.complaint_id = e.stream_id where e.type = 'intake.complaint-received.v1'"
    " order by e.recorded_at offset $1"
)


async def run() -> list[Figure]:
    async with broker() as bootstrap, ground(track_commit_timestamp="on") as at, the_log(bootstrap), AsyncExitStack() as processes:
        intake, *_ = [await processes.enter_async_context(serving(at, bootstrap, name)) for name in ("intake", "routing", "reporting")]
        await _complained(intake)
        owner = await connect(at.dsn, "public")
        figures = [
            *await _figures(owner, "reporting", "reporting.complaint_events", "intake's event in reporting's view", (15, 100)),
            *await _figures(owner, "routing", "routing.queue_items", "the work item that follows, in routing's own view: two hops", None),
        ]
        await owner.close()
    return figures


async def _complained(intake: Serving) -> None:
    async with httpx.AsyncClient(base_url=intake.url, timeout=30) as http:
        desk = {"name": "bench", "roles": ["channel"], "expires_on": "2099-12-31"}
        issued = await http.post("/api/v1/access/tokens", json=desk, headers={"Authorization": f"Bearer {intake.admin}"})
        headers = {"Authorization": f"Bearer {issued.json()['token']}", "Content-Type": "application/json"}
        for _ in range(COMPLAINTS):
            answer = await http.post("/api/v1/complaints", content=BODY, headers=headers)
            assert answer.status_code == 201, answer.text
            await asyncio.sleep(EVERY)


async def _figures(owner: asyncpg.Connection, name: str, table: str, what: str, targets: tuple[float, float] | None) -> list[Figure]:
    while await owner.fetchval(f"select count(*) from {table}") < COMPLAINTS:
        await asyncio.sleep(0.1)
    taken = [row[0] for row in await owner.fetch(_TAKEN.format(table), FIRST)]
    return [
        Figure(f"effect.{name}.{mark}", percentile(taken, share), "ms", targets[n] if targets else None, "less", what)
        for n, (mark, share) in enumerate((("p50", 0.5), ("p99", 0.99)))
    ]
