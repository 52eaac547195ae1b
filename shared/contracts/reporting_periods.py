"""What does reporting publish about months? That one is complete, that its figures changed afterwards, that it was judged."""

from __future__ import annotations

from pydantic import AwareDatetime

from shared.contracts.event import Event, event
from shared.contracts.reporting_signals import Judged
from shared.contracts.vocabulary import Value


class PeriodTotals(Value):
    """The figures a month begins with, in complaints."""

    received: int
    closed: int
    open_at_end: int
    reopened: int


class Difference(Value):
    """One figure that is another one now: of the whole month, or of one group in it."""

    figure: str
    dimension: str | None = None
    key: str | None = None
    before: int
    after: int


@event("reporting.period-closed.v1")
class PeriodClosed(Event):
    """A month is complete: its reporting day has come and all of it is covered. Version 1 of its figures, as known at that moment."""

    month: str
    version: int
    known_at: AwareDatetime
    totals: PeriodTotals


@event("reporting.period-restated.v1")
class PeriodRestated(Event):
    """What came later changed the figures of a month that was reported. `left_out`: differences beyond those listed."""

    month: str
    version: int
    known_at: AwareDatetime
    totals: PeriodTotals
    differences: tuple[Difference, ...]
    left_out: int = 0


@event("reporting.month-judged.v1")
class MonthJudged(Event):
    """The series of a complete month were held against their past (RP-2). `series` many at once; none where the past is too short.
    `total` is what was found of all complaints together, `total_beyond` whether that alone would be a signal.
    """

    month: str
    known_at: AwareDatetime
    series: int
    signals: int
    method: str
    total: Judged | None = None
    total_beyond: bool | None = None


PERIODS: tuple[type[Event], ...] = (PeriodClosed, PeriodRestated, MonthJudged)
