"""How long did it take, of those that came to an end and those that still go on? Kept in order, so that one more is put in its place.

Between two times at which something stops being watched Kaplan and Meier's product is a quotient of two numbers at risk, so that only
what still goes on has to be gone through, and of that only as much as lies before the last share asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

SHARES: Mapping[str, float] = {"p50": 0.5, "p80": 0.8, "p90": 0.9}
NEARLY = 1e-12


class Lasted:
    """Times of what ended, moments or days since when the rest goes on, and how many there are of which neither is known."""

    def __init__(self) -> None:
        self.ended = array("d")
        self.since: Counter[date] = Counter()
        self.unknown = 0

    def fill(self, cells: Iterable[tuple[tuple[Any, ...], int]]) -> None:
        """All at once; `add` puts one into its place."""
        ended: list[float] = []
        for (time, since, unknown), count in cells:
            if time is not None and since is None and not unknown:
                ended.extend([time] * count)
            else:
                self.add((time, since, unknown), count)
        self.ended = array("d", sorted(ended))

    def add(self, kind: tuple[float | None, date | None, bool], more: int) -> None:
        time, since, unknown = kind
        if unknown:
            self.unknown += more
        elif since is not None:
            self.since[since] += more
            if not self.since[since]:
                del self.since[since]
        elif time is not None:
            for _ in range(more):
                insort(self.ended, time)
            for _ in range(-more):
                del self.ended[bisect_left(self.ended, time)]


def quantiles(ended: array[float], going: list[float]) -> dict[str, float | None]:
    """Kaplan & Meier (JASA 53, 1958) from the times at which some ended and those up to which others are known to go on, both in order
    and not negative: the smallest time by which each share had ended; none if so many were never seen to end.
    """
    found: dict[str, float | None] = dict.fromkeys(SHARES)
    wanted = [(name, 1 - at + NEARLY) for name, at in SHARES.items()]
    first = bisect_left(ended, 0.0)
    at_risk, open_share, place = len(ended) - first + len(going), 1.0, first
    for n in range(len(going) + 1):
        until = bisect_right(ended, going[n], lo=place) if n < len(going) else len(ended)
        here = until - place
        while wanted and here:
            name, most = wanted[0]
            needed = _needed(at_risk, here, open_share, most)
            if needed is None:
                break
            found[name] = ended[place + needed - 1]
            wanted.pop(0)
        if not wanted:
            break
        if here:
            open_share *= (at_risk - here) / at_risk
        at_risk -= here + 1
        place = until
    return found


def _needed(at_risk: int, ended: int, open_share: float, most: float) -> int | None:
    """The fewest of those ending now after which no larger share than this is open; none if all of them are too few."""
    if open_share * (at_risk - ended) / at_risk > most:
        return None
    low, high = 1, ended
    while low < high:
        middle = (low + high) // 2
        if open_share * (at_risk - middle) / at_risk <= most:
            high = middle
        else:
            low = middle + 1
    return low
