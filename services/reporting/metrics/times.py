"""How long until a complaint was acknowledged, remedied, closed? Over those received in the period, open ones censored at the moment."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, timedelta

from services.reporting.metrics.definition import Definition, Span
from services.reporting.metrics.indicator import CLOSED, TOLD, Figure, Indicator
from services.reporting.metrics.lasted import Lasted, quantiles
from services.reporting.terms import Terms

MICROSECOND = timedelta(microseconds=1)
CENT = 36_000_000  # microseconds: a hundredth of an hour

_HOURS = "round((extract(epoch from {end} - received_at) / 3600)::numeric, 2)::float"
_DAY = "timezone($4, received_at)::date"
_DAYS = f"(timezone($4, {{end}})::date - {_DAY})::float"
_TIMES = """, timed as (
    select {lasted} as lasted, case when {end} is null then {since} end as since, {unknown} as unknown from told
)
select case when not unknown then lasted end, case when not unknown then since end, unknown, count(*)::int from timed group by 1, 2, 3
"""


def _query(lasted: str, end: str, unknown: str, since: str = "received_at") -> str:
    return TOLD + _TIMES.format(lasted=lasted.format(end=end), end=end, unknown=unknown, since=since)


def _hours(since: datetime, until: datetime) -> float:
    """As the database rounds those that have ended: to hundredths, the half away from nothing."""
    lasted = (until - since) // MICROSECOND
    cents = (2 * abs(lasted) + CENT) // (2 * CENT)
    return (cents if lasted >= 0 else -cents) / 100


_QUERIES = {
    # what came from elsewhere was acknowledged or remedied there, nobody knows when
    "acknowledge_hours": _query(_HOURS, "acknowledged_at", "imported and acknowledged_at is null"),
    "remedy_hours": _query(_HOURS, "remedied_at", f"remedied_at is null and (imported or state in ({CLOSED}))"),
    "close_days": _query(_DAYS, "closed_at", f"closed_at is null and state in ({CLOSED})", _DAY),
}


def _told(lasted: Lasted, span: Span, terms: Terms) -> Figure:
    """What goes on has lasted until now."""
    so_far = {since: _so_far(since, terms) for since in lasted.since}
    going = sorted(time for since, time in so_far.items() if time >= 0 for _ in range(lasted.since[since]))
    negative = bisect_left(lasted.ended, 0.0)
    return {
        **quantiles(lasted.ended, going),
        "n": len(lasted.ended) - negative,
        "open": len(going),
        "excluded_negative": negative + lasted.since.total() - len(going),
        "excluded_unknown": lasted.unknown,
        "method": "kaplan_meier",
    }


def _so_far(since: date, terms: Terms) -> float:
    """In hours from a moment, in days from a day."""
    now = terms.as_of.recorded_at
    return _hours(since, now) if isinstance(since, datetime) else float((now.astimezone(terms.calendar.zone).date() - since).days)


_EN = (
    "Kaplan–Meier over the complaints received in the period: the smallest {unit} by which half, 80 % and 90 % were {done}; {measured}."
    " What is not {done} counts as open until `as_of`; negative times and unknown ones are left out and counted."
)
_ZH = "本期收到的投诉的 Kaplan-Meier 估计：达到 50 %、80 %、90 % {done}所需的最少{unit}；{measured}。截至统计时刻未{done}的按删失处理；负值和不明者剔除并计数。"
_HOUR_EN, _HOUR_ZH = "hours elapsed from the earliest receipt", "自最早收到起的实际小时数"


def _indicator(name: str, labels: tuple[str, str], done: tuple[str, str], unit: tuple[str, str], measured: tuple[str, str]) -> Indicator:
    en = _EN.format(unit=unit[0], done=done[0], measured=measured[0])
    zh = _ZH.format(unit=unit[1], done=done[1], measured=measured[1])
    return Indicator(Definition(name, 1, *labels, en, zh, unit[0], "received_in_period"), _QUERIES[name], _told, Lasted)


TIMES = (
    _indicator("acknowledge_hours", ("Time to acknowledge", "告知收到用时"), ("acknowledged", "告知"), ("hours", "小时"), (_HOUR_EN, _HOUR_ZH)),
    _indicator("remedy_hours", ("Time to remedy", "补救用时"), ("remedied", "补救"), ("hours", "小时"), (_HOUR_EN, _HOUR_ZH)),
    _indicator(
        "close_days", ("Time to close", "办结用时"), ("closed", "办结"), ("days", "天"),
        ("calendar dates apart in the organisation's zone", "按本组织时区的日历日相差天数"),
    ),
)  # fmt: skip
