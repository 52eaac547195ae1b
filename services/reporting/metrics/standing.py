"""What stood open when the period ended, for how long, and what of it was late? And how many offers did it take?"""

from __future__ import annotations

from services.reporting.metrics.definition import Definition, Span
from services.reporting.metrics.indicator import GIVEN, TOLD, Cells, Figure, Indicator, share
from services.reporting.terms import Terms

BANDS = ("0-7", "8-30", "31-90", ">90")

_BACKLOG = f"""{GIVEN} select width_bucket(
    (timezone($4, least($2 - interval '1 microsecond', $3))::date - timezone($4, opened_at)::date)::numeric, array[8, 31, 91]::numeric[]
), count(*)::int
from open_daily
where opened_at < $2 and (closed_at is null or closed_at >= $2) and recorded_from <= $3 and recorded_to > $3
  and ($5 is null or complaint_id = any($5)) group by 1
"""
# of a period that still runs: what is late by now
_OVERDUE = f"""{GIVEN} select c.department, count(distinct l.complaint_id)::int
from late_spells l
join complaints c on c.complaint_id = l.complaint_id and c.recorded_from <= $3 and c.recorded_to > $3
where l.late_from < least($2, $3) and (l.late_to is null or l.late_to >= least($2, $3)) and l.recorded_from <= $3 and l.recorded_to > $3
  and ($5 is null or l.complaint_id = any($5)) group by 1
"""
_ROUNDS = f"{TOLD} select remedy_rounds, count(*)::int from told where remedy_rounds > 0 group by 1"


def _backlog(cells: Cells, span: Span, terms: Terms) -> Figure:
    return {"bands": [{"days": days, "count": cells.get((n,), 0)} for n, days in enumerate(BANDS)], "n": cells.n}


def _overdue(cells: Cells, span: Span, terms: Terms) -> Figure:
    by_department = [{"department": department, "count": count} for (department,), count in sorted(cells.items())]
    return {"value": cells.n, "by_department": by_department}


def _rounds(cells: Cells, span: Span, terms: Terms) -> Figure:
    more = sum(count for (rounds,), count in cells.items() if rounds > 1)
    return {"p50": _median(cells), "method": "type 7", "share_above_one": share(more, cells.n), "n": cells.n}


def _median(cells: Cells) -> float | None:
    """By type 7 half-way between the two in the middle; of an odd number both are one."""
    middle, passed, found = (cells.n - 1) // 2, 0, []
    for (rounds,), count in sorted(cells.items()):
        found += [rounds for at in {middle, cells.n // 2} if passed <= at < passed + count]
        passed += count
    return sum(found) / len(found) if found else None


STANDING = (
    Indicator(
        Definition(
            "backlog_age", 1, "Backlog by age", "未结案件账龄",
            "Complaints open at the period's end by the days since they were opened, or opened again: 0–7, 8–30, 31–90, over 90. Closed on an unknown date is open on no day.",
            "期末未结投诉按开启（或重开）以来天数分档：0–7、8–30、31–90、90 以上；办结日期不明的不计。", "complaints", "open_at_end",
        ),
        _BACKLOG,
        _backlog,
        cohort=False,
    ),
    Indicator(
        Definition(
            "overdue", 1, "Overdue", "超期件数",
            "Complaints with a deadline towards the complainant passed and not met at the period's end, by responsible department.",
            "期末对顾客的时限已过而尚未履行的投诉，按责任部门列示。", "complaints", "open_at_end",
        ),
        _OVERDUE,
        _overdue,
        cohort=False,
    ),
    Indicator(
        Definition(
            "remedy_rounds", 1, "Remedy rounds", "处理方案轮次",
            "Offers made until now for the complaints received in the period that had any: median (type 7), and the share with more than one.",
            "本期收到且已提出方案的投诉的方案轮次：中位数（第 7 型）及超过一轮的比例。", "rounds", "received_in_period", "with_an_offer",
        ),
        _ROUNDS,
        _rounds,
    ),
)  # fmt: skip
