"""Did this month bring more than its own past explains? The rule behind trend signals (RP-2): one verdict on the last month of each series.

Lean model where there are three years of it: a year's harmonic, a trend only if it shows, past outbreaks made light of, the uncertainty
of the fit carried into the tail. Gamma–Poisson where the past is sparse or short. Benjamini–Hochberg over all series of the month,
and a floor below which nothing is worth a signal. Drift has a rule of its own: `drifting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

import numpy as np

from services.reporting.analysis.answers import Judgement, Judgements, SignalMethod, SignalReason
from services.reporting.analysis.counting import at_least, quantile
from services.reporting.analysis.loglinear import Fit, Floats, anscombe, downweighted, fit, harmonics
from services.reporting.analysis.series import equally_long, long_enough
from services.reporting.analysis.several import adjust_p

LEAST_MONTHS = 4  # three to learn from and the one to judge
FULL_MONTHS = 36  # a season is told from three years on
SPARSE_TOTAL, SPARSE_MONTHS = 10, 5
OUTBREAK = 2.58
TREND_SHOWS = 1.96
_NODES, _SHARES = np.polynomial.hermite.hermgauss(15)
NODES, SHARES = np.sqrt(2) * _NODES, _SHARES / np.sqrt(np.pi)  # for the mean over a standard normal value


class Series(TypedDict):
    """Monthly counts, complete, the last to be judged. `left_out` are months, from 1, with a known cause: no baseline for others."""

    key: str
    counts: Sequence[int]
    exposure: NotRequired[Sequence[float] | None]
    left_out: NotRequired[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Past:
    """What a series offers to be judged by: its baseline in time order, and the month in question."""

    counts: Floats
    exposure: Floats
    months: np.typing.NDArray[np.int64]  # since the January before the series began
    observed: int
    observed_exposure: float
    month: int

    @property
    def sparse(self) -> bool:
        return bool(self.counts.sum() < SPARSE_TOTAL or (self.counts > 0).sum() < SPARSE_MONTHS)

    @property
    def scatter(self) -> tuple[float, int]:
        """Pearson's χ² about one constant rate, and its degrees of freedom."""
        means = self.exposure * self.counts.sum() / self.exposure.sum()
        return float(((self.counts - means) ** 2 / means).sum()), len(means) - 1


@dataclass(frozen=True, slots=True)
class _Predicted:
    """A distribution of the month's count: one mean, or several with the share each has."""

    method: SignalMethod
    expected: float
    means: Floats
    shares: Floats
    dispersion: float

    def p(self, observed: int) -> float:
        return float(min(1.0, (self.shares * at_least(observed, self.means, self.dispersion)).sum()))

    def bound(self, level: float) -> int:
        return quantile(level, self.means, self.dispersion, self.shares)


def trend_signal(
    series: Sequence[Series], start: int, alpha: float = 0.05, adjust: Literal["bh", "by", "none"] = "bh",
    min_count: int = 3, min_ratio: float = 1.5, baseline_months: int = 48,
) -> Judgements:  # fmt: skip
    """Judges the last month of every series against up to `baseline_months` before it; `start` is the calendar month of each first count.

    `p` is the chance of so many or more, `q` the same adjusted over all series sent. A signal needs q ≤ alpha, at least `min_count` and
    at least `min_ratio` times what was expected. `bound` is the quantile 1 − alpha of that one series.
    """
    pasts = [past_of(one, f"/series/{n}", start, baseline_months) for n, one in enumerate(series)]
    short = [past.scatter for past in pasts if len(past.counts) < FULL_MONTHS and not past.sparse]
    pooled = _dispersion(sum(chi2 for chi2, _ in short), sum(df for _, df in short))
    predicted = [_predicted(past, pooled, 1 - alpha) for past in pasts]
    p = [one.p(past.observed) for one, past in zip(predicted, pasts, strict=True)]
    q = p if adjust == "none" else adjust_p(p, adjust, alpha).adjusted
    told = []
    for one, given, past, own, adjusted in zip(predicted, series, pasts, p, q, strict=True):
        reason = _reason(past.observed, one.expected, adjusted <= alpha, min_count, min_ratio)
        told.append(
            Judgement(given["key"], one.method, one.expected, one.bound(1 - alpha), own, adjusted, reason == "beyond_bound", reason)
        )
    return Judgements(tuple(told))


def past_of(one: Series, at: str, start: int, baseline_months: int) -> Past:
    """What the series offers; refuses one that is too short."""
    counts, exposure = one["counts"], one.get("exposure")
    long_enough(f"{at}/counts", counts, LEAST_MONTHS, "A trend signal")
    if exposure is not None:
        equally_long(f"{at}/exposure", exposure, "counts", counts)
    units = np.ones(len(counts)) if exposure is None else np.array(exposure, float)
    left_out = set(one.get("left_out", ()))
    kept = [n for n in range(max(0, len(counts) - 1 - baseline_months), len(counts) - 1) if n + 1 not in left_out]
    long_enough(f"{at}/counts", kept, LEAST_MONTHS - 1, "The baseline of a trend signal")
    chosen, y = np.array(kept), np.array(counts, float)
    last = len(counts) - 1
    return Past(y[chosen], units[chosen], chosen + start - 1, counts[-1], float(units[-1]), last + start - 1)


def _predicted(past: Past, pooled: float, level: float) -> _Predicted:
    if past.sparse:
        return _gamma_poisson(past, 1.0)
    if len(past.counts) < FULL_MONTHS:
        return _gamma_poisson(past, pooled)
    found = _lean(past)
    if found is None or found.bound(level) > 10 * max(past.counts.max(), past.observed) + 10:
        return _gamma_poisson(past, _dispersion(*past.scatter))
    return found


def _lean(past: Past) -> _Predicted | None:
    """None where no fit settles."""
    design = np.column_stack([np.ones(len(past.months)), harmonics(past.months)])
    now = np.append(1.0, harmonics(np.array([past.month]))[0])
    years = (past.months - past.month) / 12
    timed = reweighted(np.column_stack([design, years]), past)
    if timed is not None:
        error = (timed.dispersion * timed.covariance[-1, -1]) ** 0.5
        if abs(timed.coefficients[-1]) > TREND_SHOWS * error:
            return _integrated(timed.at(np.append(now, 0.0)), timed.dispersion, past.observed_exposure)
    plain = reweighted(design, past)
    return None if plain is None else _integrated(plain.at(now), plain.dispersion, past.observed_exposure)


def reweighted(design: Floats, past: Past) -> Fit | None:
    """The model of what came, with past outbreaks made light of; none where no fit settles."""
    offset = np.log(past.exposure)
    first = fit(design, past.counts, offset=offset)
    if first is None or not first.converged:
        return None
    second = fit(design, past.counts, downweighted(anscombe(past.counts, first), OUTBREAK), offset)
    return second if second is not None and second.converged else None


def _integrated(at: tuple[float, float], dispersion: float, exposure: float) -> _Predicted:
    """The count about a mean that is itself only known with the error of the fit."""
    predictor, variance = at
    expected = float(np.exp(min(predictor, 30.0)) * exposure)
    means = expected * np.exp(np.clip((dispersion * variance) ** 0.5 * NODES, -30.0, 30.0))
    return _Predicted("lean", expected, means, SHARES, dispersion)


def _gamma_poisson(past: Past, dispersion: float) -> _Predicted:
    """As `rates.gamma_poisson`; overdispersion widens both the count and what is known of its mean, in the first two moments."""
    per = past.observed_exposure / float(past.exposure.sum())
    mean = (float(past.counts.sum()) + 0.5) * per
    return _Predicted("gamma_poisson", mean, np.array([mean]), np.ones(1), dispersion * (1 + per))


def _dispersion(chi2: float, df: int) -> float:
    return max(1.0, chi2 / df) if df else 1.0


def _reason(observed: int, expected: float, significant: bool, min_count: int, min_ratio: float) -> SignalReason:
    if not significant:
        return "not_significant"
    if observed < min_count:
        return "below_min_count"
    return "beyond_bound" if observed >= min_ratio * expected else "below_min_ratio"
