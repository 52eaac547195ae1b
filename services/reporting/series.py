"""How many complaints came each month: in all, and of each issue, product, customer, department, channel, and the pairs that recur?

Months are columns of one table, so that judging a month after another asks the database once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.reporting.periods import Period
from services.reporting.select import Connection
from services.reporting.terms import Terms
from services.reporting.views import customers
from shared.breath import in_breaths
from shared.contracts.reporting_signals import SeriesDimension, SignalSeries

PAIR = " × "
AT_ONCE = 2000  # rows, a few milliseconds

_FROM = "from complaints left join lateral unnest(issue_codes) as issue on true"
_PLAIN = "from complaints"
_CUSTOMER = "coalesce(merges.into_ref, customer_ref)"
_COLUMNS: Mapping[SeriesDimension, tuple[str, str, str]] = {  # two columns and where they come from
    "total": ("''", "''", _PLAIN),
    "issue_code": ("''", "issue", _FROM),
    "product_code": ("product_code", "''", _PLAIN),
    "customer_ref": (_CUSTOMER, "''", _PLAIN),
    "department": ("department", "''", _PLAIN),
    "channel": ("channel", "''", _PLAIN),
    "product_code+issue_code": ("product_code", "issue", _FROM),
    "customer_ref+issue_code": (_CUSTOMER, "issue", _FROM),
}
DIMENSIONS: tuple[SeriesDimension, ...] = tuple(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Counts of every series over the same months, in the order of their keys. `gaps` are places, from 0, of months not covered: their
    figure is no zero, but unknown or a part.
    """

    months: Sequence[Period]
    counts: Mapping[tuple[SeriesDimension, str, str], Sequence[int]]
    gaps: frozenset[int]

    def upto(self, month: Period, most: int) -> tuple[int, int]:
        """From which place to which, without, the months reach that are judged with this one as the last."""
        last = self.months.index(month) + 1
        return max(0, last - most), last


def named(dimension: SeriesDimension, first: str, issue: str) -> SignalSeries:
    """The series as events and answers call it."""
    return SignalSeries(
        dimension=dimension,
        key=joined(first, issue),
        issue_code=issue or None,
        product_code=first if dimension.startswith("product_code") else None,
        customer_ref=first if dimension.startswith("customer_ref") else None,
    )


def joined(first: str, issue: str) -> str:
    """Its key, as one text."""
    return PAIR.join(part for part in (first, issue) if part)


def parts(series: SignalSeries) -> tuple[str, str]:
    """What `named` made it of: the first code, if it has one beside its issue, and the issue."""
    first = series.product_code or series.customer_ref or (series.key if series.dimension in ("department", "channel") else "")
    return first, series.issue_code or ""


async def monthly(
    connection: Connection, months: Sequence[Period], terms: Terms, dimensions: Sequence[SeriesDimension] = DIMENSIONS, *, least: int = 1
) -> Monthly:
    """All series over these months, as known at the terms' moment; merged customers count as the one they became. Of customers and
    their issues, which are many, those with at least so many complaints in all.
    """
    wanted = [(dimension, least if dimension.startswith("customer_ref") else 1, None) for dimension in dimensions]
    return await _counted(connection, months, terms, wanted)


async def one_series(connection: Connection, months: Sequence[Period], terms: Terms, series: SignalSeries) -> Monthly:
    """That series alone, and all complaints."""
    wanted = {one.dimension: one for one in (named("total", "", ""), series)}
    return await _counted(connection, months, terms, [(dimension, 1, one) for dimension, one in wanted.items()])


async def _counted(
    connection: Connection, months: Sequence[Period], terms: Terms, wanted: Sequence[tuple[SeriesDimension, int, SignalSeries | None]]
) -> Monthly:
    zone, moment = terms.calendar.zone, terms.as_of.recorded_at
    place = {month.first: n for n, month in enumerate(months)}
    survivor = await customers.survivors(connection, moment)
    merges = (list(survivor), list(survivor.values()))
    found: dict[tuple[SeriesDimension, str, str], list[int]] = defaultdict(lambda: [0] * len(months))
    start, beyond = months[0].instants(zone)[0], months[-1].instants(zone)[1]
    for dimension, least, series in wanted:
        only = (None, None) if series is None else parts(series)
        rows = await connection.fetch(_query(dimension), start, beyond, moment, zone.key, *merges, least, *only)
        async for row in in_breaths(rows, AT_ONCE):
            found[dimension, row["first"], row["issue"]][place[row["month"]]] += row["count"]
    gaps = frozenset(n for n, month in enumerate(months) if not terms.calendar.covers(month))
    return Monthly(months, dict(sorted(found.items())), gaps)


def _query(dimension: SeriesDimension) -> str:
    first, issue, source = _COLUMNS[dimension]
    return f"""
select month, first, issue, count from (
    select date_trunc('month', timezone($4, received_at))::date as month, {first} as first, {issue} as issue, count(*)::int as count,
           sum(count(*)) over (partition by {first}, {issue}) as whole
    {source} left join unnest($5::text[], $6::text[]) as merges (ref, into_ref) on merges.ref = customer_ref
    where received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3
      and {first} is not null and {issue} is not null
      and ($8::text is null or {first} = $8) and ($9::text is null or {issue} = $9)
    group by 1, 2, 3
) as counted where whole >= $7
"""
