"""What does the past of a series offer to judge its last month by? Many series at once: what is over the same months is fitted together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import numpy as np

from services.reporting.analysis.loglinear import Fits, Floats, Places, Truths, anscombe, downweighted, fits
from services.reporting.analysis.series import equally_long, long_enough

LEAST_MONTHS = 4  # three to learn from and the one to judge
SPARSE_TOTAL, SPARSE_MONTHS = 10, 5
OUTBREAK = 2.58
TREND_SHOWS = 1.96


class Counted(TypedDict):
    """Monthly counts, complete, the last to be judged. `left_out` are months, from 1, with a known cause: no baseline for others."""

    counts: Sequence[int]
    exposure: NotRequired[Sequence[float] | None]
    left_out: NotRequired[Sequence[int]]


class Series(Counted):
    key: str


@dataclass(frozen=True, slots=True)
class Pasts:
    """What series over the same months of a year and before it offer to be judged by, a row each: their baselines in time order, and the month in question."""

    places: Places  # among the series sent, from 0
    lengths: Places
    counts: Floats
    exposure: Floats
    months: Places  # since the January of the year judged
    observed: Floats
    observed_exposure: Floats
    month: int

    @property
    def sparse(self) -> Truths:
        found: Truths = (self.counts.sum(1) < SPARSE_TOTAL) | ((self.counts > 0).sum(1) < SPARSE_MONTHS)
        return found

    def scatter(self) -> tuple[Floats, int]:
        """Pearson's χ² about one constant rate, and its degrees of freedom. Nothing came, nothing scatters."""
        means = self.exposure * (self.counts.sum(1) / self.exposure.sum(1))[:, None]
        return ((self.counts - means) ** 2 / np.where(means > 0, means, 1.0)).sum(1), len(self.months) - 1

    def of(self, rows: Truths | Places) -> Pasts:
        """These rows of it."""
        counts, exposure = self.counts[rows], self.exposure[rows]
        judged = (self.observed[rows], self.observed_exposure[rows], self.month)
        return Pasts(self.places[rows], self.lengths[rows], counts, exposure, self.months, *judged)


def pasts_of(series: Sequence[Counted], start: int, baseline_months: int) -> list[Pasts]:
    """What the series offer, those over the same months together; refuses one that is too short."""
    alike: dict[tuple[int, int, frozenset[int]], list[int]] = {}
    for n, one in enumerate(series):
        counts, exposure = one["counts"], one.get("exposure")
        long_enough(f"/series/{n}/counts", counts, LEAST_MONTHS, "A trend signal")
        if exposure is not None:
            equally_long(f"/series/{n}/exposure", exposure, "counts", counts)
        reach = min(len(counts) - 1, baseline_months)
        left_out = frozenset(len(counts) - month for month in one.get("left_out", ()))
        alike.setdefault((reach, (len(counts) + start - 2) % 12, left_out), []).append(n)
    found = []
    for (reach, month, left_out), places in alike.items():
        back = [ago for ago in range(reach, 0, -1) if ago not in left_out]
        long_enough(f"/series/{places[0]}/counts", back, LEAST_MONTHS - 1, "The baseline of a trend signal")
        chosen = [series[n] for n in places]
        y = np.array([one["counts"][-reach - 1 :] for one in chosen], float)
        units = np.array([(one.get("exposure") or [1.0] * (reach + 1))[-reach - 1 :] for one in chosen], float)
        ago = np.array(back)
        past = (y[:, reach - ago], units[:, reach - ago], month - ago)
        lengths = np.array([len(one["counts"]) for one in chosen])
        found.append(Pasts(np.array(places), lengths, *past, y[:, reach], units[:, reach], month))
    return found


def with_trend(design: Floats, past: Pasts) -> tuple[Places, Fits]:
    """Of which rows the trend, the last column of the design, shows."""
    rows, timed = reweighted(design, past)
    shows = np.abs(timed.coefficients[:, -1]) > TREND_SHOWS * np.sqrt(timed.dispersion * timed.covariance[:, -1, -1])
    return rows[shows], timed.of(shows)


def reweighted(design: Floats, past: Pasts) -> tuple[Places, Fits]:
    """The models of what came, with past outbreaks made light of, and the rows whose fit settles."""
    offset = np.log(past.exposure)
    first = fits(design, past.counts, offset=offset)
    good = first.found & first.converged
    counts = past.counts[good]
    second = fits(design, counts, downweighted(anscombe(counts, first.of(good)), OUTBREAK), offset[good])
    settled = second.found & second.converged
    return np.flatnonzero(good)[settled], second.of(settled)
