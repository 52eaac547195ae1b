"""Did this month bring more than its own past explains? The rule behind trend signals (RP-2): one verdict on the last month of each series.

Lean model where there are three years of it: a year's harmonic, a trend only if it shows, past outbreaks made light of, the uncertainty
of the fit carried into the tail. Gamma–Poisson where the past is sparse or short. Benjamini–Hochberg over all series of the month,
and a floor below which nothing is worth a signal. Drift has a rule of its own: `drifting`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.reporting.analysis.answers import Judgement, Judgements, SignalMethod, SignalReason
from services.reporting.analysis.counting import at_least, at_most, quantiles
from services.reporting.analysis.discovery import Adjust, discovered
from services.reporting.analysis.loglinear import Fits, Floats, Places, Truths, harmonics
from services.reporting.analysis.pasts import Pasts, Series, pasts_of, reweighted, with_trend

FULL_MONTHS = 36  # a season is told from three years on
_NODES, _SHARES = np.polynomial.hermite.hermgauss(15)
NODES, SHARES = np.sqrt(2) * _NODES, _SHARES / np.sqrt(np.pi)  # for the mean over a standard normal value


@dataclass(frozen=True, slots=True)
class _Predicted:
    """Distributions of the month's count, a row a series: one mean each, or several with the share each has."""

    method: SignalMethod
    past: Pasts
    expected: Floats
    means: Floats
    shares: Floats
    dispersion: Floats

    def p(self) -> Floats:
        counts, dispersion = self.past.observed[:, None], self.dispersion[:, None]
        chance: Floats = (self.shares * at_least(counts, self.means, dispersion)).sum(1)
        return np.minimum(1.0, chance)

    def within(self, counts: Floats, level: float) -> Truths:
        """Whether the quantile is no more than that."""
        found: Truths = (self.shares * at_most(counts[:, None], self.means, self.dispersion[:, None])).sum(1) >= level
        return found

    def of(self, rows: Truths) -> _Predicted:
        chosen = (self.expected[rows], self.means[rows])
        return _Predicted(self.method, self.past.of(rows), *chosen, self.shares, self.dispersion[rows])


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One on each of the series, in the order they were sent."""

    predicted: Sequence[_Predicted]
    observed: Floats
    expected: Floats
    p: Floats
    q: Floats
    significant: Truths
    level: float

    def beyond(self, min_count: int, min_ratio: float) -> Truths:
        """Which are signals."""
        found: Truths = self.significant & (self.observed >= min_count) & (self.observed >= min_ratio * self.expected)
        return found

    def reason(self, place: int, min_count: int, min_ratio: float) -> SignalReason:
        """Why one is a signal, or why not."""
        if not self.significant[place]:
            return "not_significant"
        if self.observed[place] < min_count:
            return "below_min_count"
        return "beyond_bound" if self.observed[place] >= min_ratio * self.expected[place] else "below_min_ratio"

    def chances(self, place: int) -> tuple[float, float]:
        """p and q."""
        return float(self.p[place]), float(self.q[place])

    def bounds(self, wanted: Truths) -> dict[int, tuple[SignalMethod, int]]:
        """By which method these places were judged, and the quantile of each; finding it is most of the work."""
        found: dict[int, tuple[SignalMethod, int]] = {}
        for all_of_them in self.predicted:
            one = all_of_them.of(wanted[all_of_them.past.places])
            counts = quantiles(self.level, one.means, one.dispersion, one.shares)
            found |= {int(place): (one.method, int(count)) for place, count in zip(one.past.places, counts, strict=True)}
        return found


def trend_signal(
    series: Sequence[Series], start: int, alpha: float = 0.05, adjust: Adjust = "bh",
    min_count: int = 3, min_ratio: float = 1.5, baseline_months: int = 48,
) -> Judgements:  # fmt: skip
    """Judges the last month of every series against up to `baseline_months` before it; `start` is the calendar month of each first count.

    `p` is the chance of so many or more, `q` the same adjusted over all series sent. A signal needs q ≤ alpha, at least `min_count` and
    at least `min_ratio` times what was expected. `bound` is the quantile 1 − alpha of that one series.
    """
    found = verdicts(pasts_of(series, start, baseline_months), alpha, adjust)
    bounds = found.bounds(np.ones(len(series), bool))
    told = []
    for n, given in enumerate(series):
        figures = (bounds[n][0], float(found.expected[n]), bounds[n][1], *found.chances(n))
        reason = found.reason(n, min_count, min_ratio)
        told.append(Judgement(given["key"], *figures, reason == "beyond_bound", reason))
    return Judgements(tuple(told))


def verdicts(pasts: Sequence[Pasts], alpha: float, adjust: Adjust) -> Verdicts:
    """What the pasts let one expect, and how unlikely what came was, over all of them."""
    scatters = [(past, *past.scatter()) for past in pasts if len(past.months) < FULL_MONTHS]
    chi2 = sum(float(of_each[~past.sparse].sum()) for past, of_each, _ in scatters)
    pooled = _dispersion(chi2, sum(df * int((~past.sparse).sum()) for past, _, df in scatters))
    predicted = [one for past in pasts for one in _predicted(past, pooled, 1 - alpha) if len(one.expected)]
    observed, expected, p = (np.empty(sum(len(past.places) for past in pasts)) for _ in range(3))
    for one in predicted:
        observed[one.past.places], expected[one.past.places], p[one.past.places] = one.past.observed, one.expected, one.p()
    q = discovered(p, adjust)
    return Verdicts(predicted, observed, expected, p, q, q <= alpha, 1 - alpha)


def _predicted(past: Pasts, pooled: float, level: float) -> Iterator[_Predicted]:
    sparse = past.sparse
    if len(past.months) < FULL_MONTHS:
        yield _gamma_poisson(past, np.where(sparse, 1.0, pooled))
        return
    yield _gamma_poisson(past.of(sparse), np.ones(int(sparse.sum())))
    full = past.of(~sparse)
    settled = np.zeros(len(full.places), bool)
    for rows, found in _lean(full):
        sound = found.within(10 * np.maximum(found.past.counts.max(1), found.past.observed) + 10, level)
        settled[rows[sound]] = True
        yield found.of(sound)
    rest = full.of(~settled)
    chi2, df = rest.scatter()
    yield _gamma_poisson(rest, np.maximum(1.0, chi2 / df))


def _lean(past: Pasts) -> Iterator[tuple[Places, _Predicted]]:
    """The rows for which a fit settles: with a trend where that shows, without one elsewhere."""
    design = np.column_stack([np.ones(len(past.months)), harmonics(past.months)])
    now = np.append(1.0, harmonics(np.array([past.month]))[0])
    years = (past.months - past.month) / 12
    rows, timed = with_trend(np.column_stack([design, years]), past)
    yield rows, _integrated(past.of(rows), timed, np.append(now, 0.0))
    flat = np.setdiff1d(np.arange(len(past.places)), rows)
    settled, plain = reweighted(design, past.of(flat))
    yield flat[settled], _integrated(past.of(flat[settled]), plain, now)


def _integrated(past: Pasts, fitted: Fits, now: Floats) -> _Predicted:
    """The count about a mean that is itself only known with the error of the fit."""
    predictor, variance = (one[:, 0] for one in fitted.at(now[None]))
    expected = np.exp(np.minimum(predictor, 30.0)) * past.observed_exposure
    error = np.sqrt(fitted.dispersion * variance)
    means = expected[:, None] * np.exp(np.clip(error[:, None] * NODES, -30.0, 30.0))
    return _Predicted("lean", past, expected, means, SHARES, fitted.dispersion)


def _gamma_poisson(past: Pasts, dispersion: Floats) -> _Predicted:
    """As `rates.gamma_poisson`; overdispersion widens both the count and what is known of its mean, in the first two moments."""
    per = past.observed_exposure / past.exposure.sum(1)
    mean = (past.counts.sum(1) + 0.5) * per
    return _Predicted("gamma_poisson", past, mean, mean[:, None], np.ones(1), dispersion * (1 + per))


def _dispersion(chi2: float, df: int) -> float:
    return max(1.0, chi2 / df) if df else 1.0
