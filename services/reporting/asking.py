"""Under which terms is a question answered? As of when, what was covered by then, which policy, in which language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request

from services.reporting.analysis.calculator import TookTooLong
from services.reporting.live import Live
from services.reporting.moment import AsOf
from services.reporting.periods import Calendar
from services.reporting.terms import Terms
from services.reporting.views import imports
from shared.service import Service
from shared.web.language import language
from shared.web.problems import Problem, invalid
from shared.web.serving import serving


@dataclass(frozen=True, slots=True)
class Asking:
    """One request's way to its terms."""

    service: Service
    request: Request

    def now(self) -> datetime:
        """The latest moment anything can have been recorded at; a clock that stands is a little behind that."""
        clock = self.service.clock
        return clock.recorded_now() or clock.now()

    async def as_of(self, asked: datetime | None) -> AsOf:
        """The moment asked for; else the latest known, not before any `min_position`."""
        if asked is not None and asked > self.now():
            raise invalid([("/as_of", "This moment has not come yet.")])
        moments = cast(Live, self.service.wiring.live).moments
        return await moments.as_of(asked, self.request.scope.get("redress.positions", ()))

    async def terms(self, asked: datetime | None) -> Terms:
        as_of = await self.as_of(asked)
        policies = self.service.policies.known_at(as_of.recorded_at)
        calendar = Calendar(
            zone=self.service.zone,
            reporting_day=lambda at: policies.in_force(at).reporting_day,
            started_at=self.service.started_at,
            imports=await imports.covered(self.service.pool, as_of.recorded_at),
            now=as_of.recorded_at,
        )
        return Terms(as_of, calendar, policies, language(self.request))


async def asking(request: Request) -> Asking:
    return Asking(serving(request), request)


Asked = Annotated[Asking, Depends(asking)]


@contextmanager
def in_time() -> Iterator[None]:
    """Statistics that are not done in time are told as such: the next question may find them done."""
    try:
        yield
    except TookTooLong:
        raise Problem(503, "This took too long and was stopped. Ask again.", headers={"retry-after": "1"}) from None
