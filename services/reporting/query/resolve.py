"""Does a query make sense? Every name is looked up in the grain, every value fitted to its field; what does not fit is told all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from services.reporting.periods import BUCKETS, Bucket, Calendar
from services.reporting.query.conditions import condition
from services.reporting.query.fields import Field, Grain
from services.reporting.query.grains import GRAINS
from services.reporting.query.grammar import MOST_BUCKETS, Behind, Comparison, Query
from services.reporting.query.measuring import measure
from services.reporting.query.plan import Condition, Findings, Measured, Plan, Stretch
from services.reporting.query.values import fitted
from services.reporting.query.windows import window_of, within

COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)


def resolve(query: Query, at: str, calendar: Calendar, findings: Findings) -> Plan | None:
    """The plan, or None after telling the findings what is wrong with it."""
    before = len(findings.errors)
    grain = findings.known(f"{at}/from", query.from_, GRAINS)
    if grain is None:
        return None
    bucket, dimensions = _dimensions(query, at, grain, findings)
    measures = [measure(m, f"{at}/measures/{n}", grain, calendar, findings) for n, m in enumerate(query.measures)]
    columns = {column: m for m in measures if m is not None for column in m.columns}
    names = [*dimensions, *(column for m in measures if m is not None for column in m.columns)]
    if len(set(names)) < len(names):
        findings.say(f"{at}/measures", "Two columns have the same name; give the measures names of their own with `as`.")
    conditions = [condition(f, f"{at}/filters/{n}", grain, calendar, findings) for n, f in enumerate(query.filters)]
    _check_order(query, at, dimensions, columns, findings)
    time = _time(query.time, at, grain, findings)
    window = window_of(query.window, f"{at}/window", calendar, findings)
    compare = _comparison(query, at, bucket, window, findings)
    if time is None or len(findings.errors) > before:
        return None
    plan = Plan(
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
        compare=compare,
        ignored=("time",) if query.time is not None and bucket is None and window is None else (),
    )
    _check_buckets(plan, at, findings)
    return plan


def behind(query: Behind, calendar: Calendar, findings: Findings) -> Plan | None:
    """What picks the rows behind a figure: its window and filters, and its own place among them."""
    grain = findings.known("/from", query.from_, GRAINS)
    if grain is None:
        return None
    conditions = [condition(f, f"/filters/{n}", grain, calendar, findings) for n, f in enumerate(query.filters)]
    time = _time(query.time, "", grain, findings)
    window = window_of(query.window, "/window", calendar, findings) or Stretch(None, None)
    for name, value in query.at.items():
        if name in BUCKETS:
            window = within(window, name, value, findings)
        else:
            conditions.append(_at(name, value, grain, calendar, findings))
    if time is None or findings.errors:
        return None
    windowed = window if window != Stretch(None, None) else None
    return Plan(
        name="", grain=grain, measures=(), dimensions=(), time=time, bucket=None, window=windowed,
        conditions=tuple(c for c in conditions if c is not None), sort=(), limit=1, limit_by=None, compare=None,
        ignored=("time",) if query.time is not None and windowed is None else (),
    )  # fmt: skip


def _at(name: str, value: object, grain: Grain, calendar: Calendar, findings: Findings) -> Condition | None:
    """A row's value of a dimension as a filter; null are those of which it is not known."""
    dimensions = {name: f for name, f in grain.fields.items() if f.is_dimension}
    if findings.known(f"/at/{name}", name, dimensions | dict.fromkeys(BUCKETS)) is None:
        return None
    of = dimensions[name]
    try:
        return Condition(of, "is_null", True) if value is None else Condition(of, "eq", fitted(of.kind, "eq", value, calendar.zone))
    except ValueError as error:
        findings.say(f"/at/{name}", str(error))
        return None


def _check_order(query: Query, at: str, dimensions: Sequence[str], columns: Mapping[str, Measured], findings: Findings) -> None:
    for n, order in enumerate(query.sort):
        findings.known(f"{at}/sort/{n}/by", order.by, _as_names([*dimensions, *columns]))
        if order.by in columns and columns[order.by].is_money:
            findings.say(f"{at}/sort/{n}/by", "This has an amount for each currency and no order; sort by a count, or by another column.")
    if query.limit_by is not None:
        findings.known(f"{at}/limit_by/dimension", query.limit_by.dimension, _as_names(dimensions))


def _comparison(query: Query, at: str, bucket: Bucket | None, window: Stretch | None, findings: Findings) -> Comparison | None:
    if query.compare is None:
        return None
    found = findings.known(f"{at}/compare", query.compare, {name: name for name in COMPARISONS})
    closed = window is not None and window.first is not None and window.beyond is not None
    if found is not None and bucket is None and not closed:
        findings.say(f"{at}/compare", "Say what is compared: give a bucket, or a window with both its ends.")
    return found


def _check_buckets(plan: Plan, at: str, findings: Findings) -> None:
    """A window may not have more buckets than anybody can read."""
    if plan.bucket is not None and plan.window is not None and plan.window.first is not None and plan.window.beyond is not None:
        shortest = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}[plan.bucket]
        if (plan.window.beyond - plan.window.first).days / shortest > MOST_BUCKETS:
            findings.say(f"{at}/window", f"This window has more than {MOST_BUCKETS} buckets; take a longer bucket or a shorter window.")


def _usual_order(bucket: Bucket | None, measures: Sequence[Measured | None], dimensions: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """In time; within it the largest first."""
    largest = next((m.columns[0] for m in measures if m is not None and not m.apart), None)
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


def _time(name: str | None, at: str, grain: Grain, findings: Findings) -> Field | None:
    times = {name: f for name, f in grain.fields.items() if f.is_time}
    return findings.known(f"{at}/time", name or grain.time, times)


def _as_names(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}
