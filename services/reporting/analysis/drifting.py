"""Has a level crept up over the last year, month by month too little to be seen? The rule behind drift signals (research C1, 3).

A year's months are held against the months before that year: the model of `signals`, looking ahead, with the uncertainty of its fit.
Each month adds ln(likelihood had the rate risen, against had it not) to a sum that never falls below nothing
(Lucas, Technometrics 27, 1985; Rossi and others, Statistics in Medicine 18, 1999). A sum of S is reached without cause in at most
exp(−S) of all months (Lorden, Annals of Mathematical Statistics 42, 1971): that is `p`, and over all series judged together `q`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.reporting.analysis.answers import Drift, Drifts
from services.reporting.analysis.counting import NEARLY
from services.reporting.analysis.loglinear import Fits, Floats, Places, Truths, harmonics
from services.reporting.analysis.pasts import Pasts, Series, pasts_of, reweighted, with_trend
from services.reporting.analysis.signals import NODES, SHARES

WATCHED = 12  # months, the judged one among them
LEAST_REFERENCE = 24  # months before those
MIDDLE = len(NODES) // 2
SHORT = f"A drift needs {LEAST_REFERENCE} months before the last {WATCHED}."
SPARSE = "Too few complaints to tell a drift."
NO_MORE = "The last year brought no more than the months before it."
UNSETTLED = "No model settles on the months before the last year."


@dataclass(frozen=True, slots=True)
class _Watched:
    """Series of the same months: the sums after each month of the year, for each value the level may have, and what the last month adds."""

    places: Places  # among the series sent, from 0
    lengths: Places
    sums: Floats  # series, months, values
    expected: Floats  # of the last month
    dispersion: Floats
    ago: Places  # how long before the last month

    def p(self, n: int) -> Floats:
        chance: Floats = np.exp(-self.sums[:, n]) @ SHARES
        return chance

    def p_with(self, row: int, count: int, ratio: float) -> float:
        """Had the last month brought so many."""
        before = self.sums[row, -2] if self.sums.shape[1] > 1 else np.zeros(len(NODES))
        now = before + _added(np.array([count]), self.expected[row][None], ratio, self.dispersion[row : row + 1])[0]
        return float(SHARES @ np.exp(-np.maximum(0.0, now)))

    def speaks(self, n: int, level: float) -> Truths:
        """One month alone is no drift, however much it brought."""
        return (self.p(n) <= level) & (self.first(n) < n) if n >= 0 else np.zeros(len(self.places), bool)

    def first(self, n: int) -> Places:
        """The month after the sum was last nothing; beyond `n` while it is nothing."""
        nothing = self.sums[:, : n + 1, MIDDLE] == 0
        found: Places = np.where(nothing.any(1), n + 1 - nothing[:, ::-1].argmax(1), 0)
        return found


@dataclass(frozen=True, slots=True)
class Drifting:
    """What was found of the series: sums of those that were watched, and why the others were not."""

    watched: Sequence[_Watched]
    unwatched: dict[int, str]
    ratio: float
    alpha: float
    family: int

    @property
    def level(self) -> float:
        return self.alpha / max(1, self.family)

    def speak(self) -> Iterator[tuple[_Watched, int, int]]:
        """The series that have drifted by their last month, and had not by the one before: which of the watched, and place among all."""
        for one in self.watched:
            last = one.sums.shape[1] - 1
            for row in np.flatnonzero(one.speaks(last, self.level) & ~one.speaks(last - 1, self.level)):
                yield one, int(row), int(one.places[row])

    def told(self, one: _Watched, row: int) -> tuple[float, int, float, float, int | None]:
        """Expected, bound, p, q and since when, of one of the watched."""
        last = one.sums.shape[1] - 1
        p, first = float(one.p(last)[row]), int(one.first(last)[row])
        since = int(one.lengths[row] - one.ago[first]) if first <= last else None
        return float(one.expected[row, MIDDLE]), self._bound(one, row), p, min(1.0, p * self.family), since

    def _bound(self, one: _Watched, row: int) -> int:
        low, high = 0, 1
        while one.p_with(row, high, self.ratio) > self.level:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if one.p_with(row, middle, self.ratio) > self.level else (low, middle)
        return low


def drift_signal(series: Sequence[Series], start: int, ratio: float = 1.5, alpha: float = 0.005, baseline_months: int = 48) -> Drifts:
    """Which series have drifted by their last month, and had not by the one before? `ratio` is the rise that is looked for, `alpha` the
    months in which any of the series may speak without cause.
    """
    found = drifting(pasts_of(series, start, baseline_months), ratio, alpha)
    speak = {place for _, _, place in found.speak()}
    answers = {place: Drift(series[place]["key"], None, None, None, None, None, False, why) for place, why in found.unwatched.items()}
    for one in found.watched:
        for row, place in enumerate(one.places.tolist()):
            answers[place] = Drift(series[place]["key"], *found.told(one, row), place in speak, "")
    return Drifts(tuple(answers[n] for n in range(len(series))))


def drifting(pasts: Sequence[Pasts], ratio: float, alpha: float) -> Drifting:
    """The sums of all the series, or why there are none."""
    unwatched: dict[int, str] = {}
    watched = [one for past in pasts for one in _watched(past, ratio, unwatched)]
    family = sum(len(one.places) for one in watched) + sum(why == NO_MORE for why in unwatched.values())
    return Drifting(watched, unwatched, ratio, alpha, family)


def _watched(past: Pasts, ratio: float, unwatched: dict[int, str]) -> Iterator[_Watched]:
    year = past.months > past.month - WATCHED
    reference = replace(past, counts=past.counts[:, ~year], exposure=past.exposure[:, ~year], months=past.months[~year])
    months = np.append(past.months[year], past.month)
    counts = np.column_stack([past.counts[:, year], past.observed])
    exposure = np.column_stack([past.exposure[:, year], past.observed_exposure])
    if len(reference.months) < LEAST_REFERENCE:
        unwatched |= dict.fromkeys(past.places.tolist(), SHORT)
        return
    sparse = reference.sparse
    more = counts.sum(1) * reference.exposure.sum(1) > reference.counts.sum(1) * exposure.sum(1)
    for rows, why in ((sparse, SPARSE), (~sparse & ~more, NO_MORE), (~sparse & more, UNSETTLED)):
        unwatched |= dict.fromkeys(past.places[rows].tolist(), why)
    asked = np.flatnonzero(~sparse & more)
    for settled, fitted, design in _ahead(reference.of(asked), months, past.month):
        rows = asked[settled]
        predictor, variance = fitted.at(design)
        error = np.sqrt(fitted.dispersion[:, None] * variance)
        means = np.exp(np.clip(predictor[:, :, None] + error[:, :, None] * NODES, -30.0, 30.0)) * exposure[rows][:, :, None]
        sums = _summed(counts[rows], means, ratio, fitted.dispersion)
        for place in past.places[rows].tolist():
            del unwatched[place]
        yield _Watched(past.places[rows], past.lengths[rows], sums, means[:, -1], fitted.dispersion, past.month - months)


def _summed(counts: Floats, means: Floats, ratio: float, dispersion: Floats) -> Floats:
    sums = np.zeros(means.shape)
    before = np.zeros((len(means), len(NODES)))
    for n in range(means.shape[1]):
        before = sums[:, n] = np.maximum(0.0, before + _added(counts[:, n], means[:, n], ratio, dispersion))
    return sums


def _ahead(reference: Pasts, months: np.typing.NDArray[np.int64], now: int) -> Iterator[tuple[Places, Fits, Floats]]:
    """The models of the months before, and their design for these: with a trend where that shows, so that known growth is no drift."""
    flat = np.column_stack([np.ones(len(reference.months)), harmonics(reference.months)])
    ahead = np.column_stack([np.ones(len(months)), harmonics(months)])
    rows, timed = with_trend(np.column_stack([flat, (reference.months - now) / 12]), reference)
    yield rows, timed, np.column_stack([ahead, (months - now) / 12])
    others = np.setdiff1d(np.arange(len(reference.places)), rows)
    settled, plain = reweighted(flat, reference.of(others))
    yield others[settled], plain, ahead


def _added(counts: Floats, means: Floats, ratio: float, dispersion: Floats) -> Floats:
    """ln(likelihood of the count had the mean risen by `ratio`, against had it not), Poisson or NB(μ/(φ − 1), 1/φ) with that size.
    A row a series, its mean for each value of the level.
    """
    poisson = dispersion <= NEARLY
    size = means / np.where(poisson, 1.0, dispersion - 1)[:, None]
    scattered = (counts[:, None] + size) * np.log((size + ratio * means) / (size + means))
    return counts[:, None] * math.log(ratio) - np.where(poisson[:, None], means * (ratio - 1), scattered)
