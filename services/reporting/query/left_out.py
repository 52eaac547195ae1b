"""What does an answer leave out? Rows without the time it goes by, and values a measure cannot use; each with how many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from services.reporting.query.apart import duration
from services.reporting.query.conditions import met
from services.reporting.query.fields import Frame
from services.reporting.query.plan import Measured, Plan
from services.reporting.query.statement import Source, source_of
from services.reporting.select import Connection, rows

_USES = ("sum", "avg", "min", "max", "percentile", "survival")


async def left_out(connection: Connection, plan: Plan, frame: Frame) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [{"what": name, "why": "Neither a window nor a bucket goes by it."} for name in plan.ignored]
    counts = _without_time(plan, frame)
    if counts is not None:
        told += await _told(connection, *counts)
    whole = replace(
        plan, dimensions=tuple(name for name in plan.dimensions if name == plan.bucket)
    )  # each row once, whatever its lists hold
    source = source_of(whole, frame)
    asked: dict[tuple[str, str], ColumnElement[bool]] = {}
    for measure in plan.measures:
        asked |= _unused(measure, source, frame)
    if asked:
        numbers: list[ColumnElement[Any]] = [func.count().filter(which).label(f"n{n}") for n, which in enumerate(asked.values())]
        query: Select[Any] = select(*numbers)
        (found,) = await rows(connection, query.select_from(source.rows).where(*source.where))
        told += [{"what": what, "count": found[f"n{n}"], "why": why} for n, (what, why) in enumerate(asked) if found[f"n{n}"]]
    return told


def _without_time(plan: Plan, frame: Frame) -> tuple[str, Any] | None:
    """How many are left out because their time is unknown; None where that cannot be."""
    if plan.time.always or (plan.bucket is None and plan.window is None):
        return None
    facts = plan.grain.rows(replace(frame, first=None, beyond=None))
    where = [*(met(condition, facts, {}) for condition in plan.conditions), facts.c[plan.time.name].is_(None)]
    return f"{plan.grain.name} without {plan.time.name}", select(func.count().label("count")).select_from(facts).where(*where)


async def _told(connection: Connection, what: str, query: Any) -> list[dict[str, Any]]:
    (found,) = await rows(connection, query)
    return [{"what": what, "count": found["count"], "why": "Their time is not known."}] if found["count"] else []


def _unused(measure: Measured, source: Source, frame: Frame) -> dict[tuple[str, str], ColumnElement[bool]]:
    if measure.op not in _USES or measure.field is None:
        return {}
    name, of = measure.alias, measure.field.name
    if measure.op == "survival":
        time, over, unknown = duration(measure, source, frame)
        return {
            (name, f"Nobody knows their {of}."): unknown,
            (name, f"Their {of} is negative, which is an error in the data."): ~unknown & (time < 0),
            (name, f"Their {of} is not over; they count as lasting until then at least."): ~unknown & ~over & (time >= 0),
        }
    column = source.facts.c[of]
    unused: dict[tuple[str, str], ColumnElement[bool]] = {}
    if not measure.field.always:
        unused[name, f"Their {of} is not known."] = column.is_(None)
    if measure.op == "percentile":
        unused[name, f"Their {of} is negative, which is an error in the data."] = column < 0
    return unused
