"""What is a running service? Its store, commands, consumers, relay, timers and app, wired together once, here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import asyncpg
from fastapi import APIRouter, FastAPI

from shared.access import REVOCATIONS, Access
from shared.adopted import POLICIES, Following
from shared.background import Background
from shared.clock import Clock
from shared.commands import Commands
from shared.consumer.consumer import Consumer
from shared.consumer.reacting import BATCH, LANES, React, Reacting
from shared.envelope import Envelope
from shared.keys import Keys
from shared.log.port import Log
from shared.policy import Policies, Policy
from shared.postgres.connect import Dsn, connect, open_pool
from shared.progress import Progress
from shared.relay import Calling, Relay
from shared.relay.pace import Pace
from shared.sealing import Vault
from shared.settings import Settings
from shared.store.appender import Appender
from shared.store.scribe import Scribe
from shared.store.store import Store
from shared.timers.abreast import Abreast
from shared.timers.loop import TimerLoop
from shared.timers.timers import TimersOf, Told, timers_view
from shared.views import Projecting, View, handled, producers
from shared.web.app import create_app


class Worker(Protocol):
    """Something that works in the background wherever consumers run, until it is stopped. It shares the work by itself."""

    async def run(self) -> None: ...
    def stop(self) -> None: ...


Part = Literal["api", "relay", "consumers"]
PARTS: frozenset[Part] = frozenset(("api", "relay", "consumers"))

_FIRST_START = "insert into settings (name, value) values ('first_start', $1) on conflict (name) do nothing"
_STARTED_AT = "select value from settings where name = 'first_start'"
_RECORDED = "select max(time) from heads"


@dataclass(frozen=True)
class Wiring:
    """What makes a service this service: its routes, views, reactions and timers."""

    routers: tuple[APIRouter, ...] = ()
    views: tuple[View, ...] = ()
    react: React | None = None
    reacts_to: frozenset[str] = frozenset()
    timers_of: TimersOf | None = None
    timer_types: frozenset[str] = frozenset()
    due: Mapping[str, Told] = field(default_factory=dict)
    after_views: Callable[[Sequence[Envelope]], None] = lambda events: None
    started: Callable[[], Coroutine[Any, Any, None]] | None = None
    workers: Mapping[str, Worker] = field(default_factory=dict)
    live: object = None  # what a service keeps in memory for its open streams


@dataclass(frozen=True)
class Doorkeeping:
    """What the doorkeeper works with. Connections of its own: slow reports must not keep everybody out."""

    keys: Keys
    settings: Settings
    pool: asyncpg.Pool
    log: Log


class Service:
    """One bounded context, open for work. `start` begins the background parts, `stop` ends them in order."""

    def __init__(
        self, name: str, *, settings: Settings, keys: Keys, dsn: Dsn, log: Log, clock: Clock, pool: asyncpg.Pool, access_pool: asyncpg.Pool,
        one_of_many: bool = False,
    ) -> None:  # fmt: skip
        self.name = name
        self.settings = settings
        self.keys = keys
        self.dsn = dsn
        self.log = log
        self.clock = clock
        self.pool = pool
        self.zone = ZoneInfo(settings.timezone)
        self.stopping = asyncio.Event()
        self.started_at: datetime = clock.now()
        self.store = Store(name, pool)
        self.vault = Vault(keys)
        self.wake = asyncio.Event()
        self.scribe = Scribe(self.vault, clock, self.zone, settings.partitions)
        self.appender = Appender(name, self.connect, self.scribe, self._appended)
        self.following = Following(access_pool, self.zone)
        self.commands = Commands(self.store, self.appender, pool, self.scribe, clock, self._versions)
        self.access = Access(Doorkeeping(keys, settings, access_pool, log), one_of_many=one_of_many)
        self.relay = Relay(
            name, pool=pool, connect=self._connect_relay, log=log, partitions=settings.partitions, wake=self.wake, keys=keys, clock=clock
        )
        self._calling = Calling(name, pool, lambda: len(self.relay.leading) < settings.partitions)
        self._access_pool = access_pool
        self.listeners: list[Callable[[Sequence[Envelope]], None]] = []  # told of events once the views show them
        self.parts: frozenset[Part] = frozenset()  # what this process runs of it
        self.background = Background(name, self.stopping)

    def wire(self, wiring: Wiring) -> None:
        """Adds what is the service's own; called once, before `start`."""
        self.wiring = wiring
        extra = (timers_view(wiring.timers_of, wiring.timer_types),) if wiring.timers_of is not None else ()
        self.views: tuple[View, ...] = (*wiring.views, *extra)
        types = handled(self.views)
        sources = {"views": producers(types) | {self.name}}
        self.consumers: dict[str, Consumer] = {}
        if wiring.react is not None:
            sources["reactions"] = producers(wiring.reacts_to)
        sources["access"] = producers(POLICIES.handles)  # of revocations it is told by watermarks, not by waiting
        self.progress = Progress(self.name, self.pool, sources, self.following.refresh)
        self.consumers["views"] = self._consumer("views", sources["views"], types, Projecting(self.views), after=self._after_views)
        # Of its own and in large bites, so that nobody is locked out while the views work off a backlog.
        kernel = (REVOCATIONS, POLICIES)
        self.consumers["access"] = self._consumer(
            "access", producers(handled(kernel)), handled(kernel), Projecting(kernel), after=self._after_access, batch=8000
        )
        if wiring.react is not None:
            reacting = Reacting(wiring.react, self.store, self.scribe, self.clock, self._versions, self._appended)
            self.consumers["reactions"] = self._consumer(
                "reactions", sources["reactions"], wiring.reacts_to, reacting, batch=BATCH, lanes=LANES, pace=Pace(self.pool).keep
            )
        self.timers = TimerLoop(
            self.name, wiring.due, connect=self.connect, store=self.store, scribe=self.scribe, clock=self.clock,
            policies=self._versions, appended=self._appended, abreast=Abreast(self.log, self.pool, sources["views"]),
        )  # fmt: skip
        self.app: FastAPI = create_app(self, wiring.routers)

    async def start(self, parts: Iterable[Part] = PARTS) -> None:
        """Begins the parts this process runs; returns when they are under way."""
        self.parts = chosen = frozenset(parts)
        await self.following.refresh()
        await self.pool.execute(_FIRST_START, self.clock.now().isoformat())
        self.started_at = datetime.fromisoformat(await self.pool.fetchval(_STARTED_AT))
        recorded = await self.pool.fetchval(_RECORDED)
        if recorded is not None:
            self.clock.recorded(recorded)
        self.background.run("appender", self.appender.run())
        self.background.run("calling", self._calling.run())
        if "relay" in chosen:
            self.background.run("relay", self.relay.run())
        if "consumers" in chosen:
            for name, consumer in self.consumers.items():
                self.background.run(name, consumer.run())
            if self.wiring.due:
                self.background.run("timers", self.timers.run())
            for name, worker in self.wiring.workers.items():
                self.background.run(name, worker.run())
        self.background.run("access", self.access.run())
        self.background.run("policies", self.following.run())
        if self.wiring.started is not None:
            await self.wiring.started()

    async def stop(self) -> None:
        """Finishes what was accepted, then ends every part and closes the connections."""
        self.stopping.set()
        self.appender.stop()
        for consumer in self.consumers.values():
            consumer.stop()
        self.timers.stop()
        for worker in self.wiring.workers.values():
            worker.stop()
        self.access.stop()
        self.following.stop()
        self.relay.stop()
        self._calling.stop()
        await self.background.stop()
        for pool in (self.pool, self._access_pool):
            with suppress(TimeoutError):
                await asyncio.wait_for(pool.close(), 2)

    @property
    def policies(self) -> Policies:
        """Every version of the rules that was adopted."""
        return self.following.policies

    def policy(self) -> Policy:
        """The rules in force."""
        return self.policies.in_force(self.clock.now())

    async def connect(self) -> asyncpg.Connection:
        """A connection of one's own, as this service; whoever asks closes it."""
        return await connect(self.dsn.for_role(self.name), self.name)

    async def _connect_relay(self) -> asyncpg.Connection:
        connection = await self.connect()
        await self._calling.listen(connection, self.wake)
        return connection

    def _appended(self, count: int) -> None:
        """There is something for the relay, whichever process it runs in."""
        self.wake.set()
        self._calling.call()

    def _reacted(self) -> None:
        """Reactions are committed: only now does the relay see what they appended."""
        self.progress.moved()
        self._appended(0)

    def _versions(self) -> Policies:
        return self.policies

    def _after_access(self, events: Sequence[Envelope]) -> None:
        self.access.seen(events)
        self.following.seen(events)

    def _after_views(self, events: Sequence[Envelope]) -> None:
        self.wiring.after_views(events)
        for listener in self.listeners:
            listener(events)

    def _consumer(self, name: str, sources: frozenset[str], types: frozenset[str], handle: Any, **more: Any) -> Consumer:
        return Consumer(
            self.name, name, log=self.log, sources=sources, handles=types, handle=handle, connect=self.connect,
            moved=self._reacted if name == "reactions" else self.progress.moved, know_all=name == "views", **more,
        )  # fmt: skip


async def open_service(
    name: str, wire: Callable[[Service], Wiring], *, settings: Settings, keys: Keys, dsn: Dsn, log: Log, clock: Clock, one_of_many: bool = False
) -> Service:  # fmt: skip
    """A service with its connections open and its parts wired, not yet started. `one_of_many`: other processes run it too."""
    pool = await open_pool(dsn.for_role(name), name, min_size=1, max_size=8)
    access_pool = await open_pool(dsn.for_role(name), name, min_size=0, max_size=1)
    service = Service(
        name, settings=settings, keys=keys, dsn=dsn, log=log, clock=clock, pool=pool, access_pool=access_pool, one_of_many=one_of_many
    )
    service.wire(wire(service))
    return service
