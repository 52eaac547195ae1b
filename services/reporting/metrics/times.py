"""How long until a complaint was acknowledged, remedied, closed? Over those received in the period, open ones censored at the moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from services.reporting.metrics.definition import Definition, Span
from services.reporting.metrics.indicator import Figure, Indicator, quantiles
from services.reporting.select import Connection
from services.reporting.story import CLOSED_STATES
from services.reporting.terms import Terms

MICROSECOND, CENT = timedelta(microseconds=1), Decimal("0.01")

_STATES = ", ".join(f"'{state}'" for state in CLOSED_STATES)
_HOURS = "round((extract(epoch from {end} - received_at) / 3600)::numeric, 2)::float"
_DAYS = "(timezone($4, {end})::date - timezone($4, received_at)::date)::float"
_TIMES = """
with told as (
    select {lasted} as lasted, case when {end} is null then received_at end as since, {unknown} as unknown from complaints
    where received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3 and $4::text is not null
)
select lasted, case when not unknown then since end as since, unknown, count(*)::int as count from told group by 1, 2, 3
"""


def _query(lasted: str, end: str, unknown: str) -> str:
    return _TIMES.format(lasted=lasted.format(end=end), end=end, unknown=unknown)


def _hours(since: datetime, until: datetime) -> float:
    """As the database rounds those that have ended."""
    return float((Decimal((until - since) // MICROSECOND) / 3_600_000_000).quantize(CENT, ROUND_HALF_UP))


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> float:
    return float((until.astimezone(zone).date() - since.astimezone(zone).date()).days)


_QUERIES = {
    # what came from elsewhere was acknowledged or remedied there, nobody knows when
    "acknowledge_hours": _query(_HOURS, "acknowledged_at", "imported and acknowledged_at is null"),
    "remedy_hours": _query(_HOURS, "remedied_at", f"remedied_at is null and (imported or state in ({_STATES}))"),
    "close_days": _query(_DAYS, "closed_at", f"closed_at is null and state in ({_STATES})"),
}


def _count(name: str) -> Callable[[Connection, Span, Terms], Awaitable[list[asyncpg.Record]]]:
    async def count(connection: Connection, span: Span, terms: Terms) -> list[asyncpg.Record]:
        found: list[asyncpg.Record] = await connection.fetch(_QUERIES[name], *span, terms.as_of.recorded_at, terms.calendar.zone.key)
        return found

    return count


def _told(name: str) -> Callable[[Any, Terms], Figure]:
    def told(rows: Any, terms: Terms) -> Figure:
        """What goes on has lasted until now."""
        lasted: dict[float, list[int]] = defaultdict(lambda: [0, 0])
        for row in rows:
            if row["unknown"]:
                continue
            time = row["lasted"] if row["since"] is None else _so_far(name, row["since"], terms)
            lasted[time][row["since"] is not None] += row["count"]
        counted = [(time, ended, going) for time, (ended, going) in sorted(lasted.items()) if time >= 0]
        return {
            **quantiles(counted),
            "n": sum(ended for _, ended, _ in counted),
            "open": sum(going for _, _, going in counted),
            "excluded_negative": sum(sum(counts) for time, counts in lasted.items() if time < 0),
            "excluded_unknown": sum(row["count"] for row in rows if row["unknown"]),
            "method": "kaplan_meier",
        }

    return told


def _so_far(name: str, since: datetime, terms: Terms) -> float:
    now = terms.as_of.recorded_at
    return _days(since, now, terms.calendar.zone) if name == "close_days" else _hours(since, now)


_EN = (
    "Kaplan–Meier over the complaints received in the period: the smallest {unit} by which half, 80 % and 90 % were {done}; {measured}."
    " What is not {done} counts as open until `as_of`; negative times and unknown ones are left out and counted."
)
_ZH = "本期收到的投诉的 Kaplan-Meier 估计：达到 50 %、80 %、90 % {done}所需的最少{unit}；{measured}。截至统计时刻未{done}的按删失处理；负值和不明者剔除并计数。"
_HOUR_EN, _HOUR_ZH = "hours elapsed from the earliest receipt", "自最早收到起的实际小时数"


def _indicator(name: str, labels: tuple[str, str], done: tuple[str, str], unit: tuple[str, str], measured: tuple[str, str]) -> Indicator:
    en = _EN.format(unit=unit[0], done=done[0], measured=measured[0])
    zh = _ZH.format(unit=unit[1], done=done[1], measured=measured[1])
    return Indicator(Definition(name, 1, *labels, en, zh, unit[0], "received_in_period"), _count(name), _told(name))


TIMES = (
    _indicator("acknowledge_hours", ("Time to acknowledge", "告知收到用时"), ("acknowledged", "告知"), ("hours", "小时"), (_HOUR_EN, _HOUR_ZH)),
    _indicator("remedy_hours", ("Time to remedy", "补救用时"), ("remedied", "补救"), ("hours", "小时"), (_HOUR_EN, _HOUR_ZH)),
    _indicator(
        "close_days", ("Time to close", "办结用时"), ("closed", "办结"), ("days", "天"),
        ("calendar dates apart in the organisation's zone", "按本组织时区的日历日相差天数"),
    ),
)  # fmt: skip
