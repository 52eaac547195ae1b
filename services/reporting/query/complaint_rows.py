"""The grain `complaints`: one row each, with its moments, its times and its customer."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, Date, Double, FromClause, Integer, Subquery, Text, bindparam, cast, func, select, type_coerce

from services.reporting.query.fields import Field, Frame, Grain, named
from services.reporting.select import known
from services.reporting.views.complaints import complaints
from services.reporting.views.customers import customers

_C = complaints.c


def rows(frame: Frame) -> Subquery:
    """The versions that held at that moment. Complaints of a merged customer are the survivor's."""
    source, ref, group = _customers(frame)
    columns = [
        *(column for column in _C if column.name not in ("recorded_from", "recorded_to", "customer_ref", "issue_codes")),
        _C.issue_codes.label("issue_code"),
        ref.label("customer_ref"),
        group.label("customer_group"),
        hours(_C.received_at, _C.acknowledged_at).label("acknowledge_hours"),
        hours(_C.received_at, _C.remedied_at).label("remedy_hours"),
        days(_C.received_at, _C.closed_at, frame.zone).label("close_days"),
    ]
    return select(*columns).select_from(source).where(known(complaints, frame.as_of)).subquery("facts")


def hours(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    """Elapsed, whatever the calendar says."""
    return cast(func.extract("epoch", end - start), Double) / 3600


def local_day(moment: ColumnElement[Any], zone: ZoneInfo) -> ColumnElement[Any]:
    """The calendar date in the organisation's zone."""
    return cast(func.timezone(zone.key, moment), Date)


def days(start: ColumnElement[Any], end: ColumnElement[Any], zone: ZoneInfo) -> ColumnElement[Any]:
    """Calendar dates apart in the organisation's zone."""
    return type_coerce(local_day(end, zone) - local_day(start, zone), Integer)


def _customers(frame: Frame) -> tuple[FromClause, ColumnElement[Any], ColumnElement[Any]]:
    """Joined only where it is asked for: a join costs as much as the counting does."""
    source: FromClause = complaints
    ref: ColumnElement[Any] = _C.customer_ref
    if frame.merged and {"customer_ref", "customer_group"} & frame.names:
        gone = bindparam("gone", list(frame.merged), type_=ARRAY(Text), unique=True)
        into = bindparam("into", list(frame.merged.values()), type_=ARRAY(Text), unique=True)
        merges = func.unnest(gone, into).table_valued("ref", "into", name="merges").render_derived()
        source = source.outerjoin(merges, merges.c.ref == _C.customer_ref)
        ref = func.coalesce(merges.c.into, _C.customer_ref)
    if "customer_group" not in frame.names:
        return source, ref, cast(None, Text)
    listed = select(customers.c.ref, func.min(customers.c.group).label("group"))
    directory = listed.where(known(customers, frame.as_of)).group_by(customers.c.ref).subquery("directory")
    return source.outerjoin(directory, directory.c.ref == ref), ref, directory.c.group


COMPLAINTS = Grain(
    "complaints", "received_at", "Complaints", "投诉",
    "Complaints, each once; grouped by `issue_code` or `data_flags`, once under each value.",
    "投诉件数，每件计一次；按问题或数据疑点分组时，在每个值下各计一次。",
    named(
        Field("complaint_id", "id", "Complaint", "投诉标识", always=True),
        Field("number", "text", "Number", "编号", always=True),
        Field("received_at", "moment", "Received at", "收到时间", "The earliest receipt.", "最早收到时间。", always=True),
        Field("registered_at", "moment", "Registered at", "登记时间", "When it was entered here.", "在本系统登记的时间。", always=True),
        Field("occurred_on", "day", "Occurred on", "发生日期"),
        Field("acknowledged_at", "moment", "Acknowledged at", "告知收到时间", "When receipt was first confirmed.", "首次告知收到的时间。"),
        Field("remedied_at", "moment", "Remedied at", "补救时间", "When the remedy was recorded as carried out; a reopening clears it.", "补救措施登记为已执行的时间；重开后清空。"),
        Field("closed_at", "moment", "Closed at", "办结时间", "Unknown while open, and where only the outcome is known.", "未办结或只知结果时为空。"),
        Field("channel", "text", "Channel", "渠道", always=True),
        Field("content_class", "text", "Content class", "内容类别", always=True),
        Field("nature", "text", "Nature", "性质"),
        Field("issue_code", "list", "Issue", "问题", "Counts once under each issue; the column may exceed the total.", "一件投诉在其每个问题下各计一次，合计可大于总数。"),
        Field("main_issue_code", "text", "Main issue", "主要问题", "The first issue; partitions.", "首个问题，合计等于总数。"),
        Field("product_code", "text", "Product", "产品"),
        Field("product_name", "text", "Product name", "产品名称"),
        Field("batch", "text", "Batch", "批次"),
        Field("customer_ref", "text", "Customer", "客户", "A merged customer's complaints are the survivor's.", "被合并客户的投诉计入保留的客户。"),
        Field("customer_name", "text", "Customer name", "客户名称", "As the complaint names it.", "以投诉所载为准。"),
        Field("customer_group", "text", "Customer group", "客户集团", "As the directory of customers has it.", "以客户目录为准。"),
        Field("department", "text", "Department", "部门", "The responsible one, else the desk.", "责任部门，未定时为受理台。", always=True),
        Field("severity", "text", "Severity", "严重程度"),
        Field("early_warning", "text", "Early warning", "预警等级"),
        Field("outcome", "text", "Outcome", "办结结果"),
        Field("state", "text", "State", "状态", always=True),
        Field("reopened", "number", "Times reopened", "重开次数", always=True, unit="times"),
        Field("remedy_rounds", "number", "Remedy rounds", "处理方案轮次", always=True, unit="rounds"),
        Field("acknowledge_hours", "number", "Hours to acknowledge", "告知收到用时（小时）", "Elapsed from the earliest receipt.", "自最早收到起的实际小时数。", unit="hours", lasts=("received_at", "acknowledged_at")),
        Field("remedy_hours", "number", "Hours to remedy", "补救用时（小时）", "Elapsed from the earliest receipt.", "自最早收到起的实际小时数。", unit="hours", lasts=("received_at", "remedied_at")),
        Field("close_days", "number", "Days to close", "办结用时（天）", "Calendar dates apart in the organisation's zone.", "按本组织时区的日历日相差天数。", unit="days", lasts=("received_at", "closed_at")),
        Field("overdue", "flag", "Overdue", "超期", "Open, with a deadline towards the complainant passed and not met since.", "未办结，且对顾客的某一时限已过而尚未履行。", always=True),
        Field("amount", "money", "Amount", "金额", "Of the remedy offered last, or as imported; never added over currencies.", "最近一次方案或导入记录的金额；不同币种不相加。"),
        Field("currency", "text", "Currency", "币种", "Of the amount.", "金额的币种。"),
        Field("satisfied_with_handling", "text", "Satisfied with handling", "对处理过程的满意度"),
        Field("imported", "flag", "Imported", "导入", always=True),
        Field("data_flags", "list", "Data flags", "数据疑点"),
        Field("external_ref", "text", "External reference", "外部编号"),
    ),
    rows,
    (("received_at", "moment"), ("complaint_id", "id")),
)  # fmt: skip
