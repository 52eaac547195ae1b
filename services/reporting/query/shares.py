"""How sure is a share? Wilson's interval (JASA 22, 1927), and none where so few stand behind it that it says nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from services.reporting.breakdowns import HIDE_BELOW
from services.reporting.query.plan import Measured

_Z = 1.959963984540054  # two-sided 95 %


def wilson(part: int, n: int) -> tuple[float, float]:
    """The interval at 95 % of a share of n."""
    share, spread = part / n, _Z**2 / n
    middle, reach = share + spread / 2, _Z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)
    return (0.0 if part == 0 else low, 1.0 if part == n else high)


def share(measure: Measured, row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a ratio, from how many there are of how many."""
    value, count, low, high = measure.columns
    part, n = row[value], row[count]
    if n is None or n < HIDE_BELOW:
        return {value: None, count: n, low: None, high: None}
    return {value: part / n, count: n, **dict(zip((low, high), wilson(part, n), strict=True))}
