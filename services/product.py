"""What is the embedded product? PostgreSQL, the five services and one port, in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send

from services.manual_time import keep
from services.prefixes import PAGES, PREFIXES, prefix_of
from services.wiring import wire_of
from shared.clock import Clock, ManualClock
from shared.contracts.vocabulary import SERVICES
from shared.keys import Keys, load_or_make
from shared.log.opening import open_log
from shared.log.port import Log
from shared.operations.api import operations_app
from shared.postgres.connect import Dsn
from shared.postgres.embedded import EmbeddedPostgres
from shared.postgres.migrate import migrate
from shared.service import PARTS, Part, Service, open_service
from shared.settings import Settings

STEPS = 100  # so many timers fire one by one while the clock is moved by hand
LONG = 3600.0


@dataclass
class Product:
    """The running product. `app` is what the port answers with."""

    settings: Settings
    keys: Keys
    dsn: Dsn
    log: Log
    clock: Clock
    services: Mapping[str, Service]
    app: ASGIApp
    joined: bool  # relay and consumers are the business of other processes, on this folder or on this database
    _held: AsyncExitStack
    _moving: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def open(cls, settings: Settings, clock: Clock, *, join: bool = False) -> Self:
        """Database, migrations, log and services, not yet started. `join` uses the server of a product that runs already."""
        async with AsyncExitStack() as stack:
            keys = load_or_make(settings)
            dsn, joined = await _database(settings, keys, stack, join=join)
            await migrate(dsn, keys, settings.partitions)
            log = await open_log(settings, dsn)
            stack.push_async_callback(log.close)
            services: dict[str, Service] = {}
            for name in SERVICES:
                services[name] = await open_service(name, wire_of(name), settings=settings, keys=keys, dsn=dsn, log=log, clock=clock)
                stack.push_async_callback(services[name].stop)
            operations = operations_app(list(services.values()))
            product = cls(settings, keys, dsn, log, clock, services, dispatcher(services, operations), joined, stack.pop_all())
            operations.state.advance = product.advance
            return product
        raise AssertionError("unreachable")

    async def start(self, parts: frozenset[Part] = PARTS) -> None:
        for service in self.services.values():
            await service.start(parts)

    def end_streams(self) -> None:
        """Open streams end; they would hold the port open."""
        for service in self.services.values():
            service.stopping.set()

    async def stop(self) -> None:
        """Services first, then the log, then the database server, if it is ours."""
        self.end_streams()
        await self._held.aclose()

    async def admits(self, within: float = 30.0) -> None:
        """Waits until every service knows that its list of revoked tokens is current; before that nobody is let in."""
        async with asyncio.timeout(within):
            for service in self.services.values():
                await service.access.current()

    async def advance(self, to: datetime) -> dict[str, dict[int, int]]:
        """Moves the manual clock there, from timer to timer: each fires at its own time, with all that came before it in every view.
        When there are very many, those of a stretch fire together. Answers the positions.
        """
        if not isinstance(self.clock, ManualClock):
            raise TypeError("this product runs by the machine's clock")
        async with self._moving:
            steps = 0
            while (due := await self._next_timer()) is not None and due < to:
                stretch = (to - self.clock.now()) / STEPS if steps >= STEPS else timedelta(0)
                await self._stand_at(self.clock, min(to, max(due, self.clock.now() + stretch)))
                steps += 1
            return await self._stand_at(self.clock, max(to, self.clock.now()))

    async def _stand_at(self, clock: ManualClock, moment: datetime) -> dict[str, dict[int, int]]:
        clock.set(moment)
        keep(self.settings.data, clock)
        for service in self.services.values():
            service.timers.wake()
        return await self.settled(within=LONG)

    async def _next_timer(self) -> datetime | None:
        found = [await service.pool.fetchval("select min(due_at) from timers") for service in self.services.values()]
        return min((due for due in found if due is not None), default=None)

    async def settled(self, within: float = 60.0) -> dict[str, dict[int, int]]:
        """Waits until nothing is left to do: every event relayed and consumed, every due timer fired. Answers the positions.

        Raises TimeoutError when the work goes on for longer.
        """
        async with asyncio.timeout(within):
            before: dict[str, dict[int, int]] = {}
            while True:
                for service in self.services.values():
                    await service.relay.idle()
                now = await self._heads()
                for service in self.services.values():
                    await service.progress.consumed(now)
                due = [
                    await s.pool.fetchval("select count(*) from timers where due_at <= $1", self.clock.now())
                    for s in self.services.values()
                ]
                # A timer may have fired between the two looks: only what is still the same now is at rest.
                if now == before and not any(due) and now == await self._heads():
                    return now
                before = now
                await asyncio.sleep(0.01 if not any(due) else 0.05)

    async def _heads(self) -> dict[str, dict[int, int]]:
        return {name: {p: at for p, (at, _) in (await s.store.heads()).items()} for name, s in self.services.items()}


async def _database(settings: Settings, keys: Keys, stack: AsyncExitStack, *, join: bool) -> tuple[Dsn, bool]:
    if settings.database_url is not None:
        return Dsn.parse(settings.database_url, keys), join  # whoever serves there has each service's own key; a command has one at most
    server = await EmbeddedPostgres.join(settings.data, keys) if join else None
    if server is None:
        server = await EmbeddedPostgres.start(settings.data, keys)
        stack.push_async_callback(server.stop)
        return server.owner, False
    return server.owner, True


def dispatcher(services: Mapping[str, Service], operations: ASGIApp) -> ASGIApp:
    """Sends each call to the service of its prefix, pages to theirs, and what concerns all, or none here, to operations."""
    apps: dict[str | None, ASGIApp] = {prefix: services[name].app for prefix, name in PREFIXES.items() if name in services}
    pages: ASGIApp = services[PAGES].app if PAGES in services else operations
    concerns_all = frozenset(("healthz", "readyz", "metrics"))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "/")
        prefix = prefix_of(path)
        here = operations if path[1:] in concerns_all else pages
        target = here if prefix is None else apps.get(prefix, operations)
        await target(scope, receive, send)

    return app
