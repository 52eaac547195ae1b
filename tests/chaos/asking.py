"""How does a client ask until it is answered? With one Idempotency-Key, again and again, as every client of the product should."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import httpx

from services.prefixes import PREFIXES, prefix_of
from tests.chaos.journal import Asked, Journal

PASSING = frozenset((502, 503, 504))  # not now; the contract says: ask again
PAUSE = 0.2
TWICE = 0.04  # share of commands sent twice at the same moment
AGAIN = 0.04  # share of acknowledged commands asked once more


class Unexpected(Exception):
    """An answer that no fault excuses. It stands in the journal; the client begins another story."""


@dataclass
class Asker:
    """One person at one client. Who is asked through is the gateway, nobody else."""

    name: str
    http: httpx.AsyncClient
    journal: Journal
    random: Random
    working: asyncio.Event  # cleared when clients are to stop before their next command
    _numbers: count[int] = field(default_factory=count)

    async def command(
        self, what: str, method: str, path: str, body: Any, *, about: str | None = None, after: Sequence[str] = ()
    ) -> dict[str, Any]:
        """The acknowledged answer. `after` are the positions the answering service must have seen."""
        while not self.working.is_set():  # whoever waits is woken by each start, also by one that was taken back meanwhile
            await self.working.wait()
        asked = Asked(f"{self.name}-{next(self._numbers)}", service_of(path), what, method, path, body)
        sendings = 2 if self.random.random() < TWICE else 1
        told = await asyncio.gather(*(self._until_acknowledged(asked, after, n) for n in range(sendings)))
        answer, _ = told[0]
        if any(other != answer for other, _ in told):
            self._wrong(asked, 200, "sent twice at once, it was answered differently")
        self.journal.told(asked, about or str(answer["id"]), answer, sum(tries for _, tries in told))
        if self.random.random() < AGAIN:
            again, _ = await self._until_acknowledged(asked, after, 9)
            self.journal.repeated(asked)
            if again != answer:
                self._wrong(asked, 200, "asked again, it was answered differently")
        return answer

    async def read(self, method: str, path: str, body: Any = None, *, after: Sequence[str] = ()) -> dict[str, Any]:
        """The answer to a question, however often it must be asked."""
        while True:
            wire = f"{self.name}?{path}"
            self.journal.answers_due[wire] = service_of(path)
            try:
                answer = await self.http.request(method, _waiting(path, after), json=body)
            except httpx.TransportError:
                await self.journal.breath(PAUSE)
                continue
            finally:
                self.journal.arrived(wire)
            if answer.is_success:
                return dict(answer.json())
            if answer.status_code not in PASSING:
                self._wrong(Asked("-", service_of(path), "read", method, path, body), answer.status_code, answer.text)
            await self.journal.breath(PAUSE)

    async def _until_acknowledged(self, asked: Asked, after: Sequence[str], sending: int) -> tuple[dict[str, Any], int]:
        for attempt in count(1):
            wire = f"{asked.key}/{sending}/{attempt}"
            self.journal.sent(asked, attempt, wire)
            try:
                answer = await self.http.request(
                    asked.method, _waiting(asked.path, after), json=asked.body, headers={"Idempotency-Key": asked.key}
                )
            except httpx.TransportError as gone:
                self.journal.unknown(asked, type(gone).__name__)
            else:
                if answer.is_success:
                    return answer.json(), attempt
                if answer.status_code not in PASSING:
                    self._wrong(asked, answer.status_code, answer.text)
                self.journal.unknown(asked, str(answer.status_code))
            finally:
                self.journal.arrived(wire)
            await self.journal.breath(PAUSE)
        raise AssertionError("unreachable")

    def _wrong(self, asked: Asked, status: int, said: str) -> None:
        self.journal.refused(asked, status, said)
        raise Unexpected(f"{asked.path}: {status} {said}")


def _waiting(path: str, after: Sequence[str]) -> str:
    """The call, answered once the service has seen these positions."""
    waits = "&".join(f"min_position={position}" for position in after)
    return f"{path}{'&' if '?' in path else '?'}{waits}" if waits else path


def service_of(path: str) -> str:
    """Which service answers this call."""
    return PREFIXES[prefix_of(path.partition("?")[0]) or ""]
