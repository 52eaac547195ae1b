"""How likely is so much by chance? The exact binomial tail, and Wilson's interval, without the libraries of statistics.

Reports and classes need these two for thousands of groups at once, in the process that serves; they equal `analysis.rates` (tested).
"""

from __future__ import annotations

import math

Z95 = 1.959963984540054
NEGLIGIBLE = 1e-17


def at_least(successes: int, trials: int, share: float) -> float:
    """P(X ≥ successes) of a binomial variable."""
    if successes <= 0 or share >= 1:
        return 1.0
    if successes > trials or share <= 0:
        return 0.0
    if successes <= trials * share:
        return 1.0 - _from(trials - successes + 1, trials, 1 - share)
    return _from(successes, trials, share)


def _from(k: int, n: int, share: float) -> float:
    """The sum of the terms from k, which lies above the mean, on: they fall from term to term."""
    term = math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(share) + (n - k) * math.log1p(-share))
    total, odds = 0.0, share / (1 - share)
    while term > NEGLIGIBLE * total and k <= n:
        total += term
        term *= (n - k) / (k + 1) * odds
        k += 1
    return min(1.0, total)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's interval of a share at 95 % (JASA 22, 1927)."""
    share, z2 = successes / trials, Z95**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    reach = Z95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    return max(0.0, centre - reach), min(1.0, centre + reach)
