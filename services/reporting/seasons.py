"""How do a report's months stand beside what was expected, and does the year repeat itself? From what was published, not counted again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.reporting.outlooks import Outlooks, season_told
from services.reporting.periods import Period, parse
from services.reporting.select import Connection
from services.reporting.terms import Terms
from services.reporting.views import periods


async def seasonal(connection: Connection, last: Period, terms: Terms, outlooks: Outlooks) -> dict[str, Any]:
    """The season of all complete months in a row up to this one, or why none is shown."""
    received = await periods.received(connection, last.label, terms.as_of.recorded_at)
    counts = in_a_row(received)
    start = parse(max(received)).plus(1 - len(counts)).first.month if received else 1
    found = await outlooks.outlook(counts, start, projected=False)
    return season_told(found["seasonal"])


def in_a_row(received: Mapping[str, int]) -> list[int]:
    """The figures of the last months without a gap between them."""
    counts: list[int] = []
    month = parse(max(received)) if received else None
    while month is not None and month.label in received:
        counts.insert(0, received[month.label])
        month = month.plus(-1)
    return counts


async def expected(connection: Connection, months: Sequence[Period], terms: Terms) -> Mapping[str, Mapping[str, Any]]:
    """What each month was judged by, of all complaints together; those not judged by then are missing."""
    return await periods.totals_judged(connection, months[0].label, months[-1].label, terms.as_of.recorded_at)
