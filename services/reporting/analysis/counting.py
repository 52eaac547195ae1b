"""How many may come? Upper quantiles and tails of Poisson and negative binomial counts that answer for any arguments.

`scipy.stats.nbinom.ppf` does not come back for some; the incomplete beta and gamma functions beneath it always do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
NEARLY = 1 + 1e-7  # below this dispersion 1/φ has too few digits left, and Poisson differs less than they would
MOST = 2.0**53  # whole numbers are exact up to here


def at_most(count: float, mean: Floats | float, dispersion: float) -> Floats:
    """P(N ≤ count) with this mean and variance dispersion·mean; Poisson if the dispersion is 1, else NB(μ/(φ − 1), 1/φ)."""
    mu = np.maximum(np.asarray(mean, float), 1e-300)
    if count < 0:
        return np.zeros_like(mu)
    if dispersion <= NEARLY:
        return np.asarray(special.gammaincc(count + 1, mu))
    return np.asarray(special.betainc(mu / (dispersion - 1), count + 1, 1 / dispersion))


def at_least(count: float, mean: Floats | float, dispersion: float) -> Floats:
    """P(N ≥ count), exact also where it is tiny."""
    mu = np.maximum(np.asarray(mean, float), 1e-300)
    if count <= 0:
        return np.ones_like(mu)
    if dispersion <= NEARLY:
        return np.asarray(special.gammainc(count, mu))
    return np.asarray(special.betainc(count, mu / (dispersion - 1), 1 - 1 / dispersion))


def quantile(level: float, mean: Floats | float, dispersion: float, shares: Floats | None = None) -> int:
    """The smallest U with P(N ≤ U) ≥ level. Several means with their shares make a mixture."""
    weights = np.ones(1) if shares is None else shares

    def short(count: float) -> bool:
        return bool((weights * at_most(count, mean, dispersion)).sum() < level)

    low, high = -1.0, 1.0
    while high < MOST and short(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if short(middle) else (low, middle)
    return int(high)
