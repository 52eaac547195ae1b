"""Measures that need a statement of their own: survival times (Kaplan & Meier, JASA 53, 1958) and amounts per currency."""

from __future__ import annotations

from typing import Any

from sqlalchemy import TIMESTAMP, ColumnElement, Double, Integer, Select, Subquery, case, cast, func, literal, select

from services.reporting.query.complaint_rows import days, hours
from services.reporting.query.fields import Frame
from services.reporting.query.plan import Measured, Plan
from services.reporting.query.statement import Source, source_of
from services.reporting.select import Connection, rows

Key = tuple[Any, ...]
_FUZZ = 1e-12  # the product of many shares is a little off; a quantile must not jump for it


async def apart(connection: Connection, measure: Measured, plan: Plan, frame: Frame) -> dict[Key, dict[str, Any]]:
    """The measure's columns for each group."""
    source = source_of(plan, frame)
    return await (_amounts if measure.is_money else _survival)(connection, measure, source, frame)


async def _amounts(connection: Connection, measure: Measured, source: Source, frame: Frame) -> dict[Key, dict[str, Any]]:
    """An amount for each currency, in the order of their codes."""
    amount, currency = source.facts.c.amount, source.facts.c.currency
    found = {"sum": func.sum(amount), "avg": func.round(func.avg(amount), 2), "min": func.min(amount), "max": func.max(amount)}[measure.op]
    query = (
        select(*_labelled(source), currency.label("currency"), found.label("amount"))
        .select_from(source.rows)
        .where(*source.where, amount.is_not(None))
        .group_by(*source.by.values(), currency)
        .order_by(currency)
    )
    told: dict[Key, dict[str, Any]] = {}
    for row in await rows(connection, query):
        money = {"amount": str(row["amount"]), "currency": row["currency"]}
        told.setdefault(_key(row, source), {measure.alias: []})[measure.alias].append(money)
    return told


async def _survival(connection: Connection, measure: Measured, source: Source, frame: Frame) -> dict[Key, dict[str, Any]]:
    """By each share the smallest time at which no more than the rest is still open; what is not over is open until then at least."""
    lasted = _lasted(measure, source, frame)
    by = [lasted.c[f"k{n}"] for n in range(len(source.by))]
    at_each = (
        select(*by, lasted.c.time, func.count().label("left_then"), func.count().filter(lasted.c.over).label("over_then"))
        .where(lasted.c.time >= 0)
        .group_by(*by, lasted.c.time)
        .subquery("at_each")
    )
    by = [at_each.c[column.name] for column in by]
    open_then = func.sum(at_each.c.left_then).over(partition_by=by, order_by=at_each.c.time.desc())
    counted = select(*by, at_each.c.time, at_each.c.over_then, open_then.label("open_then")).subquery("counted")
    by = [counted.c[column.name] for column in by]
    stays = case(
        (counted.c.over_then == counted.c.open_then, literal(float("-inf"), Double)),
        else_=func.ln(1 - cast(counted.c.over_then, Double) / cast(counted.c.open_then, Double)),
    )
    still = func.exp(func.sum(stays).over(partition_by=by, order_by=counted.c.time))
    curve = select(*by, counted.c.time, still.label("still")).subquery("curve")
    by = [curve.c[column.name] for column in by]
    reached = [func.min(curve.c.time).filter(curve.c.still <= 1 - at + _FUZZ).label(f"q{n}") for n, at in enumerate(measure.at)]
    query: Select[Any] = select(*by, *reached).group_by(*by)
    return {_key(row, source): {name: row[f"q{n}"] for n, name in enumerate(measure.columns)} for row in await rows(connection, query)}


def _lasted(measure: Measured, source: Source, frame: Frame) -> Subquery:
    """How long each took, or has lasted until the moment of censoring, and which it is."""
    time, over, left_out = duration(measure, source, frame)
    return (
        select(*_labelled(source), time.label("time"), over.label("over"))
        .select_from(source.rows)
        .where(*source.where, ~left_out)
        .subquery("lasted")
    )


def duration(measure: Measured, source: Source, frame: Frame) -> tuple[ColumnElement[Any], ColumnElement[bool], ColumnElement[bool]]:
    """The time, whether it is over, and whether nothing can be said of it.

    Closed without it ever happening, a complaint waits no longer from then on. Of what others did before an import, or on an unknown
    date, the time is not known.
    """
    facts, until = source.facts, literal(measure.censor_at or frame.as_of, TIMESTAMP(timezone=True))
    begin, end = (facts.c[name] for name in lasts(measure))
    over = end.is_not(None) & (end <= until)
    last = case((over, end), else_=func.least(func.coalesce(facts.c.closed_at, until), until))
    closed = facts.c.state.in_(("closed", "withdrawn"))
    left_out = end.is_(None) & (
        (closed & facts.c.closed_at.is_(None)) | (facts.c.imported if lasts(measure)[1] != "closed_at" else literal(False))
    )
    in_days = measure.field is not None and measure.field.unit == "days"
    time = cast(days(begin, last, frame.zone), Integer) if in_days else hours(begin, last)
    return time, over, left_out


def lasts(measure: Measured) -> tuple[str, str]:
    assert measure.field is not None
    assert measure.field.lasts is not None
    return measure.field.lasts


def _labelled(source: Source) -> list[ColumnElement[Any]]:
    return [column.label(f"k{n}") for n, column in enumerate(source.by.values())]


def _key(row: dict[str, Any], source: Source) -> Key:
    return tuple(row[f"k{n}"] for n in range(len(source.by)))
