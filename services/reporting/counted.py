"""How many, in each of these periods?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.reporting.metrics.definition import Metric, Span
from services.reporting.periods import Period
from services.reporting.select import PATIENCE, Connection
from services.reporting.terms import Terms


async def counts(connection: Connection, metric: Metric, periods: Sequence[Period], terms: Terms) -> list[int]:
    """A figure per period, in their order; nothing found is zero."""
    return await counts_of(connection, metric, [terms.span(period) for period in periods], terms.as_of.recorded_at)


async def counts_of(
    connection: Connection, metric: Metric, spans: Sequence[Span], moment: datetime, ids: Sequence[UUID] | None = None
) -> list[int]:
    """A figure per span, as known at a moment; of these complaints alone where they are given."""
    starts, beyonds = [span[0] for span in spans], [span[1] for span in spans]
    found = await connection.fetch(metric.query, starts, beyonds, moment, ids, timeout=PATIENCE)
    by_place = {row["n"]: row["count"] for row in found}
    return [by_place.get(n, 0) for n in range(1, len(spans) + 1)]
