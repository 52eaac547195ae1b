"""What is known of a period: its totals, what it is held against, what was open, late and measured? Counted once while it stays the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting import breakdowns, seasons
from services.reporting.breakdowns import Asked
from services.reporting.counted import counts
from services.reporting.lateness import overdue
from services.reporting.metrics import KPIS, TOTALS
from services.reporting.metrics.received import RECEIVED
from services.reporting.periods import Period
from services.reporting.remembered import Counted
from services.reporting.select import Connection
from services.reporting.terms import Terms
from services.reporting.views import periods

Rows = list[dict[str, Any]]
MOST_RESTATEMENTS = 100  # the latest; all of them are a list of their own


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a period. Of one that has ended it is the same until something is recorded, or a time named in it comes."""

    totals: dict[str, int]
    version: int
    received: Sequence[int]  # of the trend's months and the periods compared with
    judged: Mapping[str, Mapping[str, Any]]
    by_department: Rows
    overdue: Rows
    counted: Sequence[Any]  # for each indicator
    restatements: Rows


async def figures(connection: Connection, period: Period, shown: Sequence[Period], trend: Sequence[Period], terms: Terms) -> Counted:
    (totals,) = await totals_of(connection, [period], terms)
    months, span, moment = [month.label for month in period.months()], terms.span(period), terms.as_of.recorded_at
    alone = Asked(period=span, previous=None, last_year=None, twelve_months=span, received=totals["received"], as_of=moment)
    found = Figures(
        totals,
        await periods.version(connection, months[0], months[-1], moment),
        await counts(connection, RECEIVED, shown, terms),
        await seasons.expected(connection, trend, terms),
        await breakdowns.by_department(connection, alone),
        await overdue(connection, span, terms),
        [await kpi.count(connection, span, terms) for kpi in KPIS],
        await _restatements(connection, period, terms),
    )
    ends = [until for kpi in KPIS if (until := await kpi.until(connection, span, terms)) is not None]
    return Counted(found, moment, moment if span[1] > moment else min(ends, default=None))


async def totals_of(connection: Connection, periods: Sequence[Period], terms: Terms) -> list[dict[str, int]]:
    """The totals of each of these periods, in their order."""
    columns = {metric.definition.id: await counts(connection, metric, periods, terms) for metric in TOTALS}
    return [{name: counts[n] for name, counts in columns.items()} for n in range(len(periods))]


async def _restatements(connection: Connection, period: Period, terms: Terms) -> Rows:
    months = [month.label for month in period.months()]
    found = await periods.restatements(connection, terms.as_of.recorded_at, months[0], months[-1], periods.LATEST, MOST_RESTATEMENTS)
    return found[::-1]
