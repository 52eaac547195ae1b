"""How is one service tested through its real doors? Alone: store, consumers, relay and app are real, the log is in memory,
and what the other services would publish, the test publishes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from pydantic import BaseModel

from conftest import PARTITIONS, Database
from shared.access import Claims, sign
from shared.clock import Clock, MachineClock
from shared.contracts.vocabulary import SERVICES, Role
from shared.envelope import Envelope, to_headers
from shared.log.memory import MemoryLog
from shared.log.port import Outgoing, Watermark
from shared.progress import Progress
from shared.service import Service, Wiring, open_service
from shared.settings import Settings
from shared.testing import Ledger

LONG = timedelta(days=3650)


@dataclass
class Alone:
    """One service, its log, and the record of what others did."""

    service: Service
    log: MemoryLog
    ledger: Ledger = field(default_factory=Ledger)

    async def publish(self, *events: Envelope) -> list[str]:
        """As their services would; answers the positions to wait for."""
        for event in events:
            recorded = event.recorded
            await self.log.publish(event.service, [Outgoing(recorded.partition, event.meta.key, to_headers(recorded), recorded.data)])
        return [event.position for event in events]

    async def heartbeat(self, request: httpx.Request) -> None:
        """Intake is alive and has nothing to say: before each call, so that nobody is kept out for want of word from it."""
        async with asyncio.timeout(20):
            await self._heard()
            while not self.service.access.ready:  # a relay said more between the two looks
                await self._heard()

    async def _heard(self) -> None:
        now = datetime.now(UTC)
        await self.log.publish_watermarks("intake", {partition: Watermark(0, now) for partition in range(PARTITIONS)})
        promised = {p: mark.position for (name, p), mark in (await self.log.watermarks()).items() if name == "intake"}
        await Progress(self.service.name, self.service.pool, {"access": {"intake"}}).consumed({"intake": promised})
        await self.service.access.refresh()

    def client(self, *roles: Role, person: str = "anna", departments: Sequence[str] = (), head_of: Sequence[str] = ()) -> httpx.AsyncClient:
        """A caller with a token of these roles."""
        now = datetime.now(UTC)
        claims = Claims(uuid4(), person.title(), person, roles, tuple(departments), tuple(head_of), now, now + LONG)
        assert self.service.keys.signing is not None
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.service.app),
            base_url="http://product",
            headers={"authorization": f"Bearer {sign(claims, self.service.keys.signing)}"},
            event_hooks={"request": [self.heartbeat]},
        )

    def stranger(self) -> httpx.AsyncClient:
        """A caller without a token."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.service.app), base_url="http://product")


@asynccontextmanager
async def alone(
    name: str,
    wire: Callable[[Service], Wiring],
    database: Database,
    settings: Settings,
    clock: Clock | None = None,
    log: MemoryLog | None = None,
) -> AsyncIterator[Alone]:
    """The service, started; stopped at the end. One that starts again finds the log as it was."""
    log = log or MemoryLog(SERVICES, PARTITIONS)
    service = await open_service(
        name, wire, settings=settings, keys=database.keys, dsn=database.owner, log=log, clock=clock or MachineClock()
    )
    await service.start()
    try:
        yield Alone(service, log)
    finally:
        await service.stop()


def rule(answer: httpx.Response) -> tuple[int, str]:
    """Status and kind of a problem."""
    body: dict[str, Any] = answer.json()
    return answer.status_code, str(body["type"]).removeprefix("/problems/")


def documented(model: type[BaseModel], body: dict[str, Any]) -> dict[str, Any]:
    """The answer, after a look whether the published model tells the truth about it."""
    model.model_validate(body)
    assert body.keys() <= model.model_fields.keys(), body.keys() - model.model_fields.keys()
    return body
