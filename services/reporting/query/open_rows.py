"""The grain `open_daily`: one row per complaint and day at the end of which it was open. Kept as spells, laid out as days when asked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import TIMESTAMP, Boolean, ColumnElement, Date, FromClause, Integer, Subquery, Text, cast, func, select, true, type_coerce

from services.reporting.periods import midnight
from services.reporting.query.complaint_rows import local_day
from services.reporting.query.fields import Field, Frame, Grain, named
from services.reporting.select import known
from services.reporting.views.complaints import complaints, late_spells, open_daily

_S, _C = open_daily.c, complaints.c


def rows(frame: Frame) -> Subquery:
    """The days of each spell that lie in the window and have come."""
    opened, closed = local_day(_S.opened_at, frame.zone), local_day(_S.closed_at, frame.zone)
    last = frame.today if frame.beyond is None else min(frame.today, _before(frame.beyond))
    first = opened if frame.first is None else func.greatest(opened, cast(frame.first, Date))
    until = func.least(func.coalesce(closed - 1, cast(last, Date)), cast(last, Date))
    each = (
        func.generate_series(cast(first, TIMESTAMP), cast(until, TIMESTAMP), func.make_interval(0, 0, 0, 1))
        .table_valued("day", name="each_day")
        .render_derived()
    )
    day = cast(each.c.day, Date)
    source: FromClause = open_daily.join(each, true())
    severity, department, number = (cast(None, Text) for _ in range(3))
    if {"severity", "department", "number"} & frame.names:
        source = source.join(complaints, (_C.complaint_id == _S.complaint_id) & known(complaints, frame.as_of))
        severity, department, number = _C.severity, _C.department, _C.number  # type: ignore[assignment]  # columns are expressions too
    columns = [
        day.label("day"), _S.complaint_id, severity.label("severity"), department.label("department"), number.label("number"),
        type_coerce(day - opened, Integer).label("age_days"), (_late(day, frame) if "overdue" in frame.names else cast(None, Boolean)).label("overdue"),
    ]  # fmt: skip
    where = [known(open_daily, frame.as_of), _S.opened_at < midnight(frame.beyond, frame.zone) if frame.beyond is not None else true()]
    if frame.first is not None:
        where.append(_S.closed_at.is_(None) | (_S.closed_at >= midnight(frame.first, frame.zone)))
    return select(*columns).select_from(source).where(*where).subquery("days")


def _before(day: Any) -> Any:
    return day.fromordinal(day.toordinal() - 1)


def _late(day: ColumnElement[Any], frame: Frame) -> ColumnElement[Any]:
    """A deadline missed by the end of the day was not met by then."""
    spell = late_spells.c
    since, to = local_day(spell.late_from, frame.zone), local_day(spell.late_to, frame.zone)
    then = (since <= day) & (to.is_(None) | (to > day))
    return select(spell.complaint_id).where(spell.complaint_id == _S.complaint_id, known(late_spells, frame.as_of), then).exists()


OPEN_DAILY = Grain(
    "open_daily", "day", "Open by day", "每日未结",
    "Complaints open at the end of a day, once for each such day: over several days these are complaint-days.",
    "每日终了时未结的投诉，每日各计一次；跨多日时为“件·日”。",
    named(
        Field("day", "day", "Day", "日期", "At its end, in the organisation's zone.", "按本组织时区的日终。", always=True),
        Field("complaint_id", "id", "Complaint", "投诉标识", always=True),
        Field("number", "text", "Number", "编号", always=True),
        Field("severity", "text", "Severity", "严重程度", "As known now, not on that day.", "以现知为准，而非当日。"),
        Field("department", "text", "Department", "部门", "The responsible one as known now, else the desk.", "现知的责任部门，未定时为受理台。", always=True),
        Field("age_days", "number", "Age", "已开天数", "Calendar dates since it was received, or reopened.", "自收到或重开起的日历天数。", always=True, unit="days"),
        Field("overdue", "flag", "Overdue", "超期", "A deadline towards the complainant had passed by then and was not met.", "当日对顾客的某一时限已过而尚未履行。", always=True),
    ),
    rows,
    (("day", "day"), ("complaint_id", "id")),
)  # fmt: skip
