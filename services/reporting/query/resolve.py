"""Does a query make sense? Every name is looked up in the grain, every value fitted to its field; what does not fit is told all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, get_args

from services.reporting.periods import BUCKETS, Bucket, Calendar, Period, containing, parse
from services.reporting.query.fields import GRAINS, OPERATIONS, Field, Grain, Op
from services.reporting.query.grammar import Filter, Measure, Query, Window, WindowName
from services.reporting.query.values import fitted

MeasureOp = Literal["count", "count_distinct"]
MEASURES: tuple[MeasureOp, ...] = get_args(MeasureOp)
WINDOWS: tuple[WindowName, ...] = get_args(WindowName)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counted:
    alias: str
    op: MeasureOp
    field: Field | None


@dataclass(frozen=True, slots=True)
class Condition:
    field: Field
    op: Op
    value: Any


@dataclass(frozen=True, slots=True)
class Stretch:
    """The window's days: from the first, up to but without the other; None is open."""

    first: date | None
    beyond: date | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A query that makes sense. Among the dimensions, the bucket's own name stands for the bucket."""

    name: str
    grain: Grain
    measures: tuple[Counted, ...]
    dimensions: tuple[str, ...]
    time: Field
    bucket: Bucket | None
    window: Stretch | None
    conditions: tuple[Condition, ...]
    sort: tuple[tuple[str, bool], ...]
    limit: int
    limit_by: tuple[str, int] | None
    ignored: tuple[str, ...]


@dataclass(slots=True)
class Findings:
    """What is wrong, where; `at` is a JSON pointer."""

    errors: list[tuple[str, str]] = field(default_factory=list)

    def say(self, at: str, message: str) -> None:
        self.errors.append((at, message))

    def known(self, at: str, name: str, names: Mapping[str, T]) -> T | None:
        found = names.get(name)
        if found is None:
            near = get_close_matches(name, names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(names)}."
            self.say(at, f"This name is not known here; {hint}")
        return found


def resolve(query: Query, at: str, calendar: Calendar, findings: Findings) -> Plan | None:
    """The plan, or None after telling the findings what is wrong with it."""
    before = len(findings.errors)
    grain = findings.known(f"{at}/from", query.from_, GRAINS)
    if grain is None:
        return None
    bucket, dimensions = _dimensions(query, at, grain, findings)
    measures = tuple(_measure(m, f"{at}/measures/{n}", grain, findings) for n, m in enumerate(query.measures))
    names = [*dimensions, *(m.alias for m in measures if m is not None)]
    if len(set(names)) < len(names):
        findings.say(f"{at}/measures", "Two columns have the same name; give the measures names of their own with `as`.")
    conditions = [_condition(f, f"{at}/filters/{n}", grain, calendar, findings) for n, f in enumerate(query.filters)]
    for n, order in enumerate(query.sort):
        findings.known(f"{at}/sort/{n}/by", order.by, _as_names(names))
    if query.limit_by is not None:
        findings.known(f"{at}/limit_by/dimension", query.limit_by.dimension, _as_names(dimensions))
    time = _time(query, at, grain, findings)
    window = _window(query.window, f"{at}/window", calendar, findings)
    if time is None or len(findings.errors) > before:
        return None
    return Plan(
        name=query.name,
        grain=grain,
        measures=tuple(m for m in measures if m is not None),
        dimensions=tuple(dimensions),
        time=time,
        bucket=bucket,
        window=window,
        conditions=tuple(c for c in conditions if c is not None),
        sort=tuple((order.by, order.desc) for order in query.sort) or _usual_order(bucket, measures, dimensions),
        limit=query.limit,
        limit_by=(query.limit_by.dimension, query.limit_by.n) if query.limit_by is not None else None,
        ignored=("time",) if query.time is not None and bucket is None and window is None else (),
    )


def _usual_order(bucket: Bucket | None, measures: Sequence[Counted | None], dimensions: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """In time; within it the largest first."""
    largest = next((m.alias for m in measures if m is not None), None)
    in_time = ((bucket, False),) if bucket is not None else ()
    return (*in_time, *(((largest, True),) if largest and set(dimensions) - {bucket} else ()))


def _dimensions(query: Query, at: str, grain: Grain, findings: Findings) -> tuple[Bucket | None, list[str]]:
    names: dict[str, object] = {name: f for name, f in grain.fields.items() if f.is_dimension} | dict.fromkeys(BUCKETS, True)
    for n, name in enumerate(query.dimensions):
        if name in grain.fields and name not in names:
            findings.say(f"{at}/dimensions/{n}", f"This is a moment; group by a bucket ({', '.join(BUCKETS)}) with it as `time`.")
        else:
            findings.known(f"{at}/dimensions/{n}", name, names)
    if len(set(query.dimensions)) < len(query.dimensions):
        findings.say(f"{at}/dimensions", "A dimension is named twice.")
    asked: set[str] = {name for name in query.dimensions if name in BUCKETS}
    if query.bucket is not None and findings.known(f"{at}/bucket", query.bucket, _as_names(BUCKETS)) is not None:
        asked.add(query.bucket)
    if len(asked) > 1:
        findings.say(f"{at}/bucket", "Only one bucket can be used in a query.")
    bucket = next((b for b in BUCKETS if b in asked), None)
    first = [bucket] if bucket is not None and bucket not in query.dimensions else []
    return bucket, [*first, *query.dimensions]


def _measure(measure: Measure, at: str, grain: Grain, findings: Findings) -> Counted | None:
    op = findings.known(f"{at}/op", measure.op, {op: op for op in MEASURES})
    if op is None:
        return None
    if op == "count":
        if measure.field is not None:
            findings.say(f"{at}/field", "`count` counts complaints and takes no field; use `count_distinct`.")
        return Counted(measure.as_ or "count", op, None)
    countable = {name: f for name, f in grain.fields.items() if f.kind in ("text", "number", "day")}
    of = findings.known(f"{at}/field", measure.field or "", countable)
    return Counted(measure.as_ or f"count_distinct_{measure.field}", op, of) if of is not None else None


def _condition(given: Filter, at: str, grain: Grain, calendar: Calendar, findings: Findings) -> Condition | None:
    of = findings.known(f"{at}/field", given.field, grain.fields)
    if of is None:
        return None
    op = findings.known(f"{at}/op", given.op, {op: op for op in OPERATIONS[of.kind]})
    if op is None:
        return None
    try:
        return Condition(of, op, fitted(of.kind, op, given.value, calendar.zone))
    except ValueError as error:
        findings.say(f"{at}/value", str(error))
        return None


def _time(query: Query, at: str, grain: Grain, findings: Findings) -> Field | None:
    times = {name: f for name, f in grain.fields.items() if f.is_time}
    return findings.known(f"{at}/time", query.time or grain.time, times)


def _window(given: Window | str | None, at: str, calendar: Calendar, findings: Findings) -> Stretch | None:
    if given is None:
        return None
    if isinstance(given, str):
        named = findings.known(at, given, {name: name for name in WINDOWS})
        return _relative(named, calendar.today()) if named is not None else None
    ends: dict[str, Period | None] = {}
    for end, text in (("from", given.from_), ("to", given.to)):
        try:
            ends[end] = parse(text) if text is not None else None
        except ValueError as error:
            findings.say(f"{at}/{end}", f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return None
    first, last = ends["from"], ends["to"]
    if first is not None and last is not None and last.beyond <= first.first:
        findings.say(f"{at}/to", "The window ends before it begins.")
    return Stretch(first.first if first is not None else None, last.beyond if last is not None else None)


def _relative(name: WindowName, today: date) -> Stretch:
    """In complete months and years before today's, except `this_year`, which goes on."""
    month, year = containing("month", today), containing("year", today)
    match name:
        case "last_12_months":
            return Stretch(month.plus(-12).first, month.first)
        case "last_month":
            return Stretch(month.plus(-1).first, month.first)
        case "this_year":
            return Stretch(year.first, year.beyond)
        case "last_year":
            return Stretch(year.plus(-1).first, year.first)


def _as_names(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}
