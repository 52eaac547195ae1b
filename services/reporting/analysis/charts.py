"""Which points of a count series lie beyond what chance explains? Shewhart charts for counts, and Laney's for overdispersed ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.reporting.analysis.answers import Chart, LaneyChart, RateChart
from services.reporting.analysis.series import beyond, equally_long, long_enough, not_all_zero
from shared.decider import Invalid

D2 = 1.128  # the mean range of two normal values, rounded as Laney (2002) has it
Floats = NDArray[np.float64]


def c_chart(counts: Sequence[int], exclude: Sequence[int] = ()) -> Chart:
    """Counts of like units: c̄ ± 3√c̄ (NIST/SEMATECH e-Handbook 6.3.3.1).

    `exclude` names points, from 1, that do not enter the mean because their cause is known; they are still judged.
    """
    _known("/exclude", exclude, len(counts))
    kept = [count for n, count in enumerate(counts, 1) if n not in set(exclude)]
    long_enough("/counts", kept, 2, "A c-chart without the excluded points")
    not_all_zero("/counts", kept, "there is no mean to hold them against")
    center = float(np.mean(kept))
    low, high = max(0.0, center - 3 * center**0.5), center + 3 * center**0.5
    return Chart(center, low, high, beyond(counts, [low] * len(counts), [high] * len(counts)))


def u_chart(counts: Sequence[int], exposure: Sequence[float], baseline: int | None = None) -> RateChart:
    """Counts per unit of exposure: ū ± 3√(ū/nᵢ) (Montgomery, Statistical Quality Control, 7.3).

    `exposure` is one for each point, or a single one for all; whole or not. The first `baseline` points alone make ū if that is given.
    """
    y, n = _exposed(counts, exposure)
    first = len(y) if baseline is None else baseline
    if first > len(y):
        raise Invalid("/baseline", f"There are only {len(y)} points. Name at most as many.")
    not_all_zero("/counts", tuple(y[:first]), "there is no rate to hold them against")
    center = float(y[:first].sum() / n[:first].sum())
    low, high = _limits(center, 3 * np.sqrt(center / n))
    return RateChart(center, low, high, beyond(tuple(y / n), low, high))


def laney_u(counts: Sequence[int], exposure: Sequence[float]) -> LaneyChart:
    """A u-chart whose limits are widened by what the points vary beyond Poisson (Laney, Quality Engineering 14, 2002).

    σz = mean moving range of zᵢ = (uᵢ − ū)/√(ū/nᵢ), over 1.128.
    """
    y, n = _exposed(counts, exposure)
    not_all_zero("/counts", tuple(y), "there is no rate to hold them against")
    center = float(y.sum() / n.sum())
    return _laney(y / n, center, np.sqrt(center / n))


def laney_p(counts: Sequence[int], exposure: Sequence[float]) -> LaneyChart:
    """The same for shares of `exposure` trials: zᵢ = (pᵢ − p̄)/√(p̄(1 − p̄)/nᵢ); no limit beyond 1."""
    y, n = _exposed(counts, exposure)
    if (over := np.flatnonzero(y > n)).size:
        raise Invalid(
            f"/counts/{over[0]}", "This is more than its exposure. A share counts some of the trials: send all trials as exposure."
        )
    not_all_zero("/counts", tuple(y), "there is no share to hold them against")
    center = float(y.sum() / n.sum())
    if center == 1:
        raise Invalid("/counts", "Every trial counts: a share of 1 everywhere has no spread. Send a series in which it varies.")
    return _laney(y / n, center, np.sqrt(center * (1 - center) / n), most=1.0)


def _laney(values: Floats, center: float, spread: Floats, most: float = np.inf) -> LaneyChart:
    long_enough("/counts", values.tolist(), 3, "A Laney chart")
    sigma = float(np.mean(np.abs(np.diff((values - center) / spread))) / D2)
    low, high = _limits(center, 3 * sigma * spread, most)
    return LaneyChart(center, sigma, low, high, beyond(tuple(values), low, high))


def _limits(center: float, width: Floats, most: float = np.inf) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(np.maximum(center - width, 0.0).tolist()), tuple(np.minimum(center + width, most).tolist())


def _exposed(counts: Sequence[int], exposure: Sequence[float]) -> tuple[Floats, Floats]:
    """Counts and what each is out of, as floats."""
    long_enough("/counts", counts, 2, "A chart")
    if len(exposure) > 1:
        equally_long("/exposure", exposure, "counts", counts)
    return np.array(counts, float), np.resize(np.array(exposure, float), len(counts))


def _known(at: str, points: Sequence[int], length: int) -> None:
    for place, point in enumerate(points):
        if point > length:
            raise Invalid(f"{at}/{place}", f"There is no point {point}: the series has {length}, counted from 1.")
