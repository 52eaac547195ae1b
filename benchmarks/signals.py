"""How long does it take to judge a month? Its series counted from the views, then all held against their past, drift and all."""

from __future__ import annotations

import os
import time

import numpy as np

from benchmarks import seeded
from benchmarks.figures import Figure
from benchmarks.ground import ground
from benchmarks.seeded import FEW, NOW
from services.reporting import judging
from services.reporting.analysis.calculator import Calculator
from services.reporting.judging import Past
from services.reporting.periods import parse
from services.reporting.select import reader
from services.reporting.series import Monthly, monthly
from services.reporting.service import PATIENCE
from shared.contracts.reporting_signals import SeriesDimension
from shared.postgres.connect import open_pool

SERIES = int(os.environ.get("SERIES", "2000"))
MONTHS = [parse("2018-12").plus(n) for n in range(1, 61)]
NOTHING = Past({}, {})


async def run() -> list[Figure]:
    calculator = Calculator(limit=PATIENCE)
    await calculator("trend-signal", {"series": [{"key": "a", "counts": [1, 2, 3, 4, 5]}], "start": 1})  # the libraries are there
    terms = seeded.terms(NOW)
    table = _simulated()
    begin = time.perf_counter()
    told = await judging.judged(MONTHS[-1], table, NOTHING, terms, calculator)
    judged = time.perf_counter() - begin
    begin = time.perf_counter()
    for month in MONTHS:
        await judging.judged(month, table, NOTHING, terms, calculator)
    each = time.perf_counter() - begin
    async with ground() as at:
        pool = await open_pool(at.dsn.for_role("reporting"), "reporting", min_size=1, max_size=4)
        await seeded.seed(pool, 1, FEW)
        begin = time.perf_counter()
        async with reader(pool) as connection:
            table = await monthly(connection, MONTHS, terms)
        counted = time.perf_counter() - begin
        begin = time.perf_counter()
        await judging.judged(MONTHS[-1], table, NOTHING, terms, calculator)
        real = time.perf_counter() - begin
        await pool.close()
    await calculator.end()
    note = f"{SERIES:,} series of {len(MONTHS)} months, {len(told) - 1} signals"
    return [
        Figure("signals.judged", judged, "s", 10, "less", note),
        Figure("signals.history", each, "s", None, "less", f"all {len(MONTHS)} months, one after another, as after an import"),
        Figure(
            f"signals.{FEW}.counted", counted, "s", None, "less", f"{len(table.counts):,} series of {len(MONTHS)} months from the views"
        ),
        Figure(f"signals.{FEW}.judged", real, "s", None, "less", f"those {len(table.counts):,} series"),
    ]


def _simulated() -> Monthly:
    """Means from 2 to 50 with a season, scattered once to twice as much as Poisson's."""
    rng = np.random.default_rng(1)
    season = 0.3 * np.cos(2 * np.pi * (np.arange(len(MONTHS)) + rng.integers(0, 12, SERIES)[:, None]) / 12)
    means = np.exp(rng.uniform(np.log(2), np.log(50), SERIES))[:, None] * np.exp(season)
    dispersion = rng.uniform(1.01, 2, SERIES)[:, None]
    counts = rng.negative_binomial(means / (dispersion - 1), 1 / dispersion).tolist()
    dimension: SeriesDimension = "issue_code"
    return Monthly(MONTHS, {(dimension, "", f"issue {n}"): row for n, row in enumerate(counts)}, frozenset())
