"""Who brings many events at once: is held back while the log is behind, and not for ever when nobody writes it?"""

from __future__ import annotations

import asyncio

import pytest

from conftest import PARTITIONS, Database
from services.intake import api
from services.intake.service import wire
from services.routing.service import wire as wire_routing
from shared import service
from shared.consumer.consumer import WORTH_A_PAUSE
from shared.consumer.reacting import BATCH
from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import SERVICES, ComplaintId
from shared.envelope import to_headers
from shared.ids import new_id
from shared.log.memory import MemoryLog
from shared.log.port import Outgoing
from shared.relay.pace import AHEAD, Pace
from shared.settings import Settings
from shared.testing import Ledger
from tests.alone import alone
from tests.house import NOON, PATIENCE, House, running

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


async def test_reactions_to_a_backlog_keep_the_pace_after_each_large_batch(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: asyncio.Queue[int] = asyncio.Queue()
    relayed = asyncio.Event()

    class Held(Pace):
        async def keep(self) -> None:
            asked.put_nowait(await self._pool.fetchval("select count(*) from events"))
            await relayed.wait()

    monkeypatch.setattr(service, "Pace", Held)
    ledger = Ledger(PARTITIONS)
    log = MemoryLog(SERVICES, PARTITIONS)
    for _ in range(BATCH + WORTH_A_PAUSE):
        complaint = ComplaintId(new_id())
        received = ComplaintReceived(
            complaint_id=complaint, number="C-2026-000001", channel="phone", content_class="product_quality", received_at=NOON
        )
        for event in ledger.record(complaint, received):
            recorded = event.recorded
            await log.publish("intake", [Outgoing(recorded.partition, event.meta.key, to_headers(recorded), recorded.data)])
    async with asyncio.timeout(PATIENCE), alone("routing", wire_routing, database, settings, log=log):
        first = await asked.get()
        assert 0 < first <= 2 * BATCH
        assert asked.empty(), "nothing more is decided while the relay is behind"
        relayed.set()
        assert await asked.get() > first
