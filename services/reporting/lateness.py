"""Which work on complaints was late when the period ended?"""

from __future__ import annotations

from typing import Any

from services.reporting.metrics.definition import Span
from services.reporting.select import Connection
from services.reporting.terms import Terms

MOST = 500

_LATE = """
select w.complaint_id, c.number, coalesce(w.clock, w.task) as clock, w.due_at, w.department
from department_work w
join complaints c on c.complaint_id = w.complaint_id and c.recorded_from <= $2 and c.recorded_to > $2
where w.due_at < $1 and w.offered_at < $1 and w.offered_recorded <= $2 and not coalesce(w.done_recorded <= $2 and w.done_at < $1, false)
  and (w.done_at is null or w.done_at >= $1 or w.done_recorded > $2)
order by w.due_at, w.complaint_id, w.item_id limit $3
"""


async def overdue(connection: Connection, span: Span, terms: Terms) -> list[dict[str, Any]]:
    """The longest overdue first; of a period that still runs, what is late by now."""
    moment = terms.as_of.recorded_at
    rows = await connection.fetch(_LATE, min(span[1], moment), moment, MOST)
    return [dict(row) for row in rows]
