"""What is a key indicator? A definition, and the figure it has for a span of time as known at a moment (research B1).

A share comes with its n and Wilson's interval and is hidden below ten; a time is Kaplan–Meier's, with what was left out counted.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.reporting.chance import wilson
from services.reporting.metrics.definition import Definition, Span
from services.reporting.select import Connection
from services.reporting.terms import Terms

HIDE_BELOW = 10
SHARES: Mapping[str, float] = {"p50": 0.5, "p80": 0.8, "p90": 0.9}
NEARLY = 1e-12

Figure = dict[str, Any]


def _as_counted(counted: Any, terms: Terms) -> Figure | None:
    found: Figure | None = counted
    return found


async def _for_ever(connection: Connection, span: Span, terms: Terms) -> datetime | None:
    return None


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted, and the figure told of it; None where nothing can be said, as of a rate without exposure.

    What was counted of a period that has ended stays what it is while nothing is recorded, until the moment that `until` names.
    """

    definition: Definition
    count: Callable[[Connection, Span, Terms], Awaitable[Any]]
    told: Callable[[Any, Terms], Figure | None] = _as_counted
    until: Callable[[Connection, Span, Terms], Awaitable[datetime | None]] = _for_ever

    async def figure(self, connection: Connection, span: Span, terms: Terms) -> Figure | None:
        """The figure for a span of time, as known at the terms' moment."""
        return self.told(await self.count(connection, span, terms), terms)


def share(part: int, n: int) -> Figure:
    """A share of n, hidden where n is small."""
    if n < HIDE_BELOW:
        return {"value": None, "n": n, "low": None, "high": None, "hidden": f"n<{HIDE_BELOW}"}
    low, high = wilson(part, n)
    return {"value": round(part / n, 4), "n": n, "low": round(low, 4), "high": round(high, 4)}


def quantiles(groups: Sequence[tuple[float, int, int]]) -> dict[str, float | None]:
    """Kaplan & Meier (JASA 53, 1958) from (time, ended at it, still going on after it) in order of time: the smallest time by which each
    share had ended; none if so many were never seen to end.
    """
    at_risk = sum(ended + going for _, ended, going in groups)
    open_share = 0.0  # its logarithm
    found: dict[str, float | None] = dict.fromkeys(SHARES)
    for time, ended, going in groups:
        if ended:
            open_share = -math.inf if ended == at_risk else open_share + math.log1p(-ended / at_risk)
            for name, at in SHARES.items():
                if found[name] is None and math.exp(open_share) <= 1 - at + NEARLY:
                    found[name] = time
        at_risk -= ended + going
    return found
