"""What does a query answer? Its rows, every bucket of its window, and what was left out; never silently wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from services.reporting.metrics.definition import Definition
from services.reporting.periods import Bucket, Calendar, Period, between, containing
from services.reporting.query.grammar import MOST_BUCKETS
from services.reporting.query.resolve import Counted, Findings, Plan
from services.reporting.query.statement import statement, without_time
from services.reporting.select import Connection, rows
from services.reporting.terms import Terms
from shared.web.language import Language

Row = dict[str, Any]

COUNT = Definition(
    "count", 1, "Number", "件数",
    "Complaints, each once; grouped by `issue_code` or `data_flags`, once under each value.",
    "投诉件数，每件计一次；按问题或数据疑点分组时，在每个值下各计一次。",
)  # fmt: skip
COUNT_DISTINCT = Definition(
    "count_distinct",
    1,
    "Different values",
    "不同值个数",
    "Different known values of the field.",
    "该字段已知的不同取值个数。",
    unit="values",
)
DEFINITIONS = {"count": COUNT, "count_distinct": COUNT_DISTINCT}


def check_buckets(plan: Plan, at: str, findings: Findings) -> None:
    """A window may not have more buckets than anybody can read."""
    if plan.bucket is not None and plan.window is not None and plan.window.first is not None and plan.window.beyond is not None:
        shortest = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}[plan.bucket]
        if (plan.window.beyond - plan.window.first).days / shortest > MOST_BUCKETS:
            findings.say(f"{at}/window", f"This window has more than {MOST_BUCKETS} buckets; take a longer bucket or a shorter window.")


async def answer(connection: Connection, plan: Plan, terms: Terms) -> dict[str, Any]:
    alone = plan.bucket is not None and plan.dimensions == (plan.bucket,)
    asked = statement(plan, terms.as_of.recorded_at, terms.calendar.zone, limited=not alone)
    found = await rows(connection, asked.select)
    table = [{name: row[f"c{n}"] for n, name in enumerate(asked.columns)} for row in found]
    total = found[0]["total"] if found else 0
    periods = _periods(plan, table, terms.calendar)
    if alone:
        table = _every(plan, table, periods, terms.calendar)
        total = len(table)
        table = table[: plan.limit]
    if plan.bucket is not None:
        for row in table:
            row[plan.bucket] = containing(plan.bucket, row[plan.bucket]).label
    return {
        "name": plan.name,
        "rows": table,
        "periods": [_told(period, terms.calendar) for period in periods],
        "total_rows": total,
        "ignored": await _ignored(connection, plan, terms),
        "hidden": [],
        "as_of": terms.as_of.told(),
        "policy_version": terms.policy_version,
        "definitions": {m.alias: _definition(m, terms.language) for m in plan.measures},
    }


def _periods(plan: Plan, table: Sequence[Row], calendar: Calendar) -> list[Period]:
    """Every bucket of the window, an open end of which is where the rows end; without a bucket, the window's months."""
    bucket: Bucket | None = plan.bucket or ("month" if plan.window is not None else None)
    if bucket is None:
        return []
    days: list[date] = [row[plan.bucket] for row in table] if plan.bucket is not None else []
    first = plan.window.first if plan.window is not None else None
    beyond = plan.window.beyond if plan.window is not None else None
    start = first or min(days, default=None)
    last = beyond - timedelta(days=1) if beyond is not None else max(days, default=calendar.today() if first is not None else None)
    if start is None or last is None or last < start:
        return []
    return between(bucket, start, min(last, start + MOST_BUCKETS * (containing(bucket, start).beyond - containing(bucket, start).first)))


def _every(plan: Plan, table: Sequence[Row], periods: Sequence[Period], calendar: Calendar) -> list[Row]:
    """A row for every bucket: nothing counted is zero where it could have been, unknown where it was not covered."""
    bucket = plan.bucket or "month"
    there = {row[bucket] for row in table}
    full = list(table)
    for period in periods:
        if period.first not in there:
            nothing = None if calendar.of(period).why == "not_covered" else 0
            full.append({bucket: period.first} | {m.alias: nothing for m in plan.measures})
    full.sort(key=lambda row: row[bucket])
    for name, desc in reversed(plan.sort):  # sorting is stable, so the last named goes first
        known = sorted((row for row in full if row[name] is not None), key=lambda row: row[name], reverse=desc)
        full = known + [row for row in full if row[name] is None]
    return full


async def _ignored(connection: Connection, plan: Plan, terms: Terms) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [{"what": name, "why": "Neither a window nor a bucket goes by it."} for name in plan.ignored]
    query = without_time(plan, terms.as_of.recorded_at)
    if query is not None:
        (found,) = await rows(connection, query)
        if found["count"]:
            told.append({"what": f"complaints without {plan.time.name}", "count": found["count"], "why": "Their time is not known."})
    return told


def _told(period: Period, calendar: Calendar) -> dict[str, Any]:
    found = calendar.of(period)
    return {"period": period.label, "complete": found.complete, "why": found.why, "expected_from": found.expected_from.isoformat()}


def _definition(measure: Counted, language: Language) -> Mapping[str, Any]:
    of = {} if measure.field is None else {"field": measure.field.name}
    return DEFINITIONS[measure.op].told(language) | of
