"""What was it before? Each figure beside the same of the period before, or of the same period a year earlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from services.reporting.periods import Calendar, Period, containing
from services.reporting.query.grammar import Comparison
from services.reporting.query.plan import Plan, Stretch

Row = dict[str, Any]


def before(period: Period, compare: Comparison) -> Period:
    """The period of the same kind just before, or the one of the same name a year earlier."""
    if compare == "previous":
        return period.plus(-1)
    match period.bucket:
        case "day":
            return containing("day", _a_year_earlier(period.first))
        case "week":
            return containing("week", period.first - timedelta(weeks=52))
        case "month":
            return period.plus(-12)
        case "quarter":
            return period.plus(-4)
        case "year":
            return period.plus(-1)


def earlier(plan: Plan, periods: Sequence[Period]) -> Plan:
    """The same question of the time it is compared with."""
    window = plan.window
    if plan.compare is not None and plan.bucket is not None:
        if not periods:
            return replace(plan, compare=None, limit_by=None)
        window = Stretch(before(min(periods), plan.compare).first, before(max(periods), plan.compare).beyond)
    elif plan.compare is not None and window is not None and window.first is not None and window.beyond is not None:
        window = _shifted(window.first, window.beyond, plan.compare)
    return replace(plan, window=window, compare=None, limit_by=None, sort=())


def _shifted(first: date, beyond: date, compare: Comparison) -> Stretch:
    """A window of whole months goes back by as many months, any other by as many days."""
    if compare == "last_year":
        return Stretch(_a_year_earlier(first), _a_year_earlier(beyond))
    if first.day == beyond.day == 1:
        months = (beyond.year - first.year) * 12 + beyond.month - first.month
        return Stretch(containing("month", first).plus(-months).first, first)
    return Stretch(first - (beyond - first), first)


def _a_year_earlier(day: date) -> date:
    """The 29th of February is compared with the 28th."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def beside(table: Sequence[Row], then: Sequence[Row], plan: Plan, calendar: Calendar) -> None:
    """Adds to each row its columns as they were then, as `n_previous` or `n_last_year`."""
    found = {tuple(row[name] for name in plan.dimensions): row for row in then}
    known = {row[plan.bucket] for row in then} if plan.bucket is not None else set()
    columns = [(measure, name) for measure in plan.measures for name in measure.columns]
    none_then = not any(row[name] for row in then for _, name in columns)
    for row in table:
        place = [row[name] for name in plan.dimensions]
        gap = False
        if plan.bucket is not None and plan.compare is not None:
            period = before(containing(plan.bucket, row[plan.bucket]), plan.compare)
            place[plan.dimensions.index(plan.bucket)] = period.first
            gap = period.first not in known and calendar.of(period).why == "not_covered"
        elif plan.window is not None:
            gap = none_then and not _covered(earlier(plan, []).window, calendar)
        was: Mapping[str, Any] = {} if gap else found.get(tuple(place), {})
        for measure, name in columns:
            nothing = None if gap or not (measure.counts or name.endswith("_n")) else 0
            row[f"{name}_{plan.compare}"] = was.get(name, nothing)


def _covered(window: Stretch | None, calendar: Calendar) -> bool:
    if window is None or window.first is None or window.beyond is None:
        return False
    month = containing("month", window.first)
    while month.first < window.beyond:
        if not calendar.covers(month):
            return False
        month = month.plus(1)
    return True
