"""Has a level crept up over the last year, month by month too little to be seen? The rule behind drift signals (research C1, 3).

A year's months are held against the months before that year: the model of `signals`, looking ahead, with the uncertainty of its fit.
Each month adds ln(likelihood had the rate risen, against had it not) to a sum that never falls below nothing
(Lucas, Technometrics 27, 1985; Rossi and others, Statistics in Medicine 18, 1999). A sum of S is reached without cause in at most
exp(−S) of all months (Lorden, Annals of Mathematical Statistics 42, 1971): that is `p`, and over all series judged together `q`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.reporting.analysis.answers import Drift, Drifts
from services.reporting.analysis.counting import NEARLY
from services.reporting.analysis.loglinear import Fit, Floats, harmonics
from services.reporting.analysis.signals import NODES, SHARES, TREND_SHOWS, Past, Series, past_of, reweighted

WATCHED = 12  # months, the judged one among them
LEAST_REFERENCE = 24  # months before those
MIDDLE = len(NODES) // 2
NO_MORE = "The last year brought no more than the months before it."


@dataclass(frozen=True, slots=True)
class _Watched:
    """The sums after each month of the year, for each value the level may have; what the last month adds to them."""

    sums: Floats  # a row a month
    expected: Floats  # of the last month
    dispersion: float
    months: Sequence[int]  # places in the series, from 0

    def p(self, n: int) -> float:
        return float(SHARES @ np.exp(-self.sums[n]))

    def p_with(self, count: int, ratio: float) -> float:
        """Had the last month brought so many."""
        before = self.sums[-2] if len(self.sums) > 1 else np.zeros(len(NODES))
        return float(SHARES @ np.exp(-np.maximum(0.0, before + _added(count, self.expected, ratio, self.dispersion))))

    def speaks(self, n: int, level: float) -> bool:
        """One month alone is no drift, however much it brought."""
        return n >= 0 and self.p(n) <= level and self.first(n) < n

    def first(self, n: int) -> int:
        """The month after the sum was last nothing; beyond `n` while it is nothing."""
        nothing = np.flatnonzero(self.sums[: n + 1, MIDDLE] == 0)
        return int(nothing[-1]) + 1 if len(nothing) else 0


def drift_signal(series: Sequence[Series], start: int, ratio: float = 1.5, alpha: float = 0.005, baseline_months: int = 48) -> Drifts:
    """Which series have drifted by their last month, and had not by the one before? `ratio` is the rise that is looked for, `alpha` the
    months in which any of the series may speak without cause.
    """
    watched = [_watched(past_of(one, f"/series/{n}", start, baseline_months), start, ratio) for n, one in enumerate(series)]
    family = sum(isinstance(one, _Watched) or one == NO_MORE for one in watched)
    return Drifts(
        tuple(
            Drift(given["key"], None, None, None, None, None, signal=False, why=one)
            if isinstance(one, str)
            else _told(given, one, ratio, alpha / family, family)
            for given, one in zip(series, watched, strict=True)
        )
    )


def _told(given: Series, one: _Watched, ratio: float, level: float, family: int) -> Drift:
    last = len(one.sums) - 1
    p, first = one.p(last), one.first(last)
    return Drift(
        key=given["key"],
        expected=float(one.expected[MIDDLE]),
        bound=_bound(one, given["counts"][-1], ratio, level),
        p=p,
        q=min(1.0, p * family),
        since=one.months[first] + 1 if first <= last else None,
        signal=one.speaks(last, level) and not one.speaks(last - 1, level),
        why="",
    )


def _bound(one: _Watched, observed: int, ratio: float, level: float) -> int:
    low, high = 0, max(1, observed)
    while one.p_with(high, ratio) > level:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one.p_with(middle, ratio) > level else (low, middle)
    return low


def _watched(past: Past, start: int, ratio: float) -> _Watched | str:
    """The sums, or why there are none."""
    year = past.months > past.month - WATCHED
    reference = replace(past, counts=past.counts[~year], exposure=past.exposure[~year], months=past.months[~year])
    if len(reference.counts) < LEAST_REFERENCE:
        return f"A drift needs {LEAST_REFERENCE} months before the last {WATCHED}."
    if reference.sparse:
        return "Too few complaints to tell a drift."
    months = np.append(past.months[year], past.month)
    exposure = np.append(past.exposure[year], past.observed_exposure)
    counts = np.append(past.counts[year], past.observed)
    if counts.sum() * reference.exposure.sum() <= reference.counts.sum() * exposure.sum():
        return NO_MORE
    found = _ahead(reference, months, past.month)
    if found is None:
        return "No model settles on the months before the last year."
    fitted, design = found
    error = np.sqrt(fitted.dispersion * np.einsum("ij,jk,ik->i", design, fitted.covariance, design))
    means = np.exp(np.clip((design @ fitted.coefficients)[:, None] + error[:, None] * NODES, -30.0, 30.0)) * exposure[:, None]
    sums, before = [], np.zeros(len(NODES))
    for count, mean in zip(counts, means, strict=True):
        before = np.maximum(0.0, before + _added(count, mean, ratio, fitted.dispersion))
        sums.append(before)
    return _Watched(np.array(sums), means[-1], fitted.dispersion, [int(month) - start + 1 for month in months])


def _ahead(reference: Past, months: np.typing.NDArray[np.int64], now: int) -> tuple[Fit, Floats] | None:
    """The model of the months before, and its design for these: with a trend where that shows, so that known growth is no drift."""
    flat = np.column_stack([np.ones(len(reference.months)), harmonics(reference.months)])
    ahead = np.column_stack([np.ones(len(months)), harmonics(months)])
    timed = reweighted(np.column_stack([flat, (reference.months - now) / 12]), reference)
    if timed is not None and abs(timed.coefficients[-1]) > TREND_SHOWS * (timed.dispersion * timed.covariance[-1, -1]) ** 0.5:
        return timed, np.column_stack([ahead, (months - now) / 12])
    plain = reweighted(flat, reference)
    return None if plain is None else (plain, ahead)


def _added(count: float, mean: Floats, ratio: float, dispersion: float) -> Floats:
    """ln(likelihood of the count had the mean risen by `ratio`, against had it not), Poisson or NB(μ/(φ − 1), 1/φ) with that size."""
    if dispersion <= NEARLY:
        return count * math.log(ratio) - mean * (ratio - 1)
    size = mean / (dispersion - 1)
    return count * math.log(ratio) - (count + size) * np.log((size + ratio * mean) / (size + mean))
