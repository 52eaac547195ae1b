"""Does a level creep away? Averages and sums that remember: EWMA, CUSUM, and the CUSUM of counts that stands behind trend signals."""

from __future__ import annotations

import math
from collections.abc import Sequence

from services.reporting.analysis.answers import Cusum, Ewma
from services.reporting.analysis.series import beyond, equally_long, long_enough

LONG_RUN = 500  # months between two false alarms, at least


def ewma(values: Sequence[float], weight: float, target: float, sigma: float, width: float = 3) -> Ewma:
    """zᵢ = λxᵢ + (1 − λ)zᵢ₋₁ from z₀ = target, against target ± width·σ·√(λ/(2 − λ)) (NIST/SEMATECH e-Handbook 6.3.2.4).

    `weight` is λ, 0 < λ ≤ 1; `sigma` the standard deviation of one value, in the unit of the values.
    """
    long_enough("/values", values, 1, "An EWMA chart")
    z = [float(target)]
    for value in values:
        z.append(weight * value + (1 - weight) * z[-1])
    reach = width * sigma * math.sqrt(weight / (2 - weight))
    low, high = target - reach, target + reach
    return Ewma(tuple(z), low, high, beyond(z[1:], [low] * len(values), [high] * len(values)))


def cusum(values: Sequence[float], target: float, k: float, h: float) -> Cusum:
    """Both sums of what exceeds the target by more than `k`; out beyond `h` (NIST/SEMATECH e-Handbook 6.3.2.3).

    `k` and `h` are in the unit of the values, not in standard deviations.
    """
    long_enough("/values", values, 1, "A CUSUM chart")
    high, low, up, down = [], [], 0.0, 0.0
    for value in values:
        up = max(0.0, up + value - target - k)
        down = max(0.0, down + target - k - value)
        high.append(up)
        low.append(down)
    return Cusum(tuple(high), tuple(low), tuple(n for n, (a, b) in enumerate(zip(high, low, strict=True), 1) if a > h or b > h))


def rising(
    counts: Sequence[int], expected: Sequence[float], ratio: float = 1.5, run: float = LONG_RUN
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Has the rate of a Poisson series risen by `ratio`? Log-likelihood sums, and the points, from 1, at which they speak.

    S = max(0, S + y·ln r − μ(r − 1)), the CUSUM with k = (μ₁ − μ₀)/(ln μ₁ − ln μ₀) in units of ln r; `expected` μ scales with exposure
    (Lucas, Technometrics 27, 1985; Rossi and others, Statistics in Medicine 18, 1999). It speaks above ln(run): then false alarms are at
    least `run` points apart on average (Lorden, Annals of Mathematical Statistics 42, 1971).
    """
    equally_long("/expected", expected, "counts", counts)
    sums, total = [], 0.0
    for count, mean in zip(counts, expected, strict=True):
        total = max(0.0, total + count * math.log(ratio) - mean * (ratio - 1))
        sums.append(total)
    return tuple(sums), tuple(n for n, reached in enumerate(sums, 1) if reached > math.log(run))
