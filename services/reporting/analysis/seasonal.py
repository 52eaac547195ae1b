"""Does the year repeat itself? A seasonal index, and the test that must be passed before one is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy import optimize, special, stats

from services.reporting.analysis.answers import IndexTest, SeasonalIndex, Seasonality
from services.reporting.analysis.loglinear import Fit, Floats, fit, harmonics
from services.reporting.analysis.series import long_enough, not_all_zero
from shared.decider import Invalid

Form = Literal["multiplicative", "additive"]
Method = Literal["ratio_to_moving_average", "decompose"]
MONTHS, MONTHS_TO_TEST, MONTHS_TO_SHOW = 12, 24, 36
SIGNIFICANT = 0.05
SMALLEST, LARGEST = -12.0, 4.0  # log of the negative binomial's growth; below it is Poisson's


def seasonal_index(
    values: Sequence[float], period: int, start: int = 1, form: Form = "multiplicative", method: Method = "ratio_to_moving_average"
) -> SeasonalIndex:
    """What each season is of the year's average: single ratios to the centred moving average (2×period where it is even), their means,
    brought to the mean 100 per cent (Macaulay, The Smoothing of Time Series, 1931); additive: differences, brought to the mean 0.

    `start` is the season of the first point, from 1; the index begins with season 1. R's `decompose` takes the very same steps, so
    `method` names where a figure is compared, and changes none. `test` asks whether there is a season at all.
    """
    long_enough("/values", values, 2 * period, f"A seasonal index of period {period}")
    y = np.array(values, float)
    level = _moving_average(y, period)
    season = (np.arange(len(y)) + start - 1) % period
    inner = ~np.isnan(level)
    if form == "multiplicative":
        _positive(y, level, inner)
        single = y[inner] / level[inner]
    else:
        single = y[inner] - level[inner]
    groups = [single[season[inner] == n] for n in range(period)]
    means = np.array([group.mean() for group in groups])
    counted = period == MONTHS and not (y % 1).any() and (y >= 0).all() and y.any()
    test = _shows([int(value) for value in values], start) if counted else _differ(groups, single)
    if form == "additive":
        return SeasonalIndex(tuple((means - means.mean()).tolist()), float(means.mean()), test)
    if not means.any():
        raise Invalid("/values", "Every single ratio is zero. Use the additive form.")
    return SeasonalIndex(tuple((means / means.mean() * 100).tolist()), float(1 / means.mean()), test)


def seasonality_test(counts: Sequence[int], start: int = 1) -> Seasonality:
    """Likelihood ratio of one annual harmonic in a negative-binomial model with trend, 2 degrees of freedom.

    log μ = a + b·years (+ c·cos + s·sin); each model with the dispersion that fits it best (Lawless, Canadian Journal of Statistics 15,
    1987). `start` is the month of the first count, 1 to 12.
    """
    long_enough("/counts", counts, MONTHS_TO_TEST, "The test of seasonality")
    not_all_zero("/counts", counts, "nothing can be said of its seasons")
    y = np.array(counts, float)
    years = np.arange(len(y)) / 12
    flat = np.column_stack([np.ones(len(y)), years - years.mean()])
    without, _ = _best(flat, y)
    within, coefficients = _best(np.column_stack([flat, harmonics(np.arange(len(y)) + start - 1)]), y)
    lr = max(0.0, 2 * (within - without))
    p = float(special.gammaincc(1, lr / 2))
    return Seasonality(lr, 2, p, p < SIGNIFICANT and len(y) >= MONTHS_TO_SHOW, float(coefficients[1]))


def _moving_average(y: Floats, period: int) -> Floats:
    """Centred over one period; NaN where that does not fit. An even period takes half of both ends."""
    weights = np.full(period, 1 / period) if period % 2 else np.array([0.5, *[1.0] * (period - 1), 0.5]) / period
    edge = len(weights) // 2
    return np.concatenate([np.full(edge, np.nan), np.convolve(y, weights, "valid"), np.full(edge, np.nan)])


def _positive(y: Floats, level: Floats, inner: np.typing.NDArray[np.bool_]) -> None:
    if (below := np.flatnonzero(y < 0)).size:
        raise Invalid(f"/values/{below[0]}", "A multiplicative index has no negative values. Use the additive form.")
    if (empty := np.flatnonzero(inner & (level <= 0))).size:
        raise Invalid(
            f"/values/{empty[0]}", "The year around this point is all zero, so there is no ratio. Use the additive form or a fuller series."
        )


def _shows(counts: Sequence[int], start: int) -> IndexTest:
    found = seasonality_test(counts, start)
    return IndexTest("negative_binomial", found.lr, found.df, found.p)


def _differ(groups: list[Floats], single: Floats) -> IndexTest:
    if np.ptp(single) == 0 or len(groups) < 2:
        return IndexTest("kruskal_wallis", None, len(groups) - 1, None)
    found = stats.kruskal(*groups)
    return IndexTest("kruskal_wallis", float(found.statistic), len(groups) - 1, float(found.pvalue))


def _best(design: Floats, y: Floats) -> tuple[float, Floats]:
    """Highest log-likelihood of the model over its dispersion, with its coefficients."""
    poisson = _fit(design, y, 0.0)
    likelihood, coefficients = _poisson(y, poisson.means), poisson.coefficients
    found = optimize.minimize_scalar(
        lambda log: -_negative_binomial(y, _fit(design, y, float(np.exp(log))).means, float(np.exp(log))),
        bounds=(SMALLEST, LARGEST), method="bounded", options={"xatol": 1e-7},
    )  # fmt: skip
    return (
        (-float(found.fun), _fit(design, y, float(np.exp(found.x))).coefficients) if -found.fun > likelihood else (likelihood, coefficients)
    )


def _fit(design: Floats, y: Floats, growth: float) -> Fit:
    found = fit(design, y, growth=growth)
    if found is None:
        raise Invalid("/counts", "Too few months hold an event to fit a season. Send a longer series.")
    return found


def _poisson(y: Floats, means: Floats) -> float:
    return float((y * np.log(means) - means - special.gammaln(y + 1)).sum())


def _negative_binomial(y: Floats, means: Floats, growth: float) -> float:
    size = 1 / growth
    chance = special.gammaln(y + size) - special.gammaln(size) - special.gammaln(y + 1)
    return float((chance + y * np.log(growth * means) - (y + size) * np.log1p(growth * means)).sum())
