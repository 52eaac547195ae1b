"""When are periods looked at again? On each reporting day, and whenever something came that belongs to a month already past.

One timer goes on for ever from reporting day to reporting day; what is late sets one of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import asyncpg

from services.reporting import closing, judging
from services.reporting.analysis.calculator import Calculator
from services.reporting.class_changes import class_changes
from services.reporting.judging import Past
from services.reporting.moment import Moments
from services.reporting.periods import Calendar, Period, parse
from services.reporting.query.counters import made
from services.reporting.series import Monthly, monthly
from services.reporting.terms import Terms
from services.reporting.views import imports, periods, safety, signals
from shared.contracts.intake import ComplaintReceived, ImportFinished, InformationAdded
from shared.contracts.routing import PolicyAdopted
from shared.decider import Reaction
from shared.envelope import Envelope
from shared.service import Service
from shared.timers.timers import Due, Looked, NotYet, Now, Timer

PERIODS = "periods"
TICKING = uuid5(NAMESPACE_URL, "redress/periods")  # the timer that never ends
TIMER_TYPES = frozenset({ComplaintReceived.TYPE, InformationAdded.TYPE, ImportFinished.TYPE, PolicyAdopted.TYPE})
AT_ONCE = 5.0  # seconds of judging in one transaction

_SEED = (
    "insert into timers (id, kind, stream_id, key, due_at, cause, recorded) values ($1, $2, $1, $3, $4, $1, $4) on conflict (id) do nothing"
)
_PATIENT = "set local idle_in_transaction_session_timeout = '180s'"  # it locks its own timers and nothing else
_NEXT = "update timers set due_at = $2 where id = $1"
_BEHIND = """
select exists (
    select from heads h left join consumer_checkpoints c on c.consumer = 'views' and c.topic = 'redress.reporting' and c.partition = h.partition
    where h.position > coalesce(c.position, 0)
)
"""


def timers_in(zone: ZoneInfo) -> Callable[[Envelope], Iterator[Timer]]:
    def timers(event: Envelope) -> Iterator[Timer]:
        """An import looks for itself when it has finished; a complaint of a month already past, and facts about any, at once."""
        body, recorded = event.body, event.recorded
        match event.type:
            case ComplaintReceived.TYPE:
                received = datetime.fromisoformat(body["received_at"]).astimezone(zone)
                if "history" in body or (received.year, received.month) == _month(recorded.recorded_at, zone):
                    return
            case InformationAdded.TYPE:
                if not body.get("issue_codes") and not body.get("product"):
                    return
        yield Timer(PERIODS, TICKING, recorded.occurred_at)

    return timers


def _month(moment: datetime, zone: ZoneInfo) -> tuple[int, int]:
    there = moment.astimezone(zone)
    return there.year, there.month


async def begin(service: Service) -> None:
    """The first look: at the first start, and never set again."""
    await service.pool.execute(_SEED, TICKING, PERIODS, str(TICKING), service.started_at)


async def ended_with(calculator: Calculator, stopping: asyncio.Event) -> None:
    """The worker that judges ends with the service."""
    await stopping.wait()
    await calculator.end()


class Periods:
    """Looks at the periods when it is time to; one look at a time, since a look holds the timer's row."""

    def __init__(self, service: Service, moments: Moments, calculator: Calculator) -> None:
        self._service = service
        self._moments = moments
        self._calculator = calculator
        self._counted: tuple[Hashable, Monthly] | None = None  # while months wait: at the next look the same is known of the same moment

    async def look(self, connection: asyncpg.Connection, due: Sequence[Due], now: Now) -> Looked:
        """Closes and restates first, then judges month by month; whatever remains is found at the next look."""
        terms = await self._terms(connection, max(max(row.due_at, row.recorded) for row in due))
        if await connection.fetchval(_BEHIND):
            raise NotYet
        if await imports.under_way(connection, terms.as_of.recorded_at):
            return await self._done(connection, due, (), terms)
        told = await closing.periods_due(connection, terms)
        if told:
            return Looked([(due[0], one) for one in told], [(row, row.due_at) for row in due])
        told, finished = await self._judge(connection, terms)
        if not finished:
            return Looked([(due[0], one) for one in told], [(row, row.due_at) for row in due])
        return await self._done(connection, due, told, terms)

    async def _judge(self, connection: asyncpg.Connection, terms: Terms) -> tuple[list[Reaction], bool]:
        await connection.execute(_PATIENT)
        waiting = [parse(label) for label in await periods.unjudged(connection)]
        if not waiting:
            self._counted = None
            return [], True
        table = await self._table(connection, waiting, terms)
        as_of = terms.as_of.recorded_at
        past = Past(
            await signals.annotated(connection, as_of),
            await signals.open_series(connection, as_of),
            await safety.series_by_month(connection, as_of, terms.calendar.zone),
        )
        told: list[Reaction] = []
        began = time.monotonic()
        for n, month in enumerate(waiting):
            if n and time.monotonic() - began > AT_ONCE:
                return told, False
            told += await judging.judged(month, table, past, terms, self._calculator)
        self._counted = None
        return told + await class_changes(connection, waiting[-1], terms), True

    async def _table(self, connection: asyncpg.Connection, waiting: Sequence[Period], terms: Terms) -> Monthly:
        complete = [*closing.complete_months(terms), *waiting]
        months = [min(complete)]
        while months[-1] < max(complete):
            months.append(months[-1].plus(1))
        least = min(terms.policy(terms.span(month)).signals.min_count for month in waiting)
        of = (terms.as_of.recorded_at, months[0], months[-1], least, await made(connection))
        if self._counted is None or self._counted[0] != of:
            self._counted = of, await monthly(connection, months, terms, least=least)
        return self._counted[1]

    async def _terms(self, connection: asyncpg.Connection, moment: datetime) -> Terms:
        as_of = await self._moments.passed_by(moment)
        if as_of is None:
            raise NotYet
        policies = self._service.policies.known_at(moment)
        calendar = Calendar(
            zone=self._service.zone,
            reporting_day=lambda at: policies.in_force(at).reporting_day,
            started_at=self._service.started_at,
            imports=await imports.covered(connection, moment),
            now=moment,
        )
        return Terms(as_of, calendar, policies, "en")

    async def _done(self, connection: asyncpg.Connection, due: Sequence[Due], told: Sequence[Reaction], terms: Terms) -> Looked:
        """The timer that never ends goes on to the next reporting day; the others have done their work."""
        following = closing.next_reporting_day(terms)
        later = [(row, following) for row in due if row.id == TICKING]
        if not later:
            await connection.execute(_NEXT, TICKING, following)
        return Looked([(due[0], one) for one in told], later)
