"""How likely is so much by chance? The exact binomial tail, and Wilson's interval, without the libraries of statistics.

Reports and classes need these two for thousands of groups at once, in the process that serves; they equal `analysis.rates` (tested).
"""

from __future__ import annotations

import math
from collections.abc import Callable

Z95, TAIL = 1.959963984540054, 0.025
NEGLIGIBLE, SURE = 1e-17, 1e-9


def at_least(successes: int, trials: int, share: float) -> float:
    """P(X ≥ successes) of a binomial variable."""
    if successes <= 0 or share >= 1:
        return 1.0
    if successes > trials or share <= 0:
        return 0.0
    if successes <= trials * share:
        return 1.0 - _from(trials - successes + 1, trials, 1 - share)
    return _from(successes, trials, share)


def is_rare(successes: int, trials: int, share: float, level: float) -> bool:
    """Whether P(X ≥ successes) is below the level: the same as to ask `at_least`, and known after a few terms of its sum."""
    if level <= 0.5 and successes <= trials * share:
        return False  # as many as are expected, or fewer, come at least every second time
    if successes <= 0 or successes > trials or share <= 0 or share >= 1 or level > 0.5:
        return at_least(successes, trials, share) < level
    odds, k = share / (1 - share), successes
    term, total = _term(k, trials, share), 0.0
    while term > NEGLIGIBLE * total and k <= trials:
        total += term
        if total >= level:
            return False
        falls = (trials - k) / (k + 1) * odds  # and from here on ever faster
        if total + term * falls / (1 - falls) < level * (1 - SURE):
            return True
        term *= falls
        k += 1
    return total < level


def _term(k: int, n: int, share: float) -> float:
    return math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(share) + (n - k) * math.log1p(-share))


def _from(k: int, n: int, share: float) -> float:
    """The sum of the terms from k, which lies above the mean, on: they fall from term to term."""
    term = _term(k, n, share)
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


def poisson_interval(events: int) -> tuple[float, float]:
    """The exact interval at 95 % of the mean behind a count (Garwood, Biometrika 28, 1936), by halving."""
    low = 0.0 if not events else _mean_at(lambda mean: _poisson_from(events, mean) - TAIL, 0.0, float(events))
    high = _mean_at(lambda mean: TAIL - _poisson_upto(events, mean), float(events), events + 10 * math.sqrt(events + 1) + 10)
    return low, high


def _mean_at(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where the function goes through zero."""
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def _poisson_from(count: int, mean: float) -> float:
    """P(N ≥ count) for a mean below the count."""
    term = math.exp(-mean + count * math.log(mean) - math.lgamma(count + 1)) if mean > 0 else 0.0
    total = 0.0
    while term > NEGLIGIBLE * total:
        total += term
        count += 1
        term *= mean / count
    return total


def _poisson_upto(count: int, mean: float) -> float:
    """P(N ≤ count) for a mean above the count."""
    term = math.exp(-mean + count * math.log(mean) - math.lgamma(count + 1)) if mean > 0 else 1.0
    total = 0.0
    while term > NEGLIGIBLE * total and count >= 0:
        total += term
        term *= count / mean if mean else 0.0
        count -= 1
    return total
