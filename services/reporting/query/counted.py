"""Can this plan be answered from the counters, and what do they say? The same rows in the same order as the database would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from heapq import nlargest, nsmallest
from typing import Any

from services.reporting.periods import containing
from services.reporting.query.counters import COUNTED, TOTAL, Cells, Counters, Groups, Place
from services.reporting.query.fields import Frame
from services.reporting.query.plan import Condition, Plan
from services.reporting.select import Connection

Row = dict[str, Any]
Group = tuple[Place, int]


async def counted(connection: Connection, counters: Counters, plan: Plan, frame: Frame, *, limited: bool) -> tuple[list[Row], int] | None:
    """The rows and how many there are in all; None where the counters cannot tell."""
    dimension = _dimension(plan)
    kept = await counters.kept_as_of(connection, dimension, frame) if dimension is not None else None
    if kept is None or dimension is None:
        return None
    asked = repr((plan.dimensions, plan.bucket, plan.window, [(c.op, c.value) for c in plan.conditions], frame.merged))
    groups = _limited(kept.answer(asked, partial(_groups, plan, frame, dimension)).counts, plan)
    aliases = [measure.alias for measure in plan.measures]
    shown = first(groups, plan, plan.limit if limited else len(groups))
    return [dict(zip(plan.dimensions, place, strict=True)) | dict.fromkeys(aliases, n) for place, n in shown], len(groups)


def _dimension(plan: Plan) -> str | None:
    """The one dimension that the plan counts by or picks from; None where there are others, or other things to measure."""
    named = {*plan.dimensions, *(condition.field.name for condition in plan.conditions)} - {plan.bucket}
    whole_months = plan.window is None or all(end is None or end.day == 1 for end in (plan.window.first, plan.window.beyond))
    only_counts = plan.grain.name == "complaints" and plan.time.name == "received_at" and all(m.op == "count" for m in plan.measures)
    by_text = any(desc and name not in (plan.bucket, *(m.alias for m in plan.measures)) for name, desc in plan.sort)
    of_many = "issue_code" in named - {*plan.dimensions}  # a complaint has several issues, and may meet a condition by any of them
    if not only_counts or not whole_months or plan.bucket in ("day", "week") or by_text or of_many:
        return None
    if len(named) > 1 or not named <= set(COUNTED) or (plan.limit_by is not None and plan.limit_by[0] == plan.bucket):
        return None
    return next(iter(named), TOTAL)


def _groups(plan: Plan, frame: Frame, dimension: str, cells: Cells) -> Groups:
    """Each group's place, in the order of the plan's dimensions, and its number."""
    found = Groups(_placing(plan, frame, dimension), {} if plan.dimensions else {(): 0})
    for (month, value), count in cells.items():
        found.add(month, value, count)
    return found


def _placing(plan: Plan, frame: Frame, dimension: str) -> Callable[[date, str | None], Place | None]:
    met = [_met(condition) for condition in plan.conditions]
    merged = frame.merged if dimension == "customer_ref" else {}
    of_bucket = [name == plan.bucket for name in plan.dimensions]
    starts: dict[date, date | None] = {}

    def place(month: date, value: str | None) -> Place | None:
        if month not in starts:
            starts[month] = _bucket(plan, month)
        start = starts[month]
        of = merged.get(value, value) if value is not None and merged else value
        if start is None or (met and not all(condition(of) for condition in met)):
            return None
        return tuple([start if is_bucket else of for is_bucket in of_bucket])

    return place


def _bucket(plan: Plan, month: date) -> date | None:
    """Into which bucket a month falls; None outside the window."""
    first, beyond = (plan.window.first, plan.window.beyond) if plan.window is not None else (None, None)
    if (first is not None and month < first) or (beyond is not None and month >= beyond):
        return None
    return containing(plan.bucket or "month", month).first


def _limited(groups: dict[Place, int], plan: Plan) -> dict[Place, int]:
    """The values with the most, over the whole window, with all their buckets."""
    if plan.limit_by is None:
        return groups
    at = plan.dimensions.index(plan.limit_by[0])
    totals: Counter[Any] = Counter()
    for place, n in groups.items():
        totals[place[at]] += n
    kept = set(sorted(totals, key=lambda value: (-totals[value], value is None, value or ""))[: plan.limit_by[1]])
    return {place: n for place, n in groups.items() if place[at] in kept}


def first(groups: dict[Place, int], plan: Plan, limit: int) -> list[Group]:
    """The first of them in the plan's order. Most lie beyond the last one shown already by what they are ordered by first."""
    found: Iterable[Group] = groups.items()
    if plan.sort and 0 < limit < len(groups):
        name, desc = plan.sort[0]
        at = plan.dimensions.index(name) if name in plan.dimensions else None
        values = [value for place, n in found if (value := n if at is None else place[at]) is not None]
        if len(values) >= limit:
            last = (nlargest if desc else nsmallest)(limit, values)[-1]
            found = [
                group
                for group in found
                if (value := group[1] if at is None else group[0][at]) is not None and (value >= last if desc else value <= last)
            ]
    return sorted(found, key=_order(plan))[:limit]


def _order(plan: Plan) -> Callable[[Group], tuple[Any, ...]]:
    """As the plan says, then by the dimensions; what is not known last."""
    parts: list[tuple[int | None, bool]] = []  # which place, None for the number; falling
    for name, desc in (*plan.sort, *((name, False) for name in plan.dimensions)):
        parts.append((plan.dimensions.index(name) if name in plan.dimensions else None, desc))

    def key(group: Group) -> tuple[Any, ...]:
        place, n = group
        found: list[Any] = []
        for at, desc in parts:
            value = n if at is None else place[at]
            if isinstance(value, date):
                value = value.toordinal()
            found += (value is None, value if value is None or not desc else -value)
        return tuple(found)

    return key


def _met(condition: Condition) -> Callable[[str | None], bool]:
    """As the database has it: unknown is never equal and always different."""
    given = condition.value
    ways: dict[str, Callable[[str | None], bool]] = {
        "eq": lambda value: value == given,
        "ne": lambda value: value != given,
        "in": lambda value: value in given,
        "not_in": lambda value: value not in given,
        "is_null": lambda value: (value is None) == given,
    }
    return ways[condition.op]
