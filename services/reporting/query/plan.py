"""What is a query that makes sense? Every name looked up, every value fitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, get_args

from services.reporting.periods import Bucket, Calendar
from services.reporting.query.fields import Field, Frame, Grain, Op
from services.reporting.query.grammar import Comparison

MeasureOp = Literal["count", "count_distinct", "sum", "avg", "min", "max", "percentile", "survival", "ratio"]
MEASURES: tuple[MeasureOp, ...] = get_args(MeasureOp)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Condition:
    field: Field
    op: Op
    value: Any


@dataclass(frozen=True, slots=True)
class Measured:
    """`columns` of the answer it fills; `at` are the shares of percentiles and survival times, one for each column."""

    alias: str
    op: MeasureOp
    field: Field | None = None
    at: tuple[float, ...] = ()
    columns: tuple[str, ...] = ()
    censor_at: datetime | None = None
    numerator: tuple[Condition, ...] = ()
    denominator: tuple[Condition, ...] = ()

    @property
    def counts(self) -> bool:
        """Nothing there is a zero, not something unknown."""
        return self.op in ("count", "count_distinct")

    @property
    def apart(self) -> bool:
        """Asked for in a statement of its own: it needs more than one row for each row of the answer."""
        return self.op == "survival" or self.is_money

    @property
    def is_money(self) -> bool:
        return self.field is not None and self.field.kind == "money" and self.op != "count_distinct"

    def used(self) -> Iterator[str]:
        """The fields it needs."""
        if self.field is not None:
            yield self.field.name
            yield from self.field.lasts or ()
        yield from ("currency",) if self.is_money else ()
        yield from (condition.field.name for condition in (*self.numerator, *self.denominator))


@dataclass(frozen=True, slots=True)
class Stretch:
    """The window's days: from the first, up to but without the other; None is open."""

    first: date | None
    beyond: date | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Among the dimensions, the bucket's own name stands for the bucket."""

    name: str
    grain: Grain
    measures: tuple[Measured, ...]
    dimensions: tuple[str, ...]
    time: Field
    bucket: Bucket | None
    window: Stretch | None
    conditions: tuple[Condition, ...]
    sort: tuple[tuple[str, bool], ...]
    limit: int
    limit_by: tuple[str, int] | None
    compare: Comparison | None
    ignored: tuple[str, ...]

    def used(self) -> frozenset[str]:
        """The grain's fields that any part of it needs."""
        by_measures = (name for measure in self.measures for name in measure.used())
        return frozenset((*self.dimensions, *by_measures, *(condition.field.name for condition in self.conditions), self.time.name))

    def frame(self, as_of: datetime, calendar: Calendar, merged: Mapping[str, str]) -> Frame:
        window = self.window or Stretch(None, None)
        return Frame(as_of, calendar.zone, calendar.today(), self.used(), merged, window.first, window.beyond)


@dataclass(slots=True)
class Findings:
    """What is wrong, where; `at` is a JSON pointer."""

    errors: list[tuple[str, str]] = field(default_factory=list)

    def say(self, at: str, message: str) -> None:
        self.errors.append((at, message))

    def known(self, at: str, name: str, names: Mapping[str, T]) -> T | None:
        found = names.get(name)
        if found is None:
            near = get_close_matches(name, names, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there is {', '.join(names)}."
            self.say(at, f"This name is not known here; {hint}")
        return found
