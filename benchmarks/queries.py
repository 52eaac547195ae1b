"""How long does an analyst wait, and how fast do cases leave as a file? At a hundred thousand complaints and at a million."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from benchmarks.figures import Figure, percentile
from benchmarks.ground import ground
from services.reporting.exporting.files import as_csv, as_workbook
from services.reporting.exporting.sheet import sheet
from services.reporting.moment import AsOf
from services.reporting.periods import Calendar
from services.reporting.query import rows_behind
from services.reporting.query.answer import answer
from services.reporting.query.counters import Counters
from services.reporting.query.grammar import Behind, Export, Query
from services.reporting.query.plan import Findings, Plan
from services.reporting.query.resolve import behind, resolve
from services.reporting.query.statement import statement
from services.reporting.select import reader, rows
from services.reporting.terms import Terms
from shared.postgres.connect import open_pool
from shared.web import reply

FEW, MANY = 100_000, 1_000_000
ASKED = 200
WORKBOOK = 100_000

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_NOW = datetime(2026, 6, 1, tzinfo=UTC)
_FILL = """
insert into complaints (complaint_id, recorded_from, recorded_to, number, external_ref, channel, content_class, department, issue_codes,
    main_issue_code, product_code, customer_ref, customer_name, received_at, registered_at, closed_at, outcome, state, reopened, remedy_rounds,
    imported, data_flags, overdue)
select gen_random_uuid(), '2026-01-01Z'::timestamptz + n * interval '1 millisecond', '9999-01-01Z', 'C-2026-' || lpad(n::text, 7, '0'), 'R-' || n,
    'phone', 'service_quality', 'desk', array['issue ' || n % 40], 'issue ' || n % 40, 'P-' || n % 90, 'C-' || n % 750, 'Customer ' || n % 750,
    '2019-01-01Z'::timestamptz + (n::bigint * 7919 % 2628000) * interval '1 minute', '2026-01-01Z'::timestamptz + n * interval '1 millisecond',
    '2019-01-20Z'::timestamptz + (n::bigint * 7919 % 2628000) * interval '1 minute', 'satisfied', 'closed', 0, 0, true, '{}', false
from generate_series($1::int, $2::int) as n
"""
_ONE_MORE = _FILL.replace("'2026-01-01Z'::timestamptz + n * interval '1 millisecond', '9999", "$3::timestamptz, '9999")
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
            await pool.execute(_FILL, first, last, timeout=600)
            await pool.execute("analyze complaints", timeout=600)
            waits[last] = await _asked(pool)
            figures += _waiting(last, waits[last], 50 if last == MANY else None)
        figures.append(
            Figure("queries.by_customer.ratio", waits[MANY][1] / waits[FEW][1], "×", 3, "less", "a million against a hundred thousand")
        )
        figures += await _files(pool)
        await pool.close()
    return figures


def _waiting(size: int, waits: tuple[float, float, float], target: float | None) -> list[Figure]:
    first, p99, counted = waits
    note = f"{size:,} complaints, month × customer, the 20 largest; something was recorded before each"
    return [
        Figure(f"queries.by_customer.{size}.p99", p99, "ms", target, "less", note),
        Figure(f"queries.by_customer.{size}.first", first, "ms", None, "less", "the first after a start"),
        Figure(f"queries.by_customer.{size}.sql", counted, "ms", None, "less", "the same, counted by PostgreSQL"),
    ]


async def _asked(pool: asyncpg.Pool) -> tuple[float, float, float]:
    """The first answer, the 99th of a hundred later ones, and plain SQL's, in milliseconds."""
    counters, taken = Counters(), []
    for n in range(ASKED + 1):
        terms = _terms(_NOW + timedelta(seconds=n))
        plan = _plan(_BY_CUSTOMER, terms.calendar)
        await pool.execute(_ONE_MORE, 5_000_000 + n, 5_000_000 + n, terms.as_of.recorded_at - timedelta(milliseconds=500))
        begin = time.perf_counter()
        async with reader(pool) as connection:
            reply({"results": [await answer(connection, counters, plan, terms, {})]})
        taken.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    async with reader(pool) as connection:
        await rows(connection, statement(plan, plan.frame(terms.as_of.recorded_at, terms.calendar, {}), limited=True).select)
    return taken[0] * 1000, percentile(taken[1:], 0.99), (time.perf_counter() - begin) * 1000


async def _files(pool: asyncpg.Pool) -> list[Figure]:
    terms = _terms(_NOW + timedelta(days=1))
    all_of_them = behind(Behind.model_validate({"from": "complaints"}), terms.calendar, Findings())
    assert all_of_them is not None
    names = tuple(all_of_them.grain.fields)
    frame = rows_behind.whole(all_of_them, all_of_them.frame(terms.as_of.recorded_at, terms.calendar, {}))
    begin = time.perf_counter()
    size = await _read(as_csv(pool, rows_behind.for_a_file(all_of_them, frame, names), names, frame.zone))
    rate = MANY / (time.perf_counter() - begin)
    asked = Export.model_validate({"from": "complaints", "format": "xlsx"})
    query = rows_behind.for_a_file(all_of_them, frame, names).limit(WORKBOOK)
    begin = time.perf_counter()
    book = await _read(await as_workbook(pool, query, sheet(asked, all_of_them.grain, names, terms, WORKBOOK), frame.zone))
    return [
        Figure("queries.csv", rate, "rows/s", 50_000, note=f"{MANY:,} cases, {len(names)} columns, {size >> 20} MiB"),
        Figure("queries.xlsx", time.perf_counter() - begin, "s", 15, "less", f"{WORKBOOK:,} cases, {book >> 20} MiB"),
    ]


async def _read(content: AsyncIterator[bytes]) -> int:
    return sum([len(chunk) async for chunk in content])


def _terms(moment: datetime) -> Terms:
    calendar = Calendar(zone=ZoneInfo("Asia/Shanghai"), reporting_day=lambda _: 8, started_at=_BEGAN, imports=(), now=moment)
    return Terms(AsOf(moment, {}), calendar, "2026.1", "en")


def _plan(query: dict[str, Any], calendar: Calendar) -> Plan:
    plan = resolve(Query.model_validate(query), "", calendar, Findings())
    assert plan is not None
    return plan
