"""Which past points say what a season is like? The windows and parts of the year that Farrington's methods compare a point with.

Points count from 1, as in the answers; `frequency` points make a year.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.reporting.analysis.loglinear import Floats
from shared.decider import Invalid

Indices = NDArray[np.int64]


def judged(counts: Sequence[int], asked: tuple[int, int], frequency: int, years_back: int, window: int) -> range:
    """The points to judge; refuses those without the past they are to be held against."""
    first, last = asked
    if 2 * window + 1 > frequency:
        raise Invalid(
            "/window", f"Windows of {2 * window + 1} points overlap in a year of {frequency}. Use at most {(frequency - 1) // 2}."
        )
    if last > len(counts):
        raise Invalid("/range/1", f"The series ends with point {len(counts)}, counted from 1. End the range there or before.")
    if first > last:
        raise Invalid("/range/0", "The range ends before it begins. Name the first point, then the last.")
    earliest = years_back * frequency + window + 1
    if first < earliest:
        raise Invalid(
            "/range/0",
            f"{years_back} years back with a window of {window} there is nothing before point {earliest}. Begin the range there, or look back fewer years.",
        )
    return range(first, last + 1)


def windows(k: int, frequency: int, years_back: int, window: int) -> Indices:
    """The points within `window` of the same season in each past year; the current year is left out."""
    centers = np.arange(k - years_back * frequency, k, frequency)
    return (centers[:, None] + np.arange(-window, window + 1)).ravel()


def parts(k: int, frequency: int, years_back: int, window: int, periods: int, recent_excluded: int) -> tuple[Indices, Indices]:
    """All past points that are used, and to which part of the year each belongs.

    The windows around the season of `k` are part `periods`; what lies between two of them is shared among the others, the first ones
    one point longer where it does not divide. With one period the windows are all there is.
    """
    between = frequency - 2 * window - 1
    others = periods - 1
    sizes = [between // others + (n < between % others) for n in range(others)] or [between]
    year = np.repeat([periods, *(range(1, periods) or [0])], [2 * window + 1, *sizes])
    points = np.arange(k - years_back * frequency - window, k - recent_excluded)
    part = year[(points - (k - window)) % frequency]
    return points[part > 0], part[part > 0]


def enough(counts: Floats, k: int, limit: tuple[int, int]) -> bool:
    """Whether so many cases came in so many points up to and with this one (Farrington and others, 1996, 3.8)."""
    cases, span = limit
    return bool(counts[max(0, k - span) : k].sum() >= cases)
