"""Which periods' figures are in memory, and how far have they followed? One at a time is brought up to a moment and told of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import asyncpg

from services.reporting.figures import Figures, Wanted
from services.reporting.following import between, made
from services.reporting.select import Connection
from services.reporting.terms import Terms
from services.reporting.views import customers

MOST_COMPLAINTS = 1_000_000  # of all periods together; a hundred bytes each
MOST = 50  # periods
BACK = timedelta(minutes=5)  # two who ask at once do so as of moments not far apart; the figures go to and fro between these
PAST = "past"

T = TypeVar("T")


@dataclass(slots=True)
class Kept:
    """Those asked for lately. What was known much earlier than at the last moment asked for is counted on its own."""

    back: timedelta = BACK
    _known: dict[Hashable, tuple[asyncpg.Record, Figures]] = field(default_factory=dict)
    _turns: dict[Hashable, asyncio.Lock] = field(default_factory=dict)

    async def told(self, connection: Connection, wanted: Wanted, terms: Terms, tell: Callable[[Figures], T]) -> T:
        """What is to be told of a period's figures as of the terms' moment; they go on with the next question, so it is told at once."""
        at, newest = terms.as_of.recorded_at, self._known.get(wanted.period)
        key: Hashable = (PAST, wanted.period, at) if newest is not None and newest[1].as_of > at + self.back else wanted.period
        async with self._turns.setdefault(key, asyncio.Lock()):
            return tell(await self._as_of(connection, key, wanted, terms))

    async def _as_of(self, connection: Connection, key: Hashable, wanted: Wanted, terms: Terms) -> Figures:
        stamp = await made(connection)
        merged = await customers.survivors(connection, terms.as_of.recorded_at)
        before = self._known.pop(key, None)  # what fails half-way is counted anew
        found = None
        if before is not None and before[0] == stamp and before[1].can_follow(terms, merged):
            found = await self._followed(connection, before[1], terms)
        if found is None:
            found = Figures(wanted, terms, merged)
            await found.fill(connection, terms)
        self._known[key] = stamp, found
        self._make_room()
        return found

    async def _followed(self, connection: Connection, figures: Figures, terms: Terms) -> Figures | None:
        now = terms.as_of.recorded_at
        if figures.as_of != now:
            ids = await between(connection, min(figures.as_of, now), max(figures.as_of, now))
            if ids is None:
                return None
            await figures.follow(connection, terms, ids)
        return figures

    def _make_room(self) -> None:
        """The one asked for longest ago goes first."""
        size = sum(figures.size for _, figures in self._known.values())
        while len(self._known) > 1 and (size > MOST_COMPLAINTS or len(self._known) > MOST):
            key = next(iter(self._known))
            size -= self._known.pop(key)[1].size
            self._turns.pop(key, None)
