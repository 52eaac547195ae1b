"""How many complaints were closed?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from services.reporting.metrics.definition import Definition, Metric, Span, each
from services.reporting.story import CLOSED_STATES
from services.reporting.views.complaints import transitions

DEFINITION = Definition(
    "closed", 1, "Closed", "办结",
    "Complaints closed or withdrawn in the period, each once, whenever they were received. A closing on an unknown date is in no period.",
    "本期内办结或撤回的投诉，不论何时收到，每件计一次；办结日期不明的不计入任何一期。",
)  # fmt: skip


def counts(spans: Sequence[Span], as_of: datetime) -> Select[Any]:
    span, move = each(spans), transitions.c
    within = (move.at >= span.c.start) & (move.at < span.c.beyond)
    closing = move.to_state.in_(CLOSED_STATES) & (move.recorded_at <= as_of)
    return select(span.c.n, func.count(move.complaint_id.distinct()).label("count")).join(transitions, within & closing).group_by(span.c.n)


CLOSED = Metric(DEFINITION, counts)
