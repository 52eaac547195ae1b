"""What is known of a period? Its totals, what is behind them, what was open, late and measured: counted once, then followed.

A month counted a moment ago is the month of now but for the complaints of which something was recorded since. A question costs what these
few change, whatever lies in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.reporting.breakdowns import STATES, WORK
from services.reporting.counted import counts_of
from services.reporting.lateness import Late
from services.reporting.latest_names import Names
from services.reporting.metrics import INDICATORS, TOTALS
from services.reporting.metrics.definition import Span
from services.reporting.metrics.indicator import Cells, Indicator
from services.reporting.metrics.lasted import Lasted
from services.reporting.metrics.received import RECEIVED
from services.reporting.metrics.repeats import REPEATED
from services.reporting.metrics.shares import SETTLED
from services.reporting.periods import Period
from services.reporting.select import PATIENCE, Connection
from services.reporting.tally import TWELVE, Tally, Window, tally
from services.reporting.terms import Terms
from services.reporting.views import causes

_OF = """
select sign, complaint_id, received_at, date_trunc('month', timezone($4, received_at))::date as month, issue_codes, main_issue_code,
       product_code, product_name, customer_ref, customer_name, batch
from unnest(array[$2::timestamptz, $3::timestamptz], array[-1, 1]) as moments (moment, sign)
join complaints on complaint_id = any($1::uuid[]) and recorded_from <= moment and recorded_to > moment
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is about: the window of its groups, the months shown as trend, and the periods of which it tells the totals, its own first."""

    window: Window
    trend: tuple[Period, ...]
    summed: tuple[Period, ...]
    with_causes: bool = False

    @property
    def period(self) -> Period:
        return self.window.period


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was known, and the complaints it is asked of; None: all."""

    at: datetime
    ids: Sequence[UUID] | None = None


class Figures:
    """Of one period, as known at `as_of`."""

    def __init__(self, wanted: Wanted, terms: Terms, merged: Mapping[str, str]) -> None:
        self.wanted = wanted
        self.merged = merged
        self.as_of = terms.as_of.recorded_at
        self.span: Span = terms.span(wanted.period)
        self.tally = Tally(wanted.window, merged)
        self.names = Names("product", self.span), Names("customer", self.span)
        self._moves = {metric: [0] * len(wanted.summed) for metric in TOTALS if metric is not RECEIVED}
        self.cells: list[Cells | Lasted] = [one.cells() for one in INDICATORS]
        self.work, self.causes, self.late = Cells(), Cells(), Late()
        self._groups: tuple[Any, Any] | None = None
        self._zone = terms.calendar.zone
        self._first = self.as_of
        self._fine = self.as_of - SETTLED
        self._day = self._measured_on(terms)

    @property
    def size(self) -> int:
        """How many complaints are in it, of those that cost room."""
        return self.tally.total[TWELVE]

    def _measured_on(self, terms: Terms) -> date | None:
        """Of a period that still runs, ages are those of the day."""
        return terms.calendar.today() if self.span[1] > terms.as_of.recorded_at else None

    def can_follow(self, terms: Terms, merged: Mapping[str, str]) -> bool:
        return self._first <= terms.as_of.recorded_at and self._day == self._measured_on(terms) and self.merged == merged

    def totals(self) -> list[dict[str, int]]:
        """Of each period of which they are wanted, in their order."""
        return [
            {m.definition.id: self.tally.received(period) if m is RECEIVED else self._moves[m][n] for m in TOTALS}
            for n, period in enumerate(self.wanted.summed)
        ]

    def groups(self, of: Hashable, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What was made of the tally and the names, while nothing in them changes and it is asked for the same. Nobody changes it."""
        if self._groups is None or self._groups[0] != of:
            self._groups = of, make()
        made: dict[str, Any] = self._groups[1]
        return made

    async def fill(self, connection: Connection, terms: Terms) -> None:
        now = Moment(self.as_of)
        self.tally = await tally(connection, self.wanted.window, terms, self.merged)
        for names in self.names:
            await names.fill(connection, now.at)
        await self._add_sums(connection, terms, now, 1)
        for indicator, cells in zip(INDICATORS, self.cells, strict=True):
            found = [_cell(tuple(row)) for row in await self._asked(connection, indicator, now)]
            if isinstance(cells, Lasted):
                cells.fill(found)
            else:
                for kind, count in found:
                    cells.add(kind, count)
        await self.late.fill(connection, self.span, now.at)

    async def follow(self, connection: Connection, terms: Terms, ids: Sequence[UUID]) -> None:
        """From the moment before to the terms', or back to it; between the two something was recorded of these complaints and of no others."""
        before, now = Moment(self.as_of, ids), Moment(terms.as_of.recorded_at, ids)
        rows = await connection.fetch(_OF, ids, before.at, now.at, self._zone.key) if ids else []
        was, given = [row for row in rows if row["sign"] < 0], [row for row in rows if row["sign"] > 0]
        if sum(self.tally.add(row, row["sign"]) for row in rows):
            self._groups = None
        for names in self.names:
            await names.follow(connection, now.at, was, given)
        start, beyond = self.span
        mine = any(start <= row["received_at"] < beyond for row in rows)
        for moment, sign in ((before, -1), (now, 1)) if ids else ():
            await self._add_sums(connection, terms, moment, sign)
            for indicator, cells in zip(INDICATORS, self.cells, strict=True):
                if indicator.by_complaint and (mine or not indicator.cohort):
                    _add(cells, await self._asked(connection, indicator, moment), sign)
        await self._follow_repeats(connection, before.at, now.at, rows)
        await self._anew(connection, now)
        if ids:
            await self.late.follow(connection, self.span, now.at, ids)
        self.as_of = now.at

    async def _add_sums(self, connection: Connection, terms: Terms, moment: Moment, sign: int) -> None:
        spans = [terms.span(period) for period in self.wanted.summed]
        for metric, totals in self._moves.items():
            for n, count in enumerate(await counts_of(connection, metric, spans, moment.at, moment.ids)):
                totals[n] += sign * count
        for row in await connection.fetch(WORK, *self.span, moment.at, moment.ids, timeout=PATIENCE):
            for state in STATES:
                self.work.add((row["department"], state), sign * row[state])
        if self.wanted.with_causes:
            _add(self.causes, await causes.by_issue(connection, self.span, moment.at, moment.ids), sign)

    async def _asked(self, connection: Connection, indicator: Indicator, moment: Moment) -> list[asyncpg.Record]:
        if indicator is REPEATED:
            return await self._repeats(connection, moment.at, None, None)
        given = (*self.span, moment.at, self._zone.key, moment.ids, self._fine)
        found: list[asyncpg.Record] = await connection.fetch(indicator.query, *given, timeout=PATIENCE)
        return found

    async def _repeats(
        self, connection: Connection, at: datetime, refs: Sequence[str] | None, issues: Sequence[str] | None
    ) -> list[asyncpg.Record]:
        merges = (list(self.merged), list(self.merged.values()))
        found: list[asyncpg.Record] = await connection.fetch(REPEATED.query, *self.span, at, *merges, refs, issues, timeout=PATIENCE)
        return found

    async def _follow_repeats(self, connection: Connection, before: datetime, now: datetime, rows: Sequence[asyncpg.Record]) -> None:
        """Of whole groups, with all customers that became one: what came makes repeats of what follows it."""
        known = [row for row in rows if row["customer_ref"] is not None and row["main_issue_code"] is not None]
        survivors = {self.merged.get(row["customer_ref"], row["customer_ref"]) for row in known}
        refs = sorted(survivors | {gone for gone, into in self.merged.items() if into in survivors})
        issues = sorted({row["main_issue_code"] for row in known})
        if refs:
            cells = self.cells[INDICATORS.index(REPEATED)]
            _add(cells, await self._repeats(connection, before, refs, issues), -1)
            _add(cells, await self._repeats(connection, now, refs, issues), 1)

    async def _anew(self, connection: Connection, now: Moment) -> None:
        """What is no sum over complaints, and little."""
        for n, indicator in enumerate(INDICATORS):
            if not indicator.by_complaint and indicator is not REPEATED:
                self.cells[n] = indicator.cells()
                _add(self.cells[n], await self._asked(connection, indicator, Moment(now.at)), 1)


def _cell(row: Sequence[Any]) -> tuple[tuple[Any, ...], int]:
    *kind, count = row
    return tuple(kind), count


def _add(cells: Cells | Lasted, rows: Sequence[asyncpg.Record], sign: int) -> None:
    for row in rows:
        kind, count = _cell(tuple(row))
        cells.add(kind, sign * count)
