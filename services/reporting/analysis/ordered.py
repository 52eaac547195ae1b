"""How long does it take? Percentiles of what is known, and Kaplan–Meier's of what is not over yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from statsmodels.duration.survfunc import SurvfuncRight

from services.reporting.analysis.answers import Percentiles, Survival
from services.reporting.analysis.series import equally_long
from shared.decider import Invalid

_FUZZ = 4 * float(np.finfo(float).eps)


def percentiles(values: Sequence[float], at: Sequence[float], type: int = 7) -> Percentiles:
    """Quantiles at the shares `at`, of the nine types of Hyndman & Fan (American Statistician 50, 1996); 7 is R's and numpy's default.

    Positions are compared with a fuzz as the authors' reference has it: 0.55 of 20 values is the 11th, though 0.55·20 > 11 by rounding.
    """
    x = np.sort(np.array(values, float))
    return Percentiles(tuple(_quantile(x, share, type) for share in at))


def survival(durations: Sequence[float], closed: Sequence[bool], at: Sequence[float]) -> Survival:
    """Kaplan & Meier (JASA 53, 1958): the share still open after each time; those not `closed` are known to have lasted so long at least.

    The quantile at a share is the smallest time by which that share had closed; none if so many never were seen to close.
    """
    equally_long("/closed", closed, "durations", durations)
    if not any(closed):
        raise Invalid("/closed", "Nothing has closed yet, so no time can be told. Send a period in which something closed.")
    found = SurvfuncRight(np.array(durations, float), np.array(closed, int))
    times, open_ = found.surv_times, found.surv_prob
    reached = [np.flatnonzero(open_ <= 1 - share + 1e-12) for share in at]
    quantiles = tuple(float(times[first[0]]) if first.size else None for first in reached)
    return Survival(tuple(times.tolist()), tuple(float(share) for share in open_), quantiles)


def _quantile(x: np.ndarray[tuple[int], np.dtype[np.float64]], share: float, type: int) -> float:
    n = len(x)
    if type <= 3:
        position = n * share - (0.5 if type == 3 else 0.0)
        below = int(np.floor(position + _FUZZ))
        rest = position - below > _FUZZ
        weight = {1: float(rest), 2: 1.0 if rest else 0.5, 3: float(rest or below % 2 == 1)}[type]
    else:
        a = {4: 0.0, 5: 0.5, 6: 0.0, 7: 1.0, 8: 1 / 3, 9: 3 / 8}[type]
        b = 1.0 if type == 4 else a
        position = a + share * (n + 1 - a - b)
        below = int(np.floor(position + _FUZZ))
        weight = position - below if abs(position - below) > _FUZZ else 0.0
    low, high = x[min(max(below, 1), n) - 1], x[min(max(below + 1, 1), n) - 1]
    return float(low if weight == 0 else high if weight == 1 else low + weight * (high - low))
