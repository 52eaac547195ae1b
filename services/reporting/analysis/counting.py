"""How many may come? Upper quantiles and tails of Poisson and negative binomial counts that answer for any arguments.

`scipy.stats.nbinom.ppf` does not come back for some; the incomplete beta and gamma functions beneath it always do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Places = NDArray[np.int64]
NEARLY = 1 + 1e-7  # below this dispersion 1/φ has too few digits left, and Poisson differs less than they would
MOST = 2.0**53  # whole numbers are exact up to here


def at_most(count: Floats | float, mean: Floats | float, dispersion: Floats | float) -> Floats:
    """P(N ≤ count) with this mean and variance dispersion·mean; Poisson if the dispersion is 1, else NB(μ/(φ − 1), 1/φ)."""
    n, mu, phi = _aligned(count, mean, dispersion)
    chance = np.zeros(n.shape)
    poisson, other = (n >= 0) & (phi <= NEARLY), (n >= 0) & (phi > NEARLY)
    chance[poisson] = special.gammaincc(n[poisson] + 1, mu[poisson])
    chance[other] = special.betainc(mu[other] / (phi[other] - 1), n[other] + 1, 1 / phi[other])
    return chance


def at_least(count: Floats | float, mean: Floats | float, dispersion: Floats | float) -> Floats:
    """P(N ≥ count), exact also where it is tiny."""
    n, mu, phi = _aligned(count, mean, dispersion)
    chance = np.ones(n.shape)
    poisson, other = (n > 0) & (phi <= NEARLY), (n > 0) & (phi > NEARLY)
    chance[poisson] = special.gammainc(n[poisson], mu[poisson])
    chance[other] = special.betainc(n[other], mu[other] / (phi[other] - 1), 1 - 1 / phi[other])
    return chance


def quantile(level: float, mean: Floats | float, dispersion: float, shares: Floats | None = None) -> int:
    """The smallest U with P(N ≤ U) ≥ level. Several means with their shares make a mixture."""
    weights = np.ones(1) if shares is None else shares
    return int(quantiles(level, np.atleast_2d(mean), np.array([dispersion]), weights)[0])


def quantiles(level: float, means: Floats, dispersion: Floats, shares: Floats) -> Floats:
    """The same for each row of means. Looked for from where a normal variable would have it."""

    def short(rows: Places, counts: Floats) -> Truths:
        chance: Floats = (shares * at_most(counts[:, None], means[rows], dispersion[rows, None])).sum(1)
        return chance < level

    middle = means @ shares
    spread = np.sqrt(np.maximum(0.0, (means * (dispersion[:, None] + means)) @ shares - middle**2))
    width = np.maximum(1.0, np.floor(spread / 4))
    guess = np.minimum(np.floor(middle + special.ndtri(level) * spread), MOST)
    low: Floats = np.maximum(-1.0, guess - width)
    high: Floats = np.minimum(MOST, np.maximum(0.0, guess + width))
    _widened(low, high, width, short)
    rows = np.flatnonzero(high - low > 1)
    while rows.size:
        tried = np.floor((low[rows] + high[rows]) / 2)
        below = short(rows, tried)
        low[rows], high[rows] = np.where(below, tried, low[rows]), np.where(below, high[rows], tried)
        rows = rows[high[rows] - low[rows] > 1]
    return high


def _widened(low: Floats, high: Floats, width: Floats, short: Callable[[Places, Floats], Truths]) -> None:
    """Moves both ends until the quantile lies above the low one and not above the high one."""
    rows, step = np.arange(len(low)), width.copy()
    while rows.size:
        rows = rows[(high[rows] < MOST) & short(rows, high[rows])]
        low[rows], step[rows] = high[rows], step[rows] * 2
        high[rows] = np.minimum(MOST, high[rows] + step[rows])
    rows, step = np.arange(len(low)), width.copy()
    while rows.size:
        rows = rows[(low[rows] >= 0) & ~short(rows, low[rows])]
        high[rows], step[rows] = low[rows], step[rows] * 2
        low[rows] = np.maximum(-1.0, low[rows] - step[rows])


def _aligned(count: Floats | float, mean: Floats | float, dispersion: Floats | float) -> tuple[Floats, Floats, Floats]:
    n, mu, phi = np.broadcast_arrays(np.asarray(count, float), np.maximum(np.asarray(mean, float), 1e-300), np.asarray(dispersion, float))
    return n, mu, phi
