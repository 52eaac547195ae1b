"""Which SQL answers a plan? SQLAlchemy Core over our own columns; whatever a caller wrote is a bound value, columns are c0, c1 …"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, TIMESTAMP, ColumnElement, Date, FromClause, Select, Subquery, Text, cast, func, or_, select, true

from services.reporting.periods import midnight
from services.reporting.query.fields import Field, Op
from services.reporting.query.resolve import Condition, Counted, Plan
from services.reporting.select import known


@dataclass(frozen=True, slots=True)
class Statement:
    """`columns` names what stands in each column of a row, in order; the last column of a row is the number of rows in all."""

    select: Select[Any]
    columns: tuple[str, ...]


def statement(plan: Plan, as_of: datetime, zone: ZoneInfo, *, limited: bool) -> Statement:
    source, lists = _source(plan)
    where = [known(plan.grain.table, as_of), *_window(plan, zone), *(_condition(c, lists) for c in plan.conditions)]
    by = {name: _dimension(plan, name, lists, zone) for name in plan.dimensions}
    measured = {m.alias: _measure(m) for m in plan.measures}
    columns = by | measured
    if plan.limit_by is not None:
        name, n = plan.limit_by
        top = _top(source, where, by[name], next(iter(measured.values())), n)
        source = source.join(top, by[name].is_not_distinct_from(top.c.value))
    query = (
        select(*(column.label(f"c{n}") for n, column in enumerate(columns.values())), func.count().over().label("total"))
        .select_from(source)
        .where(*where)
        .group_by(*by.values())
        .order_by(*(_ordered(columns[name], desc) for name, desc in plan.sort), *(_ordered(column, False) for column in by.values()))
    )
    return Statement(query.limit(plan.limit) if limited else query, tuple(columns))


def without_time(plan: Plan, as_of: datetime) -> Select[Any] | None:
    """How many are left out because their time is unknown; None where that cannot be."""
    if not plan.time.column.nullable or (plan.bucket is None and plan.window is None):
        return None
    where = [known(plan.grain.table, as_of), *(_condition(c, {}) for c in plan.conditions), plan.time.column.is_(None)]
    return select(func.count().label("count")).select_from(plan.grain.table).where(*where)


def _source(plan: Plan) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
    """The grain; a list used as dimension is laid out one row a value, none included."""
    source: FromClause = plan.grain.table
    lists: dict[str, ColumnElement[Any]] = {}
    for name in plan.dimensions:
        of = plan.grain.fields.get(name)
        if of is not None and of.kind == "list":
            values = func.unnest(of.column).table_valued("value", name=f"each_{name}").render_derived()
            source, lists[name] = source.outerjoin(values, true()), values.c.value
    return source, lists


def _top(source: FromClause, where: list[ColumnElement[bool]], by: ColumnElement[Any], measure: ColumnElement[Any], n: int) -> Subquery:
    """The n values of a dimension that measure most, over the whole window."""
    order = (_ordered(measure, True), _ordered(by, False))
    return select(by.label("value")).select_from(source).where(*where).group_by(by).order_by(*order).limit(n).subquery("top")


def _dimension(plan: Plan, name: str, lists: dict[str, ColumnElement[Any]], zone: ZoneInfo) -> ColumnElement[Any]:
    if name == plan.bucket:
        return cast(func.date_trunc(name, _local(plan.time, zone)), Date)
    return lists[name] if name in lists else plan.grain.fields[name].column


def _local(time: Field, zone: ZoneInfo) -> ColumnElement[Any]:
    return func.timezone(zone.key, time.column) if time.kind == "moment" else cast(time.column, TIMESTAMP)


def _measure(measure: Counted) -> ColumnElement[Any]:
    return func.count() if measure.field is None else func.count(measure.field.column.distinct())


def _window(plan: Plan, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    column, moment = plan.time.column, plan.time.kind == "moment"
    found: list[ColumnElement[bool]] = []
    if plan.bucket is not None or plan.window is not None:
        found.append(column.is_not(None))
    if plan.window is not None and plan.window.first is not None:
        found.append(column >= (midnight(plan.window.first, zone) if moment else plan.window.first))
    if plan.window is not None and plan.window.beyond is not None:
        found.append(column < (midnight(plan.window.beyond, zone) if moment else plan.window.beyond))
    return found


def _condition(condition: Condition, lists: dict[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    """Unknown is never equal and always different, so `ne` and `not_in` include it."""
    of, value = condition.field, condition.value
    if of.kind == "list" and of.name not in lists:
        return _of_list(condition)
    column: ColumnElement[Any] = lists.get(of.name, of.column)
    met: dict[Op, Callable[[], ColumnElement[bool]]] = {
        "eq": lambda: column == value,
        "ne": lambda: column.is_distinct_from(value),
        "in": lambda: column.in_(value),
        "not_in": lambda: or_(column.is_(None), column.not_in(value)),
        "gte": lambda: column >= value,
        "lte": lambda: column <= value,
        "is_null": lambda: column.is_(None) if value else column.is_not(None),
    }
    return met[condition.op]()


def _of_list(condition: Condition) -> ColumnElement[bool]:
    """Of several values, one is enough: `eq` is met by a complaint that has it among others."""
    column = condition.field.column
    if condition.op == "is_null":
        empty: ColumnElement[bool] = func.cardinality(column) == 0
        return empty if condition.value else ~empty
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    has_one: ColumnElement[bool] = column.bool_op("&&")(cast(values, ARRAY(Text)))
    return has_one if condition.op in ("eq", "in") else ~has_one


def _ordered(column: ColumnElement[Any], desc: bool) -> ColumnElement[Any]:
    return (column.desc() if desc else column.asc()).nulls_last()
