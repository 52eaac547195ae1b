"""What is on record of a signal: raised by the rule, repeated while it is open, dismissed by a person who says why?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.reporting_signals import MonthAnnotated, SignalSeries, TrendSignalDismissed, TrendSignalRaised, TrendSignalRepeated
from shared.decider import Context, Decider, NotFound, Refused


def signal_id(series: SignalSeries, month: str) -> UUID:
    """A signal follows from its series and month, so that judging again raises none anew."""
    return uuid5(NAMESPACE_URL, f"redress/signal/{series.dimension}/{series.key}/{month}")


@dataclass(frozen=True, slots=True)
class Signal:
    """`months` are those it was raised for, the first one first."""

    id: UUID
    months: tuple[str, ...] = ()
    dismissed: bool = False


@dataclass(frozen=True, slots=True)
class Raise:
    signal: TrendSignalRaised


@dataclass(frozen=True, slots=True)
class Repeat:
    again: TrendSignalRepeated


@dataclass(frozen=True, slots=True)
class Dismiss:
    reason: str


def decide(signal: Signal, command: Raise | Repeat | Dismiss, context: Context) -> Sequence[Event]:
    match command:
        case Raise(signal=raised):
            return () if signal.months else (raised,)
        case Repeat(again=again):
            return (again,) if signal.months and again.month not in signal.months and not signal.dismissed else ()
        case Dismiss(reason=reason):
            if not signal.months:
                raise NotFound
            if signal.dismissed:
                raise Refused("already-decided", "This signal is dismissed already; what follows from it now is another signal.")
            return (TrendSignalDismissed(signal_id=signal.id, reason=reason),)


def evolve(signal: Signal, event: Event) -> Signal:
    match event:
        case TrendSignalRaised() | TrendSignalRepeated():
            return replace(signal, months=(*signal.months, event.month))
        case TrendSignalDismissed():
            return replace(signal, dismissed=True)
        case _:
            return signal


SIGNAL: Decider[Signal, Raise | Repeat | Dismiss] = Decider("signal", Signal, decide, evolve)


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is known of a series' month; a later note takes the place of an earlier one."""

    id: UUID


@dataclass(frozen=True, slots=True)
class Annotate:
    series: SignalSeries
    month: str
    cause: str
    reason: str


def annotation_id(series: SignalSeries, month: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"redress/annotation/{series.dimension}/{series.key}/{month}")


def annotate(annotation: Annotation, command: Annotate, context: Context) -> Sequence[Event]:
    return (MonthAnnotated(series=command.series, month=command.month, cause=command.cause, reason=command.reason),)


ANNOTATION: Decider[Annotation, Annotate] = Decider("annotation", Annotation, annotate, lambda annotation, event: annotation)
