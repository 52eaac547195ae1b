"""Which SQL answers a plan? SQLAlchemy Core over our own columns; whatever a caller wrote is a bound value, columns are c0, c1 …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import TIMESTAMP, ColumnElement, Date, Double, FromClause, Select, Subquery, and_, case, cast, func, select, true

from services.reporting.breakdowns import HIDE_BELOW
from services.reporting.periods import midnight
from services.reporting.query.conditions import met
from services.reporting.query.fields import Field, Frame
from services.reporting.query.plan import Condition, Measured, Plan


@dataclass(frozen=True, slots=True)
class Source:
    """What is counted: the grain's rows as of a moment, the lists among the dimensions laid out, and which rows the plan means."""

    facts: Subquery
    rows: FromClause
    lists: Mapping[str, ColumnElement[Any]]
    where: Sequence[ColumnElement[bool]]
    by: Mapping[str, ColumnElement[Any]]

    def met(self, conditions: Sequence[Condition]) -> ColumnElement[bool]:
        return and_(true(), *(met(condition, self.facts, self.lists) for condition in conditions))


@dataclass(frozen=True, slots=True)
class Statement:
    """`columns` names what stands in each column of a row, in order; the last column of a row is the number of rows in all.

    How many stand `behind` a row makes one of them also where nothing else is measured here.
    """

    select: Select[Any]
    columns: tuple[str, ...]


def source_of(plan: Plan, frame: Frame) -> Source:
    facts = plan.grain.rows(frame)
    rows: FromClause = facts
    lists: dict[str, ColumnElement[Any]] = {}
    for name in plan.dimensions:
        of = plan.grain.fields.get(name)
        if of is not None and of.kind == "list":  # one row a value, none included
            values = func.unnest(facts.c[name]).table_valued("value", name=f"each_{name}").render_derived()
            rows, lists[name] = rows.outerjoin(values, true()), values.c.value
    where = [*window(plan, facts, frame.zone), *(met(condition, facts, lists) for condition in plan.conditions)]
    by = {name: _dimension(plan, name, facts, lists, frame.zone) for name in plan.dimensions}
    return Source(facts, rows, lists, where, by)


def statement(plan: Plan, frame: Frame, *, limited: bool) -> Statement:
    """The rows of the answer, with every measure that one row a group can tell."""
    source = source_of(plan, frame)
    measured: dict[str, ColumnElement[Any]] = {}
    for one in plan.measures:
        measured |= {} if one.apart else _columns(one, source)
    columns = dict(source.by) | measured
    rows = source.rows
    if plan.limit_by is not None:
        name, n = plan.limit_by
        top = _top(source, source.by[name], _rank(plan.measures[0], measured), n)
        rows = rows.join(top, source.by[name].is_not_distinct_from(top.c.value))
    order = {name: _shown(name, plan, columns) for name, _ in plan.sort if name in columns}
    query = (
        select(
            *(column.label(f"c{n}") for n, column in enumerate(columns.values())),
            func.count().label("behind"),
            func.count().over().label("total"),
        )
        .select_from(rows)
        .where(*source.where)
        .group_by(*source.by.values())
        .order_by(
            *(_ordered(order[name], desc) for name, desc in plan.sort if name in order),
            *(_ordered(column, False) for column in source.by.values()),
        )
    )
    return Statement(query.limit(plan.limit) if limited else query, tuple(columns))


def window(plan: Plan, facts: Subquery, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    column, moment = facts.c[plan.time.name], plan.time.kind == "moment"
    found: list[ColumnElement[bool]] = []
    if not plan.time.always and (plan.bucket is not None or plan.window is not None):
        found.append(column.is_not(None))
    if plan.window is not None and plan.window.first is not None:
        found.append(column >= (midnight(plan.window.first, zone) if moment else plan.window.first))
    if plan.window is not None and plan.window.beyond is not None:
        found.append(column < (midnight(plan.window.beyond, zone) if moment else plan.window.beyond))
    return found


def _top(source: Source, by: ColumnElement[Any], measure: ColumnElement[Any], n: int) -> Subquery:
    """The n values of a dimension that measure most, over the whole window."""
    order = (_ordered(measure, True), _ordered(by, False))
    query = select(by.label("value")).select_from(source.rows).where(*source.where)
    return query.group_by(by).order_by(*order).limit(n).subquery("top")


def _rank(measure: Measured, measured: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """By the first measure; where that is no single number, by how many rows there are."""
    if measure.op == "ratio":
        return measured[f"{measure.alias}_n"]
    return func.count() if measure.apart else measured[measure.columns[0]]


def _dimension(plan: Plan, name: str, facts: Subquery, lists: Mapping[str, ColumnElement[Any]], zone: ZoneInfo) -> ColumnElement[Any]:
    if name == plan.bucket:
        return cast(func.date_trunc(name, _local(plan.time, facts, zone)), Date)
    return lists[name] if name in lists else facts.c[name]


def _local(time: Field, facts: Subquery, zone: ZoneInfo) -> ColumnElement[Any]:
    return func.timezone(zone.key, facts.c[time.name]) if time.kind == "moment" else cast(facts.c[time.name], TIMESTAMP)


def _columns(measure: Measured, source: Source) -> dict[str, ColumnElement[Any]]:
    """A ratio's column holds how many meet the numerator, until the answer is written."""
    if measure.op == "ratio":
        among = source.met(measure.denominator)
        part = among & source.met(measure.numerator)
        return {measure.columns[0]: func.count().filter(part), measure.columns[1]: func.count().filter(among)}
    if measure.field is None:
        return {measure.alias: func.count()}
    column = source.facts.c[measure.field.name]
    if measure.op == "percentile":
        return {
            name: func.percentile_cont(at).within_group(column).filter(column >= 0)
            for name, at in zip(measure.columns, measure.at, strict=True)
        }
    found: dict[str, ColumnElement[Any]] = {
        "count_distinct": func.count(column.distinct()),
        "sum": func.sum(column),
        "avg": cast(func.avg(column), Double),
        "min": func.min(column),
        "max": func.max(column),
    }
    return {measure.alias: found[measure.op]}


def _shown(name: str, plan: Plan, columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """What a column is sorted by: a ratio by its value, where that is shown."""
    ratio = next((m for m in plan.measures if m.op == "ratio" and m.columns[0] == name), None)
    if ratio is None:
        return columns[name]
    n = columns[ratio.columns[1]]
    return case((n >= HIDE_BELOW, cast(columns[name], Double) / n))


def _ordered(column: ColumnElement[Any], desc: bool) -> ColumnElement[Any]:
    return (column.desc() if desc else column.asc()).nulls_last()
