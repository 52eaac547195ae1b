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
from shared.contracts.reporting_signals import SeriesDimension, SignalSeries

PAIR = " × "

_FROM = "from complaints left join lateral unnest(issue_codes) as issue on true"
_PLAIN = "from complaints"
_COLUMNS: Mapping[SeriesDimension, tuple[str, str, str]] = {  # two columns and where they come from
    "total": ("''", "''", _PLAIN),
    "issue_code": ("''", "issue", _FROM),
    "product_code": ("product_code", "''", _PLAIN),
    "customer_ref": ("customer_ref", "''", _PLAIN),
    "department": ("department", "''", _PLAIN),
    "channel": ("channel", "''", _PLAIN),
    "product_code+issue_code": ("product_code", "issue", _FROM),
    "customer_ref+issue_code": ("customer_ref", "issue", _FROM),
}
DIMENSIONS: tuple[SeriesDimension, ...] = tuple(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Counts of every series over the same months. `gaps` are places, from 0, of months not covered: their figure is no zero, but unknown or a part."""

    months: Sequence[Period]
    counts: Mapping[tuple[SeriesDimension, str, str], Sequence[int]]
    gaps: frozenset[int]

    def upto(self, month: Period, most: int) -> tuple[int, int]:
        """From which place to which, without, the months reach that are judged with this one as the last."""
        last = self.months.index(month) + 1
        return max(0, last - most), last


def named(dimension: SeriesDimension, first: str, issue: str) -> SignalSeries:
    """The series as events and answers call it."""
    parts = [part for part in (first, issue) if part]
    return SignalSeries(
        dimension=dimension,
        key=PAIR.join(parts),
        issue_code=issue or None,
        product_code=first if dimension.startswith("product_code") else None,
        customer_ref=first if dimension.startswith("customer_ref") else None,
    )


async def monthly(
    connection: Connection, months: Sequence[Period], terms: Terms, dimensions: Sequence[SeriesDimension] = DIMENSIONS
) -> Monthly:
    """All series over these months, as known at the terms' moment; merged customers count as the one they became."""
    zone, moment = terms.calendar.zone, terms.as_of.recorded_at
    place = {month.first: n for n, month in enumerate(months)}
    survivor = await customers.survivors(connection, moment)
    found: dict[tuple[SeriesDimension, str, str], list[int]] = defaultdict(lambda: [0] * len(months))
    start, beyond = months[0].instants(zone)[0], months[-1].instants(zone)[1]
    for dimension in dimensions:
        for row in await connection.fetch(_query(dimension), start, beyond, moment, zone.key):
            first = survivor.get(row["first"], row["first"]) if dimension.startswith("customer_ref") else row["first"]
            if first is not None and row["issue"] is not None:
                found[dimension, first, row["issue"]][place[row["month"]]] += row["count"]
    gaps = frozenset(n for n, month in enumerate(months) if not terms.calendar.covers(month))
    return Monthly(months, found, gaps)


def _query(dimension: SeriesDimension) -> str:
    first, issue, source = _COLUMNS[dimension]
    return (
        f"select date_trunc('month', timezone($4, received_at))::date as month, {first} as first, {issue} as issue, count(*)::int as count"
        f" {source} where received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3 group by 1, 2, 3"
    )
