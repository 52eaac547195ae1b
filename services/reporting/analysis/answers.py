"""What do the methods answer? Their shapes; lists are in the order of the points sent, indices count from 1, `None` is "not defined"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Chart:
    """Limits that hold for every point, in the unit of the values; `out` are the points beyond them."""

    center: float
    lcl: float
    ucl: float
    out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RateChart:
    """A limit for each point: the less exposure, the wider. Events per unit of exposure."""

    center: float
    lcl: tuple[float, ...]
    ucl: tuple[float, ...]
    out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LaneyChart:
    """As `RateChart`; `sigma_z` says by how much the points vary more than their counts explain."""

    center: float
    sigma_z: float
    lcl: tuple[float, ...]
    ucl: tuple[float, ...]
    out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ewma:
    """`z` begins with the target, before the first value: it has one more entry than there are values. `out` counts values."""

    z: tuple[float, ...]
    lcl: float
    ucl: float
    out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cusum:
    """The two sums after each value, both counted upwards from zero."""

    high: tuple[float, ...]
    low: tuple[float, ...]
    out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IndexTest:
    """Do the seasons differ at all? Monthly counts by the likelihood ratio of `Seasonality`, other values by Kruskal–Wallis on the single
    ratios (or differences) by season.
    """

    method: Literal["negative_binomial", "kruskal_wallis"]
    statistic: float | None
    df: int
    p: float | None


@dataclass(frozen=True, slots=True)
class SeasonalIndex:
    """Multiplicative: per cent, mean 100, `correction` multiplied the raw means. Additive: mean 0, `correction` was subtracted."""

    index: tuple[float, ...]
    correction: float
    test: IndexTest


@dataclass(frozen=True, slots=True)
class Seasonality:
    """`lr` on `df` degrees of freedom. `seasonal` only with p < 0.05 and 36 months. `trend_per_year` is on the log scale."""

    lr: float
    df: int
    p: float
    seasonal: bool
    trend_per_year: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Events per unit of exposure."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RateRatio:
    """The rate of `a` over that of `b`; without an event in `b` there is no ratio, and no upper limit."""

    ratio: float | None
    p: float
    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Share:
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the history lets one expect: predictive mean, quantile at `level`, and the chance of at least as many as came."""

    expected: float
    bound: int
    p: float


@dataclass(frozen=True, slots=True)
class Adjusted:
    """In the order of the p-values sent."""

    adjusted: tuple[float, ...]
    rejected: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Percentiles:
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Survival:
    """The share still open after each time at which something closed; the smallest time by which the asked share had closed."""

    times: tuple[float, ...]
    survival: tuple[float, ...]
    quantiles: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Pareto:
    """Largest first; equal ones in the order sent. `cumulative` in per cent of all."""

    labels: tuple[str, ...]
    counts: tuple[float, ...]
    cumulative: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Disproportion:
    """What divides by an empty cell is not defined. Limits are at 95 %."""

    prr: float | None
    ror: float | None
    chi2: float | None
    chi2_yates: float | None
    prr_low: float | None
    prr_high: float | None
    ror_low: float | None
    ror_high: float | None


@dataclass(frozen=True, slots=True)
class Farrington:
    """One entry for each point of the range; `trend` says whether the model kept its trend, `alarm` is null where nothing is judged."""

    expected: tuple[float | None, ...]
    bound: tuple[float | None, ...]
    trend: tuple[bool | None, ...]
    alarm: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class FarringtonFlexible:
    """One entry for each point of the range; null where nothing is judged."""

    expected: tuple[float | None, ...]
    bound: tuple[float | None, ...]
    dispersion: tuple[float | None, ...]
    alarm: tuple[bool | None, ...]


SignalMethod = Literal["lean", "gamma_poisson"]
SignalReason = Literal["beyond_bound", "not_significant", "below_min_count", "below_min_ratio"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The last month of one series: observed against expected. `bound` is the highest count that one series alone would let pass."""

    key: str
    method: SignalMethod
    expected: float
    bound: int
    p: float
    q: float
    signal: bool
    reason: SignalReason


@dataclass(frozen=True, slots=True)
class Judgements:
    """In the order of the series sent."""

    series: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """Whether a series' level has crept up by now, and had not a month ago. `since` is the first month, from 1, of what speaks for it;
    `bound` the highest count with which the last month would not have said so. Null, with why, where the past is too short or sparse.
    """

    key: str
    expected: float | None
    bound: int | None
    p: float | None
    q: float | None
    since: int | None
    signal: bool
    why: str


@dataclass(frozen=True, slots=True)
class Drifts:
    """In the order of the series sent."""

    series: tuple[Drift, ...]
