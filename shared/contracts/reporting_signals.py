"""What does reporting publish about trends? Signals with all they were decided on, what became of them, and months with a known cause."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import Severity, Value

SeriesDimension = Literal[
    "total", "issue_code", "product_code", "customer_ref", "department", "channel", "product_code+issue_code", "customer_ref+issue_code"
]


class SignalSeries(Value):
    """Which monthly series: all complaints, or those of one group. `key` is empty for the total; of a pair both codes, joined by ` × `."""

    dimension: SeriesDimension
    key: str = ""
    issue_code: str | None = None
    product_code: str | None = None
    customer_ref: str | None = None


class SignalRule(Value):
    """By which rule a month was judged: research C1, steps 3, 5 and 6. `drift_alpha`: the months in which any series may drift without cause."""

    version: str
    alpha: float
    adjust: Literal["bh", "by", "none"]
    min_count: int
    min_ratio: float
    baseline_months: int
    drift_ratio: float | None = None
    drift_alpha: float | None = None


class SignalBaseline(Value):
    """The past a month was held against, the month itself last. Months left out are gaps, or have a known cause."""

    first: str
    counts: tuple[int, ...]
    left_out: tuple[str, ...] = ()


class Judged(Value):
    """What was found of one series in one month."""

    method: Literal["lean", "gamma_poisson", "cusum", "none"]  # none: the past is too short to say what was expected
    observed: int
    expected: float
    bound: float
    p: float
    q: float


@event("reporting.trend-signal-raised.v1")
class TrendSignalRaised(Event):
    """A month brought more than its series' past explains (RP-2): somebody must act. Of a month long past it is `historical` and obliges
    nobody. All it was decided on stands here, so that judging again gives the same; `family` is the number of series judged together.
    """

    signal_id: UUID
    series: SignalSeries
    month: str
    historical: bool
    severity: Severity
    department: str
    judged: Judged
    rule: SignalRule
    baseline: SignalBaseline
    family: int
    data_hash: str
    known_at: AwareDatetime
    because: Literal["beyond_bound", "safety", "drift"] = "beyond_bound"  # one case that concerns safety is a signal by itself


@event("reporting.trend-signal-repeated.v1")
class TrendSignalRepeated(Event):
    """A later month of a series whose signal is open still: it is added to that one, and obliges nobody anew."""

    signal_id: UUID
    series: SignalSeries
    month: str
    judged: Judged
    known_at: AwareDatetime


@event("reporting.trend-signal-dismissed.v1")
class TrendSignalDismissed(Event):
    """Somebody answers for it that nothing follows from the signal."""

    signal_id: UUID
    reason: Sealed[str]


@event("reporting.month-annotated.v1")
class MonthAnnotated(Event):
    """The cause of a month's figure is known: from now on it is no baseline for others (research C5)."""

    series: SignalSeries
    month: str
    cause: Sealed[str]
    reason: Sealed[str]


SIGNALS: tuple[type[Event], ...] = (TrendSignalRaised, TrendSignalRepeated, TrendSignalDismissed, MonthAnnotated)
