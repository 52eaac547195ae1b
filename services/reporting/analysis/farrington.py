"""Is this point higher than the same season of past years allows? The outbreak detectors of public health, as they are published.

Farrington, Andrews, Beale, Catchpole, J. R. Statist. Soc. A 159 (1996) 547; Noufaily and others, Statistics in Medicine 32 (2013) 1206;
Salmon, Schumacher, Höhle, J. Stat. Software 70 (2016) 10. Names and edge cases as R's `surveillance` documents them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from services.reporting.analysis import answers
from services.reporting.analysis.baseline import enough, judged, parts, windows
from services.reporting.analysis.counting import quantile
from services.reporting.analysis.loglinear import Fit, Floats, anscombe, downweighted, fit
from shared.decider import Invalid

Power = Literal["two_thirds", "half", "none"]
Threshold = Literal["nb_plugin", "muan", "delta"]
TREND_P = 0.05
TREND_YEARS = 3


@dataclass(frozen=True, slots=True)
class Expected:
    """The model's word on one point: linear predictor, its variance without dispersion, and the dispersions of counts and prediction."""

    predictor: float
    variance: float
    dispersion: float
    of_prediction: float
    trend: bool

    @property
    def mean(self) -> float:
        return float(np.exp(self.predictor))


def farrington(
    counts: Sequence[int], range: tuple[int, int], frequency: int, years_back: int, window: int, alpha: float,
    trend: bool = True, reweight: bool = True, power: Power = "two_thirds", limit: tuple[int, int] = (5, 4),
) -> answers.Farrington:  # fmt: skip
    """The method of 1996. `range` names the points to judge, from 1, both ends in; `frequency` points make a year.

    Baseline: the points within `window` of the same season in each of `years_back` years. `alpha` is two-sided. `limit`: fewer than so
    many cases in so many points, the judged one included, are not judged.
    """
    y = np.array(counts, float)
    found: list[tuple[float | None, float | None, bool | None]] = []
    points = judged(counts, range, frequency, years_back, window)
    for k in points:
        base = windows(k, frequency, years_back, window)
        model = _model(y, base, k, np.ones((len(base), 1)), 1.0 if reweight else None, TREND_P if trend else None, years_back)
        if model is None:
            found.append((None, None, None))
            continue
        error = model.mean * (model.dispersion * model.variance) ** 0.5
        upper = transformed_bound(model.mean, error, model.dispersion, 1 - alpha / 2, power)
        found.append((model.mean, upper if enough(y, k, limit) and _sound(upper, y[:k]) else None, model.trend))
    expected, bound, kept = zip(*found, strict=True)
    return answers.Farrington(expected, bound, kept, _alarms(y, points, bound))


def farrington_flexible(
    counts: Sequence[int], range: tuple[int, int], frequency: int, years_back: int, window: int, alpha: float,
    trend: bool = True, reweight: bool = True, power: Power = "two_thirds", limit: tuple[int, int] = (5, 4),
    periods: int = 1, recent_excluded: int | None = None, threshold: Threshold = "nb_plugin", weights_threshold: float = 2.58,
) -> answers.FarringtonFlexible:  # fmt: skip
    """The improved method of 2013. With more than one of `periods` all past points count, with a factor for the part of the year.

    The latest `recent_excluded` points (default: `window`) stay out of the baseline. `alpha` is one-sided. The trend stays unless it
    would extrapolate beyond the largest baseline count or there are fewer than three years.
    """
    y = np.array(counts, float)
    points = judged(counts, range, frequency, years_back, window)
    if frequency - 2 * window - 1 < periods - 1:
        raise Invalid("/periods", f"Outside the windows a year has {frequency - 2 * window - 1} points. Use fewer periods.")
    left_out = window if recent_excluded is None else recent_excluded
    found: list[tuple[float | None, float | None, float | None]] = []
    for k in points:
        base, part = parts(k, frequency, years_back, window, periods, left_out)
        levels = np.unique(part[part < periods])
        design = np.column_stack([np.ones(len(base)), *((part == level).astype(float) for level in levels)])
        usable = enough(y, k, limit) and bool((part == periods).any())
        model = _model(y, base, k, design, weights_threshold if reweight else None, 1.0 if trend else None, years_back) if usable else None
        if model is None:
            found.append((None, None, None))
            continue
        error = (model.of_prediction * model.variance) ** 0.5
        if threshold == "delta":
            upper = transformed_bound(model.mean, model.mean * error, model.dispersion, 1 - alpha, power)
        else:
            upper = counted_bound(model.predictor, error, model.dispersion, 1 - alpha, threshold)
        found.append((model.mean, upper if _sound(upper, y[:k]) else None, model.dispersion))
    expected, bound, dispersion = zip(*found, strict=True)
    return answers.FarringtonFlexible(expected, bound, dispersion, _alarms(y, points, bound))


def transformed_bound(mean: float, error: float, dispersion: float, level: float, power: Power) -> float:
    """Quantile of a count whose power is taken as normal; `error` is the standard error of the mean (1996, 3.7)."""
    z = float(special.ndtri(level))
    tau = dispersion + error**2 / mean
    match power:
        case "none":
            upper = mean + z * (mean * tau) ** 0.5
        case "half":
            upper = (mean**0.5 + z * (tau / 4) ** 0.5) ** 2
        case "two_thirds":
            upper = (mean ** (2 / 3) + z * (4 / 9 * mean ** (1 / 3) * tau) ** 0.5) ** 1.5
    return float(upper)


def counted_bound(predictor: float, error: float, dispersion: float, level: float, threshold: Threshold) -> int:
    """Quantile of a negative binomial count about the estimated mean, or about that quantile of the mean (`muan`)."""
    shift = float(special.ndtri(level)) * error if threshold == "muan" else 0.0
    return quantile(level, float(np.exp(min(predictor + shift, 30.0))), dispersion)


def _model(
    y: Floats, base: np.typing.NDArray[np.int64], k: int, design: Floats, threshold: float | None, trend_p: float | None, years_back: int
) -> Expected | None:
    """The model of the baseline at point `k`; none where the baseline is empty or no fit settles. `trend_p`: the trend stays below it."""
    counts = y[base - 1]
    now = np.eye(1, design.shape[1])[0]
    if not counts.any():
        return None
    if trend_p is not None and years_back >= TREND_YEARS:
        timed = _fitted(np.column_stack([design, base]), counts, threshold)
        if timed is not None:
            fitted, of_prediction = timed
            predictor, variance = fitted.at(np.append(now, k))
            if _trend_stays(fitted, trend_p) and np.exp(min(predictor, 30.0)) <= counts.max():
                return Expected(predictor, variance, fitted.dispersion, of_prediction, True)
    plain = _fitted(design, counts, threshold)
    if plain is None:
        return None
    fitted, of_prediction = plain
    return Expected(*fitted.at(now), fitted.dispersion, of_prediction, False)


def _fitted(design: Floats, counts: Floats, threshold: float | None) -> tuple[Fit, float] | None:
    """The model, reweighted where a threshold is given, and the dispersion that R's prediction takes for it.

    R's flexible method keeps the reweighting weights where the working weights were, so its prediction's dispersion is another than φ.
    """
    if len(counts) <= design.shape[1]:
        return None
    first = fit(design, counts)
    if first is None or not first.converged:
        return None
    if threshold is None:
        return first, first.pearson
    weights = downweighted(anscombe(counts, first), threshold)
    second = fit(design, counts, weights)
    if second is None or not second.converged:
        return None
    return second, float((weights * (counts / second.means - 1) ** 2).sum() / second.df)


def _trend_stays(fitted: Fit, level: float) -> bool:
    """Whether the trend's t test is below the level; at a level of 1 it always is."""
    error = (fitted.pearson * fitted.covariance[-1, -1]) ** 0.5
    slope = abs(float(fitted.coefficients[-1]))
    return level >= 1 or slope > -float(special.stdtrit(fitted.df, level / 2)) * error


def _sound(upper: float, seen: Floats) -> bool:
    """A bound far beyond everything seen comes from a fit that has run away, not from the data."""
    return upper <= 10 * float(seen.max()) + 10


def _alarms(y: Floats, points: Sequence[int], bound: Sequence[float | None]) -> tuple[bool | None, ...]:
    return tuple(None if upper is None else bool(y[k - 1] > upper) for k, upper in zip(points, bound, strict=True))
