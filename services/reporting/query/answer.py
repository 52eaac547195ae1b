"""What does a query answer? Its rows, every bucket of its window, and what was left out; never silently wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from services.reporting.breakdowns import HIDE_BELOW
from services.reporting.periods import Bucket, Calendar, Period, between, containing
from services.reporting.query import compared
from services.reporting.query.apart import apart
from services.reporting.query.counted import counted
from services.reporting.query.counters import Counters
from services.reporting.query.definitions import defined
from services.reporting.query.fields import Frame
from services.reporting.query.grammar import MOST_BUCKETS
from services.reporting.query.left_out import left_out
from services.reporting.query.plan import Plan
from services.reporting.query.shares import share
from services.reporting.query.statement import statement
from services.reporting.select import Connection, rows
from services.reporting.terms import Terms

Row = dict[str, Any]


async def answer(connection: Connection, counters: Counters, plan: Plan, terms: Terms, merged: Mapping[str, str]) -> dict[str, Any]:
    frame = plan.frame(terms.as_of.recorded_at, terms.calendar, merged)
    alone = plan.bucket is not None and plan.dimensions == (plan.bucket,)
    by_survival = any(m.op == "survival" and name in m.columns for m in plan.measures for name, _ in plan.sort)
    table, total = await _table(connection, counters, plan, frame, limited=not (alone or by_survival))
    periods = _periods(plan, table, terms.calendar)
    if alone:
        table = _every(plan, table, periods, terms.calendar)
        total = len(table)
    if alone or by_survival:
        table = _sorted(table, plan)[: plan.limit]
    if plan.compare is not None:
        earlier = compared.earlier(plan, [containing(plan.bucket, row[plan.bucket]) for row in table] if plan.bucket is not None else [])
        then, _ = await _table(connection, counters, earlier, earlier.frame(frame.as_of, terms.calendar, merged), limited=False)
        compared.beside(table, then, plan, terms.calendar)
    hidden = _hidden(plan, table)
    if plan.bucket is not None:
        for row in table:
            row[plan.bucket] = containing(plan.bucket, row[plan.bucket]).label
    return {
        "name": plan.name,
        "rows": table,
        "periods": [_told(period, plan, terms.calendar) for period in periods],
        "total_rows": total,
        "ignored": await left_out(connection, plan, frame),
        "hidden": hidden,
        "as_of": terms.as_of.told(),
        "policy_version": terms.policy_version,
        "definitions": {measure.alias: defined(measure, plan.grain, terms.language) for measure in plan.measures},
    }


async def _table(connection: Connection, counters: Counters, plan: Plan, frame: Frame, *, limited: bool) -> tuple[list[Row], int]:
    """The rows with every measure, and how many there are in all."""
    quick = await counted(connection, counters, plan, frame, limited=limited)
    if quick is not None:
        return quick
    asked = statement(plan, frame, limited=limited)
    found = await rows(connection, asked.select)
    table: list[Row] = []
    others = [(measure, await apart(connection, measure, plan, frame)) for measure in plan.measures if measure.apart]
    for one in found:
        row = {name: one[f"c{n}"] for n, name in enumerate(asked.columns)}
        key = tuple(row[name] for name in plan.dimensions)
        full = {name: row[name] for name in plan.dimensions}
        apart_from = {measure.alias: of.get(key, {}) for measure, of in others}
        for measure in plan.measures:
            if measure.apart:
                full |= dict.fromkeys(measure.columns, [] if measure.is_money else None) | apart_from[measure.alias]
            elif measure.op == "ratio":
                full |= share(measure, row)
            else:
                full |= {name: row[name] for name in measure.columns}
        table.append(full)
    return table, found[0]["total"] if found else 0


def _periods(plan: Plan, table: Sequence[Row], calendar: Calendar) -> list[Period]:
    """Every bucket of the window, an open end of which is where the rows end; without a bucket, the window's months."""
    bucket: Bucket | None = plan.bucket or ("month" if plan.window is not None else None)
    if bucket is None:
        return []
    days: list[date] = [day for row in table if (day := row[plan.bucket]) is not None] if plan.bucket is not None else []
    first = plan.window.first if plan.window is not None else None
    beyond = plan.window.beyond if plan.window is not None else None
    start = first or min(days, default=None)
    last = beyond - timedelta(days=1) if beyond is not None else max(days, default=calendar.today() if first is not None else None)
    if start is None or last is None or last < start:
        return []
    return between(bucket, start, min(last, start + MOST_BUCKETS * (containing(bucket, start).beyond - containing(bucket, start).first)))


def _every(plan: Plan, table: Sequence[Row], periods: Sequence[Period], calendar: Calendar) -> list[Row]:
    """A row for every bucket: nothing counted is zero where it could have been, unknown where it was not covered or has not come."""
    bucket = plan.bucket or "month"
    there = {row[bucket] for row in table}
    full = list(table)
    for period in periods:
        if period.first not in there:
            to_come = plan.grain.name == "open_daily" and period.first > calendar.today()
            nothing = None if to_come or calendar.of(period).why == "not_covered" else 0
            full.append({bucket: period.first} | _nothing(plan, nothing))
    return sorted(full, key=lambda row: row[bucket])


def _nothing(plan: Plan, number: int | None) -> Row:
    row: Row = {}
    for measure in plan.measures:
        row |= dict.fromkeys(measure.columns, number if measure.counts else [] if measure.is_money else None)
        if measure.op == "ratio":
            row[measure.columns[1]] = number
    return row


def _sorted(table: Sequence[Row], plan: Plan) -> list[Row]:
    """Sorting is stable, so the last named goes first; what is not known stands last."""
    full = list(table)
    for name, desc in reversed(plan.sort):
        known = sorted((row for row in full if row[name] is not None), key=lambda row: row[name], reverse=desc)
        full = known + [row for row in full if row[name] is None]
    return full


def _hidden(plan: Plan, table: Sequence[Row]) -> list[dict[str, Any]]:
    """Which shares are not shown, since fewer than ten stand behind them."""
    told: list[dict[str, Any]] = []
    for measure in plan.measures:
        if measure.op == "ratio":
            places = [_place(row, plan) for row in table if row[measure.columns[0]] is None and row[measure.columns[1]]]
            told += [{"what": measure.alias, "at": place, "why": f"n<{HIDE_BELOW}"} for place in places]
    return told


def _place(row: Row, plan: Plan) -> Row:
    return {name: containing(plan.bucket, row[name]).label if name == plan.bucket else row[name] for name in plan.dimensions}


def _told(period: Period, plan: Plan, calendar: Calendar) -> dict[str, Any]:
    found = calendar.of(period)
    told = {"period": period.label, "complete": found.complete, "why": found.why, "expected_from": found.expected_from.isoformat()}
    if plan.compare is not None and plan.bucket is not None:
        told["compared_with"] = compared.before(period, plan.compare).label
    return told
