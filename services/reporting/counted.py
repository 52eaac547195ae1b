"""How many, in each of these periods?"""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting.metrics.definition import Metric
from services.reporting.periods import Period
from services.reporting.select import Connection, rows
from services.reporting.terms import Terms


async def counts(connection: Connection, metric: Metric, periods: Sequence[Period], terms: Terms) -> list[int]:
    """A figure per period, in their order; nothing found is zero."""
    found = await rows(connection, metric.counts([terms.span(period) for period in periods], terms.as_of.recorded_at))
    by_place = {row["n"]: row["count"] for row in found}
    return [by_place.get(n, 0) for n in range(1, len(periods) + 1)]
