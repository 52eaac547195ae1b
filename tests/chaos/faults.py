"""What is killed, and when? Only while something of its own is under way: else the kill proves nothing, and does not count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from deploy.kafka.broker import Broker, BrokerFailed
from shared.contracts.vocabulary import SERVICES
from tests.chaos.journal import Journal
from tests.chaos.standing import Watch
from tests.distributed import Distributed

Part = Literal["api", "relay", "consumers"]
Kind = Literal[Part, "postgres", "broker"]
PARTS: tuple[Part, ...] = ("api", "relay", "consumers")
BUSY_WITHIN = 8.0
BACK_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Target:
    """A process that can be killed; `service` is empty for the two that belong to all."""

    kind: Kind
    service: str = ""

    def __str__(self) -> str:
        return f"{self.service} {self.kind}".strip()


EVERYTHING: tuple[Target, ...] = (
    *(Target(kind, service) for service in SERVICES for kind in PARTS),
    Target("postgres"),
    Target("broker"),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A SIGKILL that met work: whom, when, and what was under way."""

    target: Target
    pid: int
    at: float
    in_flight: dict[str, int]


class Deck:
    """Deals the targets at random, every one of them before any comes again."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._left: list[Target] = []

    def deal(self, count: int) -> list[Target]:
        dealt: list[Target] = []
        while len(dealt) < count:
            if not self._left:
                self._left = self._random.sample(EVERYTHING, len(EVERYTHING))
            card = self._left.pop()
            if card not in dealt:
                dealt.append(card)
        return dealt

    def back(self, targets: Sequence[Target]) -> None:
        """These were not met at work: they come again."""
        self._left.extend(targets)


class Killer:
    """Knows each target's process, sees whether it is at work, kills it and brings it back."""

    def __init__(self, town: Distributed, journal: Journal, watch: Watch) -> None:
        self._town = town
        self._journal = journal
        self._watch = watch

    async def strike(self, target: Target) -> Hit | None:
        """SIGKILL as soon as the target is at work; None when it is not, or is dead already."""
        try:
            async with asyncio.timeout(BUSY_WITHIN):
                while not any((under_way := await self._under_way(target)).values()):
                    await self._journal.breath(0.01)
        except TimeoutError:
            self._journal.write(spared=str(target), why="nothing was under way")
            return None
        pid = self._pid(target)
        if pid is None or not _alive(pid):
            self._journal.write(spared=str(target), why="it was dead already")
            return None
        at = time.time()
        await self._kill(target)
        hit = Hit(target, pid, at, under_way)
        self._journal.write(killed=str(target), pid=pid, in_flight=under_way, asked=sorted(self._journal.answers_due)[:20])
        return hit

    async def bring_back(self, target: Target) -> None:
        """Starts what was killed; returns when it listens. On a machine with much else to do a start may take too long, and is tried again."""
        begun = time.monotonic()
        while True:
            try:
                await self._start(target)
                break
            except (TimeoutError, AssertionError, BrokerFailed) as late:
                self._journal.write(late=str(target), why=repr(late))
                if time.monotonic() - begun > BACK_WITHIN:
                    raise
        self._journal.write(back=str(target), pid=self._pid(target))

    async def _start(self, target: Target) -> None:
        match target.kind:
            case "postgres":
                await self._town.start_postgres()
            case "broker":
                await asyncio.to_thread(self._broker.start)
            case part:
                name = f"{target.service}.{part}-1"
                if self._town.processes[name].process.returncode is not None:
                    await self._town.start(target.service, only=part)

    async def _under_way(self, target: Target) -> dict[str, int]:
        match target.kind:
            case "api":
                return {"requests": sum(1 for service in self._journal.answers_due.values() if service == target.service)}
            case "relay":
                return {"not relayed": await self._watch.relay(target.service)}
            case "consumers":
                return {"not consumed": await self._watch.consumers(target.service)}
            case "postgres":
                return {"requests": len(self._journal.answers_due)}
            case "broker":
                lag = await self._watch.lag()
                return {"not relayed": sum(lag.relays.values()), "not consumed": sum(lag.consumers.values())}

    @property
    def _broker(self) -> Broker:
        assert self._town.broker is not None
        return self._town.broker

    def _pid(self, target: Target) -> int | None:
        match target.kind:
            case "postgres":
                return self._town.postgres.pid
            case "broker":
                return self._broker.pid
            case part:
                return self._town.processes[f"{target.service}.{part}-1"].pid

    async def _kill(self, target: Target) -> None:
        match target.kind:
            case "postgres":
                self._town.kill_postgres()
            case "broker":
                self._broker.kill()
            case part:
                await self._town.kill(f"{target.service}.{part}-1")


def _alive(pid: int) -> bool:
    """Running, and no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - a file of the kernel's
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
