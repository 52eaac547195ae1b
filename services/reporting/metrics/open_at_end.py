"""How many complaints were open when the period ended?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from services.reporting.metrics.definition import Definition, Metric, Span, each
from services.reporting.select import known
from services.reporting.views.complaints import open_daily

DEFINITION = Definition(
    "open_at_end", 1, "Open at the end", "期末未结",
    "Complaints open at the last instant of the period, whenever they were received. Closed on an unknown date counts as open on no day.",
    "期末最后一刻仍未办结的投诉，不论何时收到；办结日期不明的不计为未结。",
)  # fmt: skip


def counts(spans: Sequence[Span], as_of: datetime) -> Select[Any]:
    span, spell = each(spans), open_daily.c
    still_open = (spell.opened_at < span.c.beyond) & (spell.closed_at.is_(None) | (spell.closed_at >= span.c.beyond))
    return select(span.c.n, func.count().label("count")).join(open_daily, still_open & known(open_daily, as_of)).group_by(span.c.n)


OPEN_AT_END = Metric(DEFINITION, counts)
