"""How many complaints came back?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from services.reporting.metrics.definition import Definition, Metric, Span, each
from services.reporting.views.complaints import transitions

DEFINITION = Definition(
    "reopened", 1, "Reopened", "重开",
    "Complaints reopened, or received again, in the period, each once.",
    "本期内重开或再次收到的投诉，每件计一次。",
)  # fmt: skip


def counts(spans: Sequence[Span], as_of: datetime) -> Select[Any]:
    span, move = each(spans), transitions.c
    within = (move.at >= span.c.start) & (move.at < span.c.beyond)
    again = move.reopening & (move.recorded_at <= as_of)
    return select(span.c.n, func.count(move.complaint_id.distinct()).label("count")).join(transitions, within & again).group_by(span.c.n)


REOPENED = Metric(DEFINITION, counts)
