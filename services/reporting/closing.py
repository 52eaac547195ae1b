"""Which months are complete now, and which were reported otherwise than they look now? Looked at on reporting days and when something
came late; what follows are events, so every reader learns of it once and replay says the same.

While an import runs nothing closes. A look sees the figures as known at its own moment, which every source must have passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from services.reporting.changes import Changed, Figure, before, changed, differences
from services.reporting.counted import counts
from services.reporting.metrics import TOTALS
from services.reporting.period import PERIOD, Close, Restate, period_id
from services.reporting.periods import Period, containing, midnight, parse
from services.reporting.select import Connection
from services.reporting.terms import Terms
from services.reporting.views import periods
from shared.contracts.reporting_periods import PeriodTotals
from shared.decider import Reaction


async def periods_due(connection: Connection, terms: Terms) -> list[Reaction]:
    """Complete months not closed yet, and restatements of those that are."""
    known = await periods.published(connection)
    return [*await _restated(connection, terms, known), *await _closed(connection, terms, known)]


async def _closed(connection: Connection, terms: Terms, known: Mapping[str, periods.Published]) -> list[Reaction]:
    months = [month for month in complete_months(terms) if month.label not in known]
    if not months:
        return []
    columns = [await counts(connection, metric, months, terms) for metric in TOTALS]
    names = [metric.definition.id for metric in TOTALS]
    totals = [PeriodTotals(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
    moment = terms.as_of.recorded_at
    return [
        Reaction(PERIOD, period_id(month.label), Close(month.label, moment, total), "close", key=period_id(month.label))
        for month, total in zip(months, totals, strict=True)
    ]


async def _restated(connection: Connection, terms: Terms, known: Mapping[str, periods.Published]) -> list[Reaction]:
    moment, zone = terms.as_of.recorded_at, terms.calendar.zone
    since = max((one.known_at for one in known.values()), default=moment)
    if since >= moment:
        return []
    found: Changed = await changed(connection, [parse(month) for month in known], since, moment, zone)
    told = []
    for label in sorted(found):
        was, changes = known[label], {figure: more for figure, more in found[label].items() if more}
        if not changes:
            continue
        groups = await before(connection, parse(label), since, zone)
        figures: dict[Figure, int] = {**groups, **{(name, None, None): count for name, count in was.totals.items()}}
        totals = PeriodTotals(**{name: count + changes.get((name, None, None), 0) for name, count in was.totals.items()})
        restate = Restate(label, was.version, moment, totals, differences(changes, figures))
        told.append(Reaction(PERIOD, period_id(label), restate, "restate", key=period_id(label)))
    return told


def complete_months(terms: Terms) -> list[Period]:
    """All complete months, the earliest first."""
    found = {month for first, last in _covered(terms) for month in _between(first, last) if terms.calendar.of(month).complete}
    return sorted(found)


def next_reporting_day(terms: Terms) -> datetime:
    """The first moment after this one at which a month may become complete."""
    calendar, moment = terms.calendar, terms.as_of.recorded_at
    month = containing("month", calendar.today()).plus(-2)
    while True:
        due = midnight(calendar.of(month).expected_from, calendar.zone)
        if due > moment:
            return due
        month = month.plus(1)


def _covered(terms: Terms) -> Iterator[tuple[Period, Period]]:
    calendar = terms.calendar
    today = containing("month", calendar.today())
    yield containing("month", calendar.started_at.astimezone(calendar.zone).date()), today
    for first, last in calendar.imports:
        yield containing("month", first), min(containing("month", last), today)


def _between(first: Period, last: Period) -> Iterator[Period]:
    while first <= last:
        yield first
        first = first.plus(1)
