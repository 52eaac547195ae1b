"""How long does an analyst wait, and how fast do cases leave as a file? At a hundred thousand complaints and at a million; and what it
would take without the product, in the exported file or in the events themselves.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks import instead, seeded
from benchmarks.figures import Figure, percentile
from benchmarks.ground import ground
from benchmarks.memory import resident
from benchmarks.seeded import FEW, MANY, NOW
from services.reporting.exporting.files import as_csv, as_workbook
from services.reporting.exporting.sheet import sheet
from services.reporting.periods import Calendar
from services.reporting.query import rows_behind
from services.reporting.query.answer import answer
from services.reporting.query.counters import Counters
from services.reporting.query.grammar import Behind, Export, Query
from services.reporting.query.plan import Findings, Plan
from services.reporting.query.resolve import behind, resolve
from services.reporting.query.statement import statement
from services.reporting.select import reader, rows
from shared.postgres.connect import open_pool
from shared.web import reply

ASKED = 200
WORKBOOK = min(100_000, MANY)

_BY_CUSTOMER = {
    "name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], "bucket": "month", "dimensions": ["customer_ref"],
    "sort": [{"by": "n", "desc": True}], "limit": 20,
}  # fmt: skip


async def run() -> list[Figure]:
    figures: list[Figure] = []
    async with ground() as at:
        pool = await open_pool(at.dsn.for_role("reporting"), "reporting", min_size=1, max_size=4)
        waits = {}
        for first, last in ((1, FEW), (FEW + 1, MANY)):
            await seeded.seed(pool, first, last)
            waits[last] = await _asked(pool)
            figures += _waiting(last, waits[last], 50 if last == MANY else None)
        ratio = waits[MANY][1] / waits[FEW][1]
        figures.append(Figure("queries.by_customer.ratio", ratio, "×", 3, "less", f"{MANY:,} complaints against {FEW:,}"))
        with tempfile.NamedTemporaryFile(suffix=".csv") as file:
            figures += await _files(pool, Path(file.name))
            read, counted = await instead.with_pandas(Path(file.name))
        figures += _instead(await instead.plain_sql(at, MANY), read, counted, waits[MANY][1] / 1000)
        await pool.close()
    return figures


def _waiting(size: int, waits: tuple[float, float, float], target: float | None) -> list[Figure]:
    first, p99, counted = waits
    note = f"{size:,} complaints, month × customer, the 20 largest; something was recorded before each"
    return [
        Figure(f"queries.by_customer.{size}.p99", p99, "ms", target, "less", note),
        Figure(f"queries.by_customer.{size}.first", first, "ms", None, "less", "the first after a start"),
        Figure(f"queries.by_customer.{size}.sql", counted, "ms", None, "less", "the same, counted by PostgreSQL in the view"),
    ]


def _instead(sql: float, read: float, counted: float, ours: float) -> list[Figure]:
    """The same twenty rows without the product, and how many times as long that takes."""
    return [
        Figure("queries.instead.sql", sql, "s", None, "less", f"plain SQL over {MANY:,} events, all in memory"),
        Figure("queries.instead.sql.ratio", sql / ours, "×", note="of our 99th percentile"),
        Figure(
            "queries.instead.pandas", read + counted, "s", None, "less", f"pandas on the exported CSV; reading it took {read:.1f} s of that"
        ),
        Figure("queries.instead.pandas.ratio", (read + counted) / ours, "×", note="of our 99th percentile"),
        Figure("queries.instead.pandas_read.ratio", counted / ours, "×", note="the file read already, and nothing new in it"),
    ]


async def _asked(pool: asyncpg.Pool) -> tuple[float, float, float]:
    """The first answer, the 99th of a hundred later ones, and plain SQL's, in milliseconds."""
    counters, taken = Counters(), []
    for n in range(ASKED + 1):
        terms = seeded.terms(NOW + timedelta(seconds=n))
        plan = _plan(_BY_CUSTOMER, terms.calendar)
        await seeded.one_more(pool, n, terms.as_of.recorded_at - timedelta(milliseconds=500))
        begin = time.perf_counter()
        async with reader(pool) as connection:
            reply({"results": [await answer(connection, counters, plan, terms, {})]})
        taken.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    async with reader(pool) as connection:
        await rows(connection, statement(plan, plan.frame(terms.as_of.recorded_at, terms.calendar, {}), limited=True).select)
    await seeded.as_before(pool)
    return taken[0] * 1000, percentile(taken[1:], 0.99), (time.perf_counter() - begin) * 1000


async def _files(pool: asyncpg.Pool, path: Path) -> list[Figure]:
    terms = seeded.terms(NOW + timedelta(days=1))
    all_of_them = behind(Behind.model_validate({"from": "complaints"}), terms.calendar, Findings())
    assert all_of_them is not None
    names = tuple(all_of_them.grain.fields)
    frame = rows_behind.whole(all_of_them, all_of_them.frame(terms.as_of.recorded_at, terms.calendar, {}))
    begin = time.perf_counter()
    size, grown = await _kept(as_csv(pool, rows_behind.for_a_file(all_of_them, frame, names), names, frame.zone), path)
    rate = MANY / (time.perf_counter() - begin)
    asked = Export.model_validate({"from": "complaints", "format": "xlsx"})
    query = rows_behind.for_a_file(all_of_them, frame, names).limit(WORKBOOK)
    begin = time.perf_counter()
    book = sum(
        [len(chunk) async for chunk in await as_workbook(pool, query, sheet(asked, all_of_them.grain, names, terms, WORKBOOK), frame.zone)]
    )
    return [
        Figure("queries.csv", rate, "rows/s", 50_000, note=f"{MANY:,} cases, {len(names)} columns, {size >> 20} MiB, written to a file"),
        Figure("queries.csv.memory", grown, "MiB", 20, "less", "more resident at its highest than at the first page"),
        Figure("queries.xlsx", time.perf_counter() - begin, "s", 15, "less", f"{WORKBOOK:,} cases, {book >> 20} MiB"),
    ]


async def _kept(content: AsyncIterator[bytes], path: Path) -> tuple[int, float]:
    """How many bytes, and how much more memory was in use on the way than after the first of them."""
    size, before, highest = 0, 0.0, 0.0
    with path.open("wb") as file:
        async for chunk in content:
            size += file.write(chunk)
            highest = max(highest, resident())
            before = before or highest
    return size, highest - before


def _plan(query: dict[str, Any], calendar: Calendar) -> Plan:
    plan = resolve(Query.model_validate(query), "", calendar, Findings())
    assert plan is not None
    return plan
