"""Who brings many complaints at once: is held back while the log is behind, and not for ever when nobody writes it?"""

from __future__ import annotations

import pytest

from conftest import Database
from services.intake import api
from services.intake.pacing import AHEAD, Pace
from services.intake.service import wire
from shared.log.memory import MemoryLog
from shared.settings import Settings
from tests.alone import alone
from tests.house import House, running

BEHIND = "select sum(h.position - coalesce(c.position, 0)) from heads h left join relay_checkpoints c using (partition)"


async def test_who_is_too_far_ahead_of_the_log_waits_for_it(house: House, memory: MemoryLog) -> None:
    await house.record(AHEAD * 3)
    async with running(house.relay(memory)):
        await Pace(house.pool).keep()
        assert await house.pool.fetchval(BEHIND) <= AHEAD


async def test_where_no_relay_runs_nobody_waits_for_it_for_ever(house: House) -> None:
    await house.record(AHEAD + 500)
    pace = Pace(house.pool)
    await pace.keep()
    assert await house.pool.fetchval(BEHIND) == AHEAD + 500


async def test_a_batch_asks_for_the_pace_before_it_is_taken_in(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []

    class Watched(Pace):
        async def keep(self) -> None:
            stored.append(await self._pool.fetchval("select count(*) from events"))
            await super().keep()

    monkeypatch.setattr(api, "Pace", Watched)
    async with alone("intake", wire, database, settings) as intake, intake.client("channel") as channel:
        body = {"channel": "web", "content_class": "service_quality", "description": "Nobody calls back."}
        answer = await channel.post("/api/v1/complaints/batch", json=[body])
        assert answer.status_code == 200, answer.text
        assert [item["version"] for item in answer.json()["items"]] == [2]
    assert stored == [0]
