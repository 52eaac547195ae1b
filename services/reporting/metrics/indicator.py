"""What is a key indicator? A definition, and the figure it has for a span of time as known at a moment (research B1).

A share comes with its n and Wilson's interval and is hidden below ten; a time is Kaplan–Meier's, with what was left out counted.
What is counted for it are cells: sums over complaints, so that those of a later moment follow from what a few complaints add to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.reporting.chance import wilson
from services.reporting.metrics.definition import Definition, Span
from services.reporting.metrics.lasted import Lasted
from services.reporting.story import CLOSED_STATES
from services.reporting.terms import Terms

HIDE_BELOW = 10
CLOSED = ", ".join(f"'{state}'" for state in CLOSED_STATES)

# $5: of these complaints alone. $6: from when on it matters when exactly a complaint was closed.
GIVEN = """
with given as (
    select $1::timestamptz as start, $2::timestamptz as beyond, $3::timestamptz as moment, $4::text as zone, $5::uuid[] as ids, $6::timestamptz as fine
)"""
TOLD = f"""{GIVEN}, told as (
    select * from complaints where received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3
      and ($5 is null or complaint_id = any($5))
)"""

Figure = dict[str, Any]


class Cells(dict[tuple[Any, ...], int]):
    """How many there are of each kind; kinds of which there are none are not there."""

    def add(self, kind: tuple[Any, ...], more: int) -> None:
        now = self.get(kind, 0) + more
        if now:
            self[kind] = now
        else:
            self.pop(kind, None)

    @property
    def n(self) -> int:
        return sum(self.values())


@dataclass(frozen=True, slots=True)
class Indicator:
    """`query` selects cells, their number last; `cohort` says that only complaints received in the span are in them, `by_complaint` that
    each is a sum over complaints. `told` makes the figure, None where nothing can be said, as of a rate without exposure.
    """

    definition: Definition
    query: str
    told: Callable[[Any, Span, Terms], Figure | None]
    cells: Callable[[], Cells | Lasted] = Cells
    cohort: bool = True
    by_complaint: bool = True


def share(part: int, n: int) -> Figure:
    """A share of n, hidden where n is small."""
    if n < HIDE_BELOW:
        return {"value": None, "n": n, "low": None, "high": None, "hidden": f"n<{HIDE_BELOW}"}
    low, high = wilson(part, n)
    return {"value": round(part / n, 4), "n": n, "low": round(low, 4), "high": round(high, 4)}
