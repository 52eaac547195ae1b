"""How is the product shot at? Round by round: clients work, some processes are killed in the middle of it, all must go on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, BinaryIO, Self
from uuid import UUID

import httpx

from shared.contracts.vocabulary import SERVICES
from shared.postgres.connect import Dsn
from tests.chaos.asking import Asker
from tests.chaos.disk import Disk
from tests.chaos.faults import PARTS, Deck, Hit, Killer, Target
from tests.chaos.journal import Journal
from tests.chaos.standing import Watch
from tests.chaos.stored import stores, topics
from tests.chaos.stories import Analyst, Office
from tests.chaos.verification import findings
from tests.distributed import Distributed
from tests.forked import fork

CLIENTS = 6
TOKEN_TRIES = 10
RECOVERED_WITHIN = 180.0
DOWN = (0.0, 2.0)  # seconds a round leaves the killed dead, at most


@dataclass
class Round:
    """What one round did."""

    number: int
    hits: list[Hit]
    spared: int  # drawn, but not met at work: those do not count
    acknowledged: int
    unanswered: int


@dataclass
class Fire:
    """A product under fire: its clients at work, what they were told, and who was hit."""

    town: Distributed
    journal: Journal
    watch: Watch
    random: Random
    disk: Disk
    clients: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    offices: list[Office] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    apart: set[UUID] = field(default_factory=set)  # events a test put there itself: the clients know nothing of them
    working: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.killer = Killer(self.town, self.journal, self.watch)
        self.deck = Deck(self.random)

    @classmethod
    @asynccontextmanager
    async def lit(cls, town: Distributed, folder: Path, seed: int, disk: Disk) -> AsyncIterator[Self]:
        """Clients at work until the block ends."""
        random = Random(seed)
        async with AsyncExitStack() as stack:
            journal = Journal.begin(folder)
            stack.callback(journal.out.close)
            journal.write(seed=seed, processes={name: process.pid for name, process in town.processes.items()})
            fire = cls(town, journal, await stack.enter_async_context(Watch(Dsn.parse(town.postgres.url))), random, disk)
            await fire._employ(stack)
            stack.push_async_callback(fire.dismiss)
            fire.working.set()
            yield fire

    async def round(self, number: int) -> Round:
        """Kills one to three targets at work, lets the clients run into it, brings them back, waits until every client goes on."""
        acknowledged, unanswered, spared = len(self.journal.acknowledged), self.journal.unanswered, 0
        hits: list[Hit] = []
        while not hits:
            targets = self.deck.deal(self.random.choice((1, 1, 1, 1, 2, 3)))
            struck = await asyncio.gather(*(self.killer.strike(target) for target in targets))
            hits = [hit for hit in struck if hit is not None]
            missed = [target for target, hit in zip(targets, struck, strict=True) if hit is None]
            self.deck.back(missed)
            spared += len(missed)
        await self.down_for(self.random.uniform(*DOWN))
        await self.bring_back([hit.target for hit in hits])
        await self.recovered()
        self.hits += hits
        done = Round(number, hits, spared, len(self.journal.acknowledged) - acknowledged, self.journal.unanswered - unanswered)
        self.journal.write(round=number, hit=[str(h.target) for h in hits], acknowledged=done.acknowledged, unanswered=done.unanswered)
        return done

    async def down_for(self, seconds: float) -> None:
        """The clients run into what is dead."""
        await self.journal.until(lambda: False, seconds)

    async def bring_back(self, targets: Sequence[Target]) -> None:
        """PostgreSQL and the broker first: no process is ready without them."""
        first = [t for t in targets if not t.service]
        await asyncio.gather(*(self.killer.bring_back(t) for t in first))
        await asyncio.gather(*(self.killer.bring_back(t) for t in targets if t.service))

    async def recovered(self) -> None:
        """Every client has been acknowledged something new."""
        before = self._acknowledged_by_client()

        def all_go_on() -> bool:
            self._look_after_clients()
            now = self._acknowledged_by_client()
            return all(now[name] > before[name] for name in self.clients)

        if not await self.journal.until(all_go_on, RECOVERED_WITHIN):
            now = self._acknowledged_by_client()
            stuck = sorted(name for name in self.clients if now[name] <= before[name])
            waiting = sorted(key for key in self.journal.pending if key.split("-")[0] in stuck)
            raise TimeoutError(
                f"{', '.join(stuck)} got no answer within {RECOVERED_WITHIN:.0f} s; asked: {waiting}; {await self.watch.lag()}"
            )

    async def at_rest(self) -> None:
        """The clients stop before their next command; returns when everything asked is acknowledged and has had its effects."""
        self.working.clear()
        if not await self.journal.until(lambda: not self.journal.pending, RECOVERED_WITHIN):
            raise TimeoutError(f"never acknowledged: {sorted(self.journal.pending)}")
        await self.watch.settled()

    async def verified(self) -> list[str]:
        """What does not hold of what the clients were told and what is stored; the product is at rest meanwhile."""
        await self.at_rest()
        assert self.town.broker is not None
        events = await stores(Dsn.parse(self.town.postgres.url))
        copies = await topics(self.town.broker.bootstrap)
        found = self.journal.wrong + findings(self.journal.acknowledged, events, copies, self.apart)
        parked = await self.watch.parked()
        found += [f"{service} has parked something of {key}" for service, key in sorted(parked)]
        for finding in found:
            self.journal.write(finding=finding)
        return found

    def go_on(self) -> None:
        """The clients may work again."""
        self.working.set()

    async def dismiss(self) -> None:
        """Ends the clients, whatever they wait for."""
        for task in self.clients.values():
            task.cancel()
        await asyncio.gather(*self.clients.values(), return_exceptions=True)

    async def _employ(self, stack: AsyncExitStack) -> None:
        desk = await self._token("Li Na", "desk", "desk")
        quality = await self._token("Zhao Min", "quality", "quality_assurance")
        approver = await self._token("Wu Gang", "approver", "leading_group")
        reviewer = await self._token("Ma Li", "quality", "quality_assurance")
        analyst = await self._token("Sun Yi", "quality")
        limits = httpx.Limits(max_connections=100)
        https = {
            token: await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=self.town.url, timeout=30, limits=limits, headers={"Authorization": f"Bearer {token}"} if token else {}
                )
            )
            for token in (desk, quality, approver, reviewer, analyst, "")
        }

        def asker(name: str, token: str) -> Asker:
            return Asker(name, https[token], self.journal, Random(self.random.random()), self.working)

        self.spare = asker("s0-spare", desk)
        for n in range(CLIENTS):
            one = f"c{n}"
            people = {"desk": desk, "quality": quality, "approver": approver, "reviewer": reviewer, "customer": ""}
            office = Office(**{name: asker(f"{one}-{name}", token) for name, token in people.items()}, random=Random(n))
            self.offices.append(office)
            self.clients[one] = asyncio.create_task(office.work(), name=one)
        self.clients["a0"] = asyncio.create_task(Analyst(asker("a0-analyst", analyst), Random(0)).work(), name="a0")

    async def _token(self, name: str, role: str, *departments: str) -> str:
        """A token; a machine with much else to do may need more than one try to be sure of its revocations."""
        for _ in range(TOKEN_TRIES):
            with suppress(AssertionError):
                return await self.town.token(name, [role], departments)
        return await self.town.token(name, [role], departments)

    def _acknowledged_by_client(self) -> Counter[str]:
        return Counter(one.asked.key.split("-")[0] for one in self.journal.acknowledged)

    def _look_after_clients(self) -> None:
        for task in self.clients.values():
            if task.done() and (error := task.exception()) is not None:
                raise error


class Forking(Distributed):
    """Killing is cheap and starting is not: processes that live for seconds are forked from one that has everything loaded."""

    async def launch(self, arguments: Sequence[str], errors: BinaryIO, seen: Mapping[str, str]) -> Any:
        return await fork(arguments, errors, seen)


@asynccontextmanager
async def town_of_parts(folder: Path) -> AsyncIterator[Distributed]:
    """The distributed product with each part of each service a process of its own, ready."""
    async with Forking(folder) as town:
        await asyncio.gather(*(town.start(service, part) for service in SERVICES for part in PARTS))
        await town.start_gateway()
        await town.ready()
        yield town
