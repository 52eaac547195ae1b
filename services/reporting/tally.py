"""How many complaints of a period, of those it is compared with, and of the twelve months to its end, by issue, product and customer?

Filled once, and then told of each complaint that came, changed or went: one more costs what it changes. Complaints of a merged customer
are the survivor's; a complaint counts once under each issue it raises, and once under none if it raises none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import asyncpg

from services.reporting.periods import Period, containing
from services.reporting.select import PATIENCE, Connection
from services.reporting.terms import Terms
from services.reporting.views import customers
from shared.breath import in_breaths

BITS, MONTH = 32, 2**32 - 1  # for the number of one month
AT_ONCE = 1000  # rows, a few milliseconds
COUNT, PREVIOUS, LAST_YEAR, TWELVE = range(4)
Scope = Literal["product", "customer"]

# Month by month: a year at once is sorted on disk, which takes ten times as long.
_CELLS = """
select $4::date as month, issue_codes, product_code, customer_ref, batch, count(*)::int as count from complaints
where received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3 group by 2, 3, 4, 5
"""


@dataclass(frozen=True, slots=True)
class Window:
    """The months of a period, of the two it is compared with, and the twelve that classes are made of."""

    period: Period
    previous: Period | None
    last_year: Period | None
    twelve: Sequence[Period]

    def columns(self) -> Mapping[date, tuple[int, ...]]:
        """In which columns a complaint of a month counts."""
        parts = (self.period.months(), *(p.months() if p else () for p in (self.previous, self.last_year)), self.twelve)
        found: dict[date, tuple[int, ...]] = {}
        for column, months in enumerate(parts):
            for month in months:
                found[month.first] = (*found.get(month.first, ()), column)
        return found


@dataclass(slots=True)
class Together:
    """An issue with a product or a customer: in the period, in the twelve months, and how often each month, customer (of a product) and batch is
    among these.
    """

    count: int = 0
    twelve: int = 0
    by_month: int = 0  # all twelve in one number: there may be a hundred thousand of these
    by_customer: dict[str, int] | None = None
    by_batch: dict[str, int] | None = None

    @property
    def months(self) -> int:
        """In how many months it came up."""
        found, left = 0, self.by_month
        while left:
            found += bool(left & MONTH)
            left >>= BITS
        return found


Counts = dict[str | None, list[int]]
Pairs = dict[str | None, dict[str | None, Together]]  # by product or customer, then by issue


class Tally:
    """The counts of one window; `merged` says who became whom."""

    def __init__(self, window: Window, merged: Mapping[str, str]) -> None:
        self._columns = window.columns()
        self._merged = merged
        self.total = [0, 0, 0, 0]
        self.months: dict[date, int] = dict.fromkeys(sorted(self._columns), 0)
        self.issues: Counts = {}
        self.of: Mapping[Scope, Counts] = {"product": {}, "customer": {}}
        self.pairs: Mapping[Scope, Pairs] = {"product": {}, "customer": {}}

    def received(self, period: Period) -> int:
        """How many complaints came in the months of the window that the period has."""
        return sum(self.months.get(month.first, 0) for month in period.months())

    def add(self, row: Mapping[str, Any] | asyncpg.Record, more: int) -> bool:
        """So many more of this kind, or fewer. What is of no month of the window is passed over, and the answer says so."""
        columns = self._columns.get(row["month"])
        if columns is None:
            return False
        ref: str | None = row["customer_ref"]
        customer = self._merged.get(ref, ref) if ref is not None else None
        product: str | None = row["product_code"]
        issues: Sequence[str | None] = row["issue_codes"] or (None,)
        self.months[row["month"]] += more
        for column in columns:
            self.total[column] += more
        _count(self.of["product"], product, columns, more)
        _count(self.of["customer"], customer, columns, more)
        for issue in issues:
            _count(self.issues, issue, columns, more)
            if TWELVE in columns:
                numbers = more if COUNT in columns else 0, more, more << BITS * row["month"].month
                _together(self.pairs["product"], product, issue, numbers, customer, row["batch"])
                _together(self.pairs["customer"], customer, issue, numbers, None, row["batch"])
        return True


def _count(counts: Counts, value: str | None, columns: Sequence[int], more: int) -> None:
    now = counts.setdefault(value, [0, 0, 0, 0])
    for column in columns:
        now[column] += more
    if not any(now):
        del counts[value]


def _together(pairs: Pairs, of: str | None, issue: str | None, more: tuple[int, int, int], customer: str | None, batch: str | None) -> None:
    with_issues = pairs.setdefault(of, {})
    pair = with_issues.setdefault(issue, Together())
    here, twelve, month = more
    pair.count += here
    pair.twelve += twelve
    pair.by_month += month
    pair.by_customer = _one_more(pair.by_customer, customer, twelve)
    pair.by_batch = _one_more(pair.by_batch, batch, twelve)
    if not pair.twelve:
        del with_issues[issue]
        if not with_issues:
            del pairs[of]


def _one_more(counts: dict[str, int] | None, value: str | None, more: int) -> dict[str, int] | None:
    """What is not known is no value of its own."""
    if value is None:
        return counts
    counts = {} if counts is None else counts
    now = counts.get(value, 0) + more
    if now:
        counts[value] = now
    else:
        del counts[value]
    return counts or None


async def tally(connection: Connection, window: Window, terms: Terms, merged: Mapping[str, str] | None = None) -> Tally:
    """All of the window's complaints, as known at the terms' moment."""
    moment = terms.as_of.recorded_at
    found = Tally(window, await customers.survivors(connection, moment) if merged is None else merged)
    for month in (containing("month", day) for day in found.months):
        rows = await connection.fetch(_CELLS, *terms.span(month), moment, month.first, timeout=PATIENCE)
        async for row in in_breaths(rows, AT_ONCE):
            found.add(row, row["count"])
    return found
