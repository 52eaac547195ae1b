"""Which rows stand behind a figure? Page by page for the screen, or all of them for a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, Text, case, cast, func, literal, select, tuple_

from services.reporting.query.conditions import met
from services.reporting.query.fields import Field, Frame, Kind
from services.reporting.query.plan import Plan
from services.reporting.query.statement import window

_DANGEROUS = "^[=+\\-@\t\r\n＝＋－＠]"  # a spreadsheet would take it for a formula
_MOMENT = 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM'


def whole(plan: Plan, frame: Frame, names: Sequence[str] | None = None) -> Frame:
    """With all the fields that a row shows."""
    return Frame(
        frame.as_of, frame.zone, frame.today, frozenset(names or plan.grain.fields) | frame.names, frame.merged, frame.first, frame.beyond
    )


def page(plan: Plan, frame: Frame, after: Sequence[Any] | None, limit: int) -> Select[Any]:
    """Rows behind the place `after`, in the grain's own order."""
    facts, where = _meant(plan, frame)
    order = [facts.c[name] for name, _ in plan.grain.order]
    if after is not None:
        place = [_again(kind, value) for (_, kind), value in zip(plan.grain.order, after, strict=True)]
        where.append(tuple_(*order) > tuple_(*(literal(value, column.type) for value, column in zip(place, order, strict=True))))
    return select(*(facts.c[name] for name in plan.grain.fields)).where(*where).order_by(*order).limit(limit)


def count(plan: Plan, frame: Frame) -> Select[Any]:
    facts, where = _meant(plan, frame)
    return select(func.count().label("count")).select_from(facts).where(*where)


def subjects(plan: Plan, frame: Frame, limit: int) -> Select[Any]:
    """The complaints among them."""
    facts, where = _meant(plan, frame)
    return select(facts.c.complaint_id).distinct().where(*where).order_by(facts.c.complaint_id).limit(limit)


def for_a_file(plan: Plan, frame: Frame, names: Sequence[str]) -> Select[Any]:
    """All of them, each value as a file has it: text, or a number. What a spreadsheet would take for a formula begins with an apostrophe."""
    facts, where = _meant(plan, frame)
    columns = [_in_a_file(plan.grain.fields[name], facts.c[name]).label(f"c{n}") for n, name in enumerate(names)]
    return select(*columns).where(*where).order_by(*(facts.c[name] for name, _ in plan.grain.order))


def place(plan: Plan, row: Mapping[str, Any]) -> list[Any]:
    """Where a row stands in the order."""
    return [row[name].isoformat() if kind in ("moment", "day") else str(row[name]) for name, kind in plan.grain.order]


def _meant(plan: Plan, frame: Frame) -> tuple[Subquery, list[ColumnElement[bool]]]:
    facts = plan.grain.rows(frame)
    return facts, [*window(plan, facts, frame.zone), *(met(condition, facts, {}) for condition in plan.conditions)]


def _in_a_file(field: Field, column: ColumnElement[Any]) -> ColumnElement[Any]:
    match field.kind:
        case "number" | "money":
            return column
        case "moment":
            return func.to_char(column, _MOMENT)
        case "id" | "day" | "flag":
            return cast(column, Text)
        case "list":
            text: ColumnElement[Any] = func.array_to_string(column, "; ")
        case "text":
            text = column
    return case((text.regexp_match(_DANGEROUS), func.concat("'", text)), else_=text)


def _again(kind: Kind, value: str) -> Any:
    """A sort key from a cursor, which only holds text."""
    match kind:
        case "moment":
            return datetime.fromisoformat(value)
        case "day":
            return date.fromisoformat(value)
        case "id":
            return UUID(value)
        case _:
            return int(value)
