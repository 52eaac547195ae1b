"""Which series of a month say anything? All of them are judged by one question, and the answer names those few, beside those one wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.reporting.analysis.answers import SignalMethod
from services.reporting.analysis.discovery import Adjust
from services.reporting.analysis.drifting import drifting
from services.reporting.analysis.pasts import Counted, pasts_of
from services.reporting.analysis.signals import verdicts


@dataclass(frozen=True, slots=True)
class Named:
    """As `Judgement`, of the series at this place among those sent, from 0."""

    place: int
    method: SignalMethod
    expected: float
    bound: int
    p: float
    q: float
    signal: bool


@dataclass(frozen=True, slots=True)
class Crept:
    """As `Drift`, of a series that speaks."""

    place: int
    expected: float
    bound: int
    p: float
    q: float


@dataclass(frozen=True, slots=True)
class Month:
    judged: tuple[Named, ...]
    drifts: tuple[Crept, ...]


def month_signals(
    series: Sequence[Counted], start: int, wanted: Sequence[int], alpha: float, adjust: Adjust, min_count: int, min_ratio: float,
    baseline_months: int, drift_ratio: float, drift_alpha: float,
) -> Month:  # fmt: skip
    """`trend_signal` and `drift_signal` over the same series. Told are signals and what stands at the `wanted` places; and drifts of
    series that are no signal anyway and have `min_count` complaints.
    """
    pasts = pasts_of(series, start, baseline_months)
    found = verdicts(pasts, alpha, adjust)
    beyond = found.beyond(min_count, min_ratio)
    named = beyond.copy()
    named[np.array(wanted, int)] = True
    bounds = found.bounds(named)
    drifts = drifting(pasts, drift_ratio, drift_alpha)
    crept = [
        Crept(place, *drifts.told(one, row)[:4])
        for one, row, place in drifts.speak()
        if not beyond[place] and found.observed[place] >= min_count
    ]
    judged = [
        Named(place, bounds[place][0], float(found.expected[place]), bounds[place][1], *found.chances(place), bool(beyond[place]))
        for place in np.flatnonzero(named).tolist()
    ]
    return Month(tuple(judged), tuple(sorted(crept, key=lambda one: one.place)))
