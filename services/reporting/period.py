"""What is on record of a month's figures: that they were complete, changed later, and judged? Each at most once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.reporting_periods import Difference, MonthJudged, PeriodClosed, PeriodRestated, PeriodTotals
from shared.contracts.reporting_signals import Judged
from shared.decider import Context, Decider

MOST_DIFFERENCES = 500  # listed; the others are counted


def period_id(month: str) -> UUID:
    """A month's stream."""
    return uuid5(NAMESPACE_URL, f"redress/period/{month}")


@dataclass(frozen=True, slots=True)
class Reported:
    """Version 0: not yet complete."""

    id: UUID
    version: int = 0
    judged: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """All of the month is covered, and its reporting day has come."""

    month: str
    known_at: datetime
    totals: PeriodTotals


@dataclass(frozen=True, slots=True)
class Restate:
    """What has come since `version` was published makes these figures."""

    month: str
    version: int
    known_at: datetime
    totals: PeriodTotals
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Judge:
    """So many series were held against their past, with so many signals."""

    month: str
    known_at: datetime
    series: int
    signals: int
    method: str
    total: Judged | None = None
    total_beyond: bool | None = None


def decide(reported: Reported, command: Close | Restate | Judge, context: Context) -> Sequence[Event]:
    """What two looks find at once is said once."""
    match command:
        case Close() if reported.version == 0:
            return (PeriodClosed(month=command.month, version=1, known_at=command.known_at, totals=command.totals),)
        case Restate() if reported.version == command.version > 0:
            listed = command.differences[:MOST_DIFFERENCES]
            left_out = len(command.differences) - len(listed)
            restated = PeriodRestated(
                month=command.month, version=command.version + 1, known_at=command.known_at, totals=command.totals, differences=listed,
                left_out=left_out,
            )  # fmt: skip
            return (restated,)
        case Judge() if reported.version and not reported.judged:
            return (
                MonthJudged(
                    month=command.month,
                    known_at=command.known_at,
                    series=command.series,
                    signals=command.signals,
                    method=command.method,
                    total=command.total,
                    total_beyond=command.total_beyond,
                ),
            )
        case _:
            return ()


def evolve(reported: Reported, event: Event) -> Reported:
    match event:
        case PeriodClosed() | PeriodRestated():
            return replace(reported, version=event.version)
        case MonthJudged():
            return replace(reported, judged=True)
        case _:
            return reported


PERIOD: Decider[Reported, Close | Restate | Judge] = Decider("period", Reported, decide, evolve)
