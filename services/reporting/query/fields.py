"""What may one ask about? The grains and their fields: name, type, labels, meaning, and the column behind each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import Column, Table

from services.reporting.views.complaints import complaints

Kind = Literal["text", "list", "number", "flag", "day", "moment"]
Op = Literal["eq", "ne", "in", "not_in", "gte", "lte", "is_null"]

OPERATIONS: Mapping[Kind, tuple[Op, ...]] = MappingProxyType(
    {
        "text": ("eq", "ne", "in", "not_in", "is_null"),
        "list": ("eq", "ne", "in", "not_in", "is_null"),
        "number": ("eq", "ne", "in", "not_in", "gte", "lte", "is_null"),
        "flag": ("eq", "ne", "is_null"),
        "day": ("eq", "ne", "in", "not_in", "gte", "lte", "is_null"),
        "moment": ("gte", "lte", "is_null"),
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """A `list` field holds several values; used as a dimension, a complaint counts once under each."""

    name: str
    kind: Kind
    column: Column[Any]
    label: str
    label_zh: str
    meaning: str = ""
    meaning_zh: str = ""

    @property
    def is_dimension(self) -> bool:
        return self.kind != "moment"

    @property
    def is_time(self) -> bool:
        return self.kind in ("moment", "day")


@dataclass(frozen=True, slots=True)
class Grain:
    """One kind of row one can count. `time` is the field that windows and buckets go by unless another is named."""

    name: str
    table: Table
    time: str
    label: str
    label_zh: str
    fields: Mapping[str, Field]


def _named(*fields: Field) -> Mapping[str, Field]:
    return MappingProxyType({field.name: field for field in fields})


_C = complaints.c
COMPLAINTS = Grain(
    "complaints", complaints, "received_at", "Complaints", "投诉",
    _named(
        Field("received_at", "moment", _C.received_at, "Received at", "收到时间", "The earliest receipt.", "最早收到时间。"),
        Field("registered_at", "moment", _C.registered_at, "Registered at", "登记时间", "When it was entered here.", "在本系统登记的时间。"),
        Field("closed_at", "moment", _C.closed_at, "Closed at", "办结时间", "Unknown while open, and where only the outcome is known.", "未办结或只知结果时为空。"),
        Field("occurred_on", "day", _C.occurred_on, "Occurred on", "发生日期"),
        Field("channel", "text", _C.channel, "Channel", "渠道"),
        Field("content_class", "text", _C.content_class, "Content class", "内容类别"),
        Field("nature", "text", _C.nature, "Nature", "性质"),
        Field("issue_code", "list", _C.issue_codes, "Issue", "问题", "Counts once under each issue; the column may exceed the total.", "一件投诉在其每个问题下各计一次，合计可大于总数。"),
        Field("main_issue_code", "text", _C.main_issue_code, "Main issue", "主要问题", "The first issue; partitions.", "首个问题，合计等于总数。"),
        Field("product_code", "text", _C.product_code, "Product", "产品"),
        Field("product_name", "text", _C.product_name, "Product name", "产品名称"),
        Field("batch", "text", _C.batch, "Batch", "批次"),
        Field("customer_ref", "text", _C.customer_ref, "Customer", "客户"),
        Field("customer_name", "text", _C.customer_name, "Customer name", "客户名称"),
        Field("department", "text", _C.department, "Department", "部门", "The responsible one, else the desk.", "责任部门，未定时为受理台。"),
        Field("severity", "text", _C.severity, "Severity", "严重程度"),
        Field("early_warning", "text", _C.early_warning, "Early warning", "预警等级"),
        Field("outcome", "text", _C.outcome, "Outcome", "办结结果"),
        Field("state", "text", _C.state, "State", "状态"),
        Field("reopened", "number", _C.reopened, "Times reopened", "重开次数"),
        Field("remedy_rounds", "number", _C.remedy_rounds, "Remedy rounds", "处理方案轮次"),
        Field("satisfied_with_handling", "text", _C.satisfied_with_handling, "Satisfied with handling", "对处理过程的满意度"),
        Field("imported", "flag", _C.imported, "Imported", "导入"),
        Field("data_flags", "list", _C.data_flags, "Data flags", "数据疑点"),
        Field("external_ref", "text", _C.external_ref, "External reference", "外部编号"),
    ),
)  # fmt: skip

GRAINS: Mapping[str, Grain] = MappingProxyType({grain.name: grain for grain in (COMPLAINTS,)})
