"""What stood open when the period ended, for how long, and what of it was late? And how many offers did it take?"""

from __future__ import annotations

from services.reporting.metrics.definition import Definition, Span
from services.reporting.metrics.indicator import Figure, Indicator, share
from services.reporting.select import Connection
from services.reporting.terms import Terms

BANDS = ("0-7", "8-30", "31-90", ">90")

_BACKLOG = """
select width_bucket(
    (timezone($3, least($1::timestamptz - interval '1 microsecond', $2::timestamptz))::date - timezone($3, opened_at)::date)::numeric,
    array[8, 31, 91]::numeric[]
) as band, count(*)::int as count
from open_daily
where opened_at < $1 and (closed_at is null or closed_at >= $1) and recorded_from <= $2 and recorded_to > $2 group by 1
"""
_OVERDUE = """
select c.department, count(distinct l.complaint_id)::int as count
from late_spells l
join complaints c on c.complaint_id = l.complaint_id and c.recorded_from <= $2 and c.recorded_to > $2
where l.late_from < $1 and (l.late_to is null or l.late_to >= $1) and l.recorded_from <= $2 and l.recorded_to > $2
group by 1 order by 1
"""
_ROUNDS = """
select percentile_cont(0.5) within group (order by remedy_rounds)::float as p50, count(*) filter (where remedy_rounds > 1)::int as more,
       count(*)::int as n
from complaints where received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3 and remedy_rounds > 0
"""


async def _backlog(connection: Connection, span: Span, terms: Terms) -> Figure:
    found = {
        row["band"]: row["count"] for row in await connection.fetch(_BACKLOG, span[1], terms.as_of.recorded_at, terms.calendar.zone.key)
    }
    return {"bands": [{"days": days, "count": found.get(n, 0)} for n, days in enumerate(BANDS)], "n": sum(found.values())}


async def _overdue(connection: Connection, span: Span, terms: Terms) -> Figure:
    end = min(span[1], terms.as_of.recorded_at)  # of a period that still runs: what is late by now
    by_department = [dict(row) for row in await connection.fetch(_OVERDUE, end, terms.as_of.recorded_at)]
    return {"value": sum(row["count"] for row in by_department), "by_department": by_department}


async def _rounds(connection: Connection, span: Span, terms: Terms) -> Figure:
    (row,) = await connection.fetch(_ROUNDS, *span, terms.as_of.recorded_at)
    return {"p50": row["p50"], "method": "type 7", "share_above_one": share(row["more"], row["n"]), "n": row["n"]}


STANDING = (
    Indicator(
        Definition(
            "backlog_age", 1, "Backlog by age", "未结案件账龄",
            "Complaints open at the period's end by the days since they were opened, or opened again: 0–7, 8–30, 31–90, over 90. Closed on an unknown date is open on no day.",
            "期末未结投诉按开启（或重开）以来天数分档：0–7、8–30、31–90、90 以上；办结日期不明的不计。", "complaints", "open_at_end",
        ),
        _backlog,
    ),
    Indicator(
        Definition(
            "overdue", 1, "Overdue", "超期件数",
            "Complaints with a deadline towards the complainant passed and not met at the period's end, by responsible department.",
            "期末对顾客的时限已过而尚未履行的投诉，按责任部门列示。", "complaints", "open_at_end",
        ),
        _overdue,
    ),
    Indicator(
        Definition(
            "remedy_rounds", 1, "Remedy rounds", "处理方案轮次",
            "Offers made until now for the complaints received in the period that had any: median (type 7), and the share with more than one.",
            "本期收到且已提出方案的投诉的方案轮次：中位数（第 7 型）及超过一轮的比例。", "rounds", "received_in_period", "with_an_offer",
        ),
        _rounds,
    ),
)  # fmt: skip
