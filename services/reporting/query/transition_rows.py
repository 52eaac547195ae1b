"""The grain `transitions`: one row per move of a complaint from a state to the next."""

from __future__ import annotations

from sqlalchemy import FromClause, Integer, Subquery, Text, cast, select

from services.reporting.query.fields import Field, Frame, Grain, named
from services.reporting.select import known
from services.reporting.views.complaints import complaints, transitions

_T = transitions.c


def rows(frame: Frame) -> Subquery:
    """The moves recorded by that moment."""
    source: FromClause = transitions
    number = cast(None, Text)
    if "number" in frame.names:
        source = source.join(complaints, (complaints.c.complaint_id == _T.complaint_id) & known(complaints, frame.as_of))
        number = complaints.c.number  # type: ignore[assignment]  # a column is an expression too
    columns = [
        *(column for column in _T if column.name not in ("n", "recorded_at")),
        cast(_T.n, Integer).label("move"),
        number.label("number"),
    ]
    return select(*columns).select_from(source).where(_T.recorded_at <= frame.as_of).subquery("moves")


TRANSITIONS = Grain(
    "transitions", "at", "Moves", "状态变动",
    "Moves from a state to the next, each once; a complaint has several.",
    "状态变动次数，每次计一次；一件投诉可有多次。",
    named(
        Field("complaint_id", "id", "Complaint", "投诉标识", always=True),
        Field("number", "text", "Number", "编号", always=True),
        Field("move", "number", "Move", "第几次变动", "1 is the receipt.", "1 为受理。", always=True),
        Field("at", "moment", "At", "时间", "Unknown where only the outcome is known.", "只知结果时为空。"),
        Field("from_state", "text", "From state", "原状态", "None at the receipt.", "受理时为空。"),
        Field("to_state", "text", "To state", "新状态", always=True),
        Field("dwell_hours", "number", "Hours in the state before", "在原状态停留（小时）", "Elapsed since the move before.", "自上一次变动起的实际小时数。", unit="hours"),
        Field("actor_role", "text", "By role", "操作角色"),
        Field("department", "text", "Department", "部门", "The responsible one at the time, else the desk.", "当时的责任部门，未定时为受理台。", always=True),
        Field("backward", "flag", "Backward", "倒退", "To an earlier state.", "退回到较早的状态。", always=True),
        Field("reopening", "flag", "Reopening", "重开", "After it was closed, or received again.", "办结后重开，或再次收到。", always=True),
    ),
    rows,
    (("complaint_id", "id"), ("move", "number")),
)  # fmt: skip
