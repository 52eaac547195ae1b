"""Reporting with a clock moved by hand, and a year of complaints to tell it of."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

import httpx

from conftest import PARTITIONS
from services.reporting.tests.lives import (
    NAMES,
    Life,
    answered,
    assessed,
    carried_out,
    closed,
    complaint_id,
    offered,
    received,
    reopened,
)
from shared.clock import ManualClock
from shared.contracts.routing import WorkItemDone, WorkItemOffered
from shared.contracts.vocabulary import Customer, Product, Role
from shared.envelope import Envelope
from shared.log.port import Watermark, topic_of
from tests.alone import Alone

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGAN = datetime(2026, 1, 1, tzinfo=SHANGHAI)
SOURCES = ("intake", "routing", "capa", "survey", "reporting")


def on(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@dataclass
class House:
    """Reporting with a clock moved by hand, and a log on which every source keeps pace with it."""

    alone: Alone
    clock: ManualClock
    life: Life = field(default_factory=lambda: Life(BEGAN.astimezone(UTC)))
    published: int = 0

    async def tell(self, now: datetime) -> list[str]:
        """Publishes what has happened since, and moves the clock on to `now`."""
        fresh: list[Envelope] = self.life.envelopes[self.published :]
        self.published = len(self.life.envelopes)
        self.clock.set(max(now, self.clock.now()))
        return await self.alone.publish(*fresh)

    async def keep_pace(self, request: httpx.Request | None = None) -> None:
        time = max(self.clock.recorded_now() or BEGAN, self.life.ledger.now)
        heads = {s: {p: len(self.alone.log.records[topic_of(s), p]) for p in range(PARTITIONS)} for s in SOURCES}
        for service, ends in heads.items():
            await self.alone.log.publish_watermarks(service, {p: Watermark(end, time) for p, end in ends.items()})
        await self.alone.service.progress.consumed(heads)
        await self.alone.service.access.current()

    async def settled(self) -> None:
        """Until nothing is left to close, restate or judge."""
        service = self.alone.service
        async with asyncio.timeout(60):
            while True:
                await service.relay.idle()
                await self.keep_pace()
                heads = await service.store.heads()
                due = await service.pool.fetchval("select count(*) from timers where due_at <= $1", self.clock.now())
                if not due and heads == await service.store.heads():
                    return
                service.timers.wake()
                await asyncio.sleep(0.05)

    def client(self, *roles: Role) -> httpx.AsyncClient:
        client = self.alone.client(*roles)
        client.event_hooks = {"request": [self.keep_pace]}
        return client


def good(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def a_year(house: House) -> list[str]:
    """Twelve complaints from January to April: some closed, one reopened, work done and left."""
    life = house.life
    for n in range(12):
        at = on(n // 3 + 1, 5 + n)
        customer = Customer(ref=f"C-{n % 2}", name=f"Customer {n % 2}") if n < 10 else None
        issues = ("leakage", "noise") if n % 3 == 0 else ("leakage",)
        life.at(at, received(n, at, customer=customer, issue_codes=issues, product=Product(code=f"P-{n % 3}", name=f"Product {n % 3}")))
        item = uuid5(NAMES, f"item {n}")
        due = at + timedelta(days=15)  # the last one's lies in May
        life.at(at, WorkItemOffered(complaint_id=complaint_id(n), item_id=item, number="C", department="desk", task="assess", due_at=due))
        if n < 6:
            done = at + timedelta(days=1)
            life.at(done, assessed(n), WorkItemDone(complaint_id=complaint_id(n), item_id=item), offered(n), answered(n), carried_out(n))
            life.at(done + timedelta(days=1), closed(n))
    life.at(on(4, 25), reopened(0))
    return await house.tell(on(5, 20))


async def ask(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    body = {"queries": [{"name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], **query}]}
    (result,) = good(await client.post("/api/v1/query", json=body))["results"]
    return result
