"""How many complaints were received?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from services.reporting.metrics.definition import Definition, Metric, Span, each
from services.reporting.select import known
from services.reporting.views.complaints import complaints

DEFINITION = Definition(
    "received", 1, "Received", "收到",
    "Complaints whose earliest receipt lies in the period, in the organisation's zone. Each counts once; received again, it is `reopened`.",
    "最早收到时间（按本组织时区）落在本期内的投诉；每件只计一次，再次收到的计入“重开”。",
)  # fmt: skip


def counts(spans: Sequence[Span], as_of: datetime) -> Select[Any]:
    span = each(spans)
    within = (complaints.c.received_at >= span.c.start) & (complaints.c.received_at < span.c.beyond)
    return select(span.c.n, func.count().label("count")).join(complaints, within & known(complaints, as_of)).group_by(span.c.n)


RECEIVED = Metric(DEFINITION, counts)
