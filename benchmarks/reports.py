"""How long does the summary of a month take, and that of a year? At a hundred thousand complaints on the log and at a million."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg

from benchmarks import seeded
from benchmarks.figures import Figure, percentile
from benchmarks.ground import Ground, ground
from benchmarks.seeded import FEW, MANY, NOW
from services.reporting import report
from services.reporting.analysis.calculator import Calculator
from services.reporting.live import Live
from services.reporting.moment import Moments
from services.reporting.outlooks import Outlooks
from services.reporting.periods import Period, parse
from services.reporting.select import Connection, reader
from services.reporting.terms import Terms
from shared.postgres.connect import open_pool
from shared.web import reply

ASKED = 100

Report = Callable[[Connection, Period, Terms, Live], Awaitable[dict[str, Any]]]
REPORTS: tuple[tuple[str, Report, Period, float], ...] = (
    ("monthly", report.monthly, parse("2023-11"), 50),
    ("annual", report.annual, parse("2023"), 100),
)


async def run() -> list[Figure]:
    figures: list[Figure] = []
    calculator = Calculator(limit=120)  # a busy machine is measured too
    async with ground() as at:
        pool = await open_pool(at.dsn.for_role("reporting"), "reporting", min_size=1, max_size=4)
        moments = await _moments(at, pool)
        p99: dict[tuple[str, int], float] = {}
        for first, last in ((1, FEW), (FEW + 1, MANY)):
            await seeded.seed(pool, first, last)
            await seeded.publish(pool)
            live = Live(moments, calculator, Outlooks(calculator))  # what lies on the log was written past it
            for name, make, period, target in REPORTS:
                fresh, again = await _asked(pool, make, period, live)
                p99[name, last] = percentile(fresh[1:], 0.99)
                figures += [
                    Figure(f"reports.{name}.{last}.p99", p99[name, last], "ms", target if last == MANY else None, "less", _note(last)),
                    Figure(f"reports.{name}.{last}.first", fresh[0] * 1000, "ms", None, "less", "the first after a start"),
                    Figure(f"reports.{name}.{last}.again.p99", percentile(again, 0.99), "ms", None, "less", "nothing new in between"),
                ]
        figures += [
            Figure(f"reports.{name}.ratio", p99[name, MANY] / p99[name, FEW], "×", None, "less", "ten times the log")
            for name, *_ in REPORTS
        ]
        await pool.close()
    await calculator.end()
    return figures


def _note(size: int) -> str:
    return f"{size:,} complaints in five years, of 750 customers; something was recorded before each"


async def _moments(at: Ground, pool: asyncpg.Pool) -> Moments:
    return Moments(pool, await at.log(), lambda: NOW)


async def _asked(pool: asyncpg.Pool, make: Report, period: Period, live: Live) -> tuple[list[float], list[float]]:
    """Seconds of each answer: with something new before it, and with nothing."""
    fresh, again = [], []
    for n in range(ASKED + 1):
        terms = seeded.terms(NOW + timedelta(seconds=n), position=n)
        await seeded.one_more(pool, n, terms.as_of.recorded_at - timedelta(milliseconds=500))
        for taken in (fresh, again):
            begin = time.perf_counter()
            async with reader(pool) as connection:
                reply(await make(connection, period, terms, live))
            taken.append(time.perf_counter() - begin)
    await seeded.as_before(pool)
    return fresh, again
