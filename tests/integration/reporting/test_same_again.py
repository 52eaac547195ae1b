"""A report asked again at the same moment is equal to the byte: of the same process, of one that starts anew, and after a rebuild."""

from __future__ import annotations

from datetime import UTC

import httpx

from conftest import PARTITIONS, Database
from services.reporting.service import VIEWS, wire
from shared.clock import ManualClock
from shared.rebuild import Rebuild
from shared.settings import Settings
from tests.alone import alone
from tests.integration.reporting.house import BEGAN, House, a_year, good, on

PATHS = (
    *(f"/api/v1/reports/monthly/2026-0{month}" for month in (1, 3, 4, 5)),
    "/api/v1/reports/annual/2026",
    "/api/v1/reports/restatements",
    "/api/v1/reports/trend",
    "/api/v1/signals",
)


async def answers(client: httpx.AsyncClient, as_of: str) -> dict[str, bytes]:
    return {path: (await client.get(path, params={"as_of": as_of})).content for path in PATHS}


async def test_the_same_moment_gives_the_same_bytes_for_ever(database: Database, settings: Settings):
    clock = ManualClock(BEGAN.astimezone(UTC))
    async with alone("reporting", wire, database, settings, clock) as running:
        house = House(running, clock)
        await a_year(house)
        await house.settled()
        async with house.client("analyst") as client:
            then = good(await client.get(PATHS[0]))["as_of"]["recorded_at"]
            wanted = await answers(client, then)
            assert all(b"problem" not in answer for answer in wanted.values()), wanted
            await house.tell(on(6, 1))
            await house.settled()
            assert await answers(client, then) == wanted
    rebuild = Rebuild("reporting", database.owner, running.log, PARTITIONS)
    for view in VIEWS:
        found = await rebuild.compare(view)
        assert not any((found.differences or {}).values()), (view.name, found.differences)
        await rebuild.switch(view)
    async with alone("reporting", wire, database, settings, clock, running.log) as anew:
        house = House(anew, clock, house.life, house.published)
        await house.keep_pace()
        async with house.client("analyst") as client:
            assert await answers(client, then) == wanted
