"""Where is a monthly series going? Its growth, whether the year repeats itself, and the next twelve months with measured coverage.

Growth: a log-linear model with overdispersion, and the season where that is proven (McCullagh & Nelder, 1989). Projection: of four simple
models the one with the least error when it had to look ahead from earlier months (rolling origin; Hyndman & Athanasopoulos, Forecasting,
5.10). Its intervals come from those errors; how many of the later ones lie within is measured, not claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import special

from services.reporting.analysis.loglinear import Floats, fit, harmonics
from services.reporting.analysis.seasonal import MONTHS_TO_SHOW, MONTHS_TO_TEST, seasonal_index, seasonality_test

AHEAD = 12
NOMINAL = 0.9
SIGNIFICANT = 0.05
LEAST_TO_LEARN = 24


@dataclass(frozen=True, slots=True)
class Growth:
    """Per year, as a factor less one, with limits at 95 %."""

    per_year: float | None
    low: float | None
    high: float | None
    p: float | None
    shown: bool
    why: str


@dataclass(frozen=True, slots=True)
class Season:
    shown: bool
    why: str
    index: tuple[float, ...] | None
    lr: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Projected:
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Projection:
    """`errors`: each model's mean absolute error looking one to twelve months ahead; none where no month can be predicted."""

    model: str | None
    why: str
    coverage_nominal: float
    coverage_measured: float | None
    errors: Mapping[str, float]
    months: tuple[Projected, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    growth: Growth
    seasonal: Season
    projection: Projection


def outlook(counts: Sequence[int], start: int, projected: bool = True) -> Outlook:
    """`counts` are complete months without a gap, `start` the calendar month of the first. Says why where there is nothing to say."""
    season = _season(counts, start)
    y = np.array(counts, float)
    return Outlook(_growth(y, start, season.shown), season, _projection(y) if projected else _nothing("not asked"))


def _season(counts: Sequence[int], start: int) -> Season:
    if len(counts) < MONTHS_TO_TEST:
        return Season(False, f"{len(counts)} complete months in a row; a season is tested from {MONTHS_TO_TEST} on.", None, None, None)
    if not any(counts):
        return Season(False, "Nothing came in these months.", None, None, None)
    test = seasonality_test(counts, start)
    if len(counts) < MONTHS_TO_SHOW:
        why = f"{len(counts)} complete months in a row; an index is shown from {MONTHS_TO_SHOW} on, since fewer are an index of two Januaries."
        return Season(False, why, None, test.lr, test.p)
    if not test.seasonal:
        return Season(False, f"No seasonality shown (p = {test.p:.3f}).", None, test.lr, test.p)
    index = seasonal_index(counts, 12, start).index
    return Season(True, f"The year repeats itself (p = {test.p:.2g}).", tuple(round(value, 1) for value in index), test.lr, test.p)


def _growth(y: Floats, start: int, seasonal: bool) -> Growth:
    if len(y) < LEAST_TO_LEARN:
        return Growth(None, None, None, None, False, f"{len(y)} complete months in a row; growth is told from {LEAST_TO_LEARN} on.")
    months = np.arange(len(y))
    columns = [np.ones(len(y)), (months - months.mean()) / 12]
    design = np.column_stack([*columns, harmonics(months + start - 1)]) if seasonal else np.column_stack(columns)
    found = fit(design, y)
    if found is None or not found.converged or not y.any():
        return Growth(None, None, None, None, False, "Too little came to tell growth from chance.")
    slope, error = float(found.coefficients[1]), float((found.dispersion * found.covariance[1, 1]) ** 0.5)
    p = float(2 * special.ndtr(-abs(slope / error)))
    reach = float(special.ndtri(0.975)) * error
    low, high = float(np.expm1(slope - reach)), float(np.expm1(slope + reach))
    shown = p < SIGNIFICANT
    return Growth(float(np.expm1(slope)), low, high, p, shown, "" if shown else f"No growth or decline shown (p = {p:.3f}).")


def _mean_of_year(past: Floats) -> Floats:
    return np.full(AHEAD, past[-12:].mean())


def _year_before(past: Floats) -> Floats:
    return past[-12:].copy()


def _mean_with_season(past: Floats) -> Floats:
    years = past[len(past) % 12 :].reshape(-1, 12)
    shares: Floats = (years.sum(0) + 0.5) / (years.sum() + 6)
    ahead: Floats = shares * 12 * past[-12:].mean()
    return ahead


def _mean_with_growth(past: Floats) -> Floats:
    last, before = past[-12:].mean(), past[-24:-12].mean()
    step = np.clip((last + 0.5) / (before + 0.5), 0.5, 2.0)
    ahead: Floats = last * step ** ((np.arange(AHEAD) + 6.5) / 12)
    return ahead


MODELS: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "mean_of_last_12": _mean_of_year,
        "same_month_last_year": _year_before,
        "mean_with_season": _mean_with_season,
        "mean_with_growth": _mean_with_growth,
    }
)


def _projection(y: Floats) -> Projection:
    if len(y) < LEAST_TO_LEARN + 6:
        return _nothing(
            f"{len(y)} complete months in a row; a projection needs {LEAST_TO_LEARN + 6}, to be tried on months that have come."
        )
    if not y.any():
        return _nothing("Nothing came in these months.")
    origins = range(LEAST_TO_LEARN, len(y))
    looked = {name: [(model(y[:origin]), y[origin : origin + AHEAD]) for origin in origins] for name, model in MODELS.items()}
    errors = {
        name: float(np.mean(np.concatenate([np.abs(came - told[: len(came)]) for told, came in found]))) for name, found in looked.items()
    }
    best = min(errors, key=lambda name: errors[name])
    scaled = [np.abs(came - told[: len(came)]) / np.sqrt(told[: len(came)] + 1) for told, came in looked[best]]
    half = max(1, len(scaled) // 2)
    learned = float(np.quantile(np.concatenate(scaled[:half]), NOMINAL))
    measured = float((np.concatenate(scaled[half:]) <= learned).mean()) if len(scaled) > half else None
    width = float(np.quantile(np.concatenate(scaled), NOMINAL))
    ahead = MODELS[best](y)
    months = tuple(
        Projected(float(mean), float(max(0.0, mean - width * np.sqrt(mean + 1))), float(mean + width * np.sqrt(mean + 1))) for mean in ahead
    )
    return Projection(best, "", NOMINAL, measured, errors, months)


def _nothing(why: str) -> Projection:
    return Projection(None, why, NOMINAL, None, {}, ())
