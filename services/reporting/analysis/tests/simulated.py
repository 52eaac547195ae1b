"""Months in which nothing happened, for the tests of what must stay silent then."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quiet(rng: np.random.Generator, series: int, months: int) -> NDArray[np.int64]:
    """Seasonal counts of means from 2 to 50, small ones as often as large ones, scattered once to twice as much as Poisson's."""
    mean = np.exp(rng.uniform(np.log(2), np.log(50), series))[:, None] * np.exp(
        0.3 * np.cos(2 * np.pi * (np.arange(months) + rng.integers(0, 12, series)[:, None]) / 12)
    )
    dispersion = rng.uniform(1.01, 2, series)[:, None]
    return rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion)
