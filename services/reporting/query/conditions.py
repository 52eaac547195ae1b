"""Does a filter make sense, and how is it put to the database? Whatever a caller wrote is a bound value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Double, Subquery, Text, cast, func, or_

from services.reporting.periods import Calendar
from services.reporting.query.fields import OPERATIONS, Grain, Op
from services.reporting.query.grammar import Filter
from services.reporting.query.plan import Condition, Findings
from services.reporting.query.values import fitted

Lists = Mapping[str, ColumnElement[Any]]  # list fields that are laid out one row a value


def condition(given: Filter, at: str, grain: Grain, calendar: Calendar, findings: Findings) -> Condition | None:
    """The condition, or None after telling the findings what is wrong with it."""
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


def met(condition: Condition, facts: Subquery, lists: Lists) -> ColumnElement[bool]:
    """Unknown is never equal and always different, so `ne` and `not_in` include it."""
    of, value = condition.field, condition.value
    if of.kind == "list" and of.name not in lists:
        return _by_list(condition, facts.c[of.name])
    column: ColumnElement[Any] = lists.get(of.name, facts.c[of.name])
    if of.kind == "number" and condition.op != "is_null":  # so that 1.5 may be asked of whole numbers too
        column, value = cast(column, Double), [float(one) for one in value] if isinstance(value, list) else float(value)
    ways: dict[Op, Callable[[], ColumnElement[bool]]] = {
        "eq": lambda: column == value,
        "ne": lambda: column.is_distinct_from(value),
        "in": lambda: column.in_(value),
        "not_in": lambda: or_(column.is_(None), column.not_in(value)),
        "gte": lambda: column >= value,
        "lte": lambda: column <= value,
        "is_null": lambda: column.is_(None) if value else column.is_not(None),
    }
    return ways[condition.op]()


def _by_list(condition: Condition, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Of several values, one is enough: `eq` is met by a complaint that has it among others."""
    if condition.op == "is_null":
        empty: ColumnElement[bool] = func.cardinality(column) == 0
        return empty if condition.value else ~empty
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    has_one: ColumnElement[bool] = column.bool_op("&&")(cast(values, ARRAY(Text)))
    return has_one if condition.op in ("eq", "in") else ~has_one
