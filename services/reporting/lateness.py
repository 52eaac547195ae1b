"""Which work on complaints was late when the period ended? The longest overdue first; of a period that still runs, what is late by now."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.reporting.metrics.definition import Span
from services.reporting.select import PATIENCE, Connection

MOST = 500  # told
KEPT = 2 * MOST  # so that some of them may be done without a look at all there are

_LATE = """
select w.due_at, w.complaint_id, w.item_id, w.stay, c.number, coalesce(w.clock, w.task) as clock, w.department
from department_work w
join complaints c on c.complaint_id = w.complaint_id and c.recorded_from <= $2 and c.recorded_to > $2
where w.due_at < $1 and w.offered_at < $1 and w.offered_recorded <= $2 and not coalesce(w.done_recorded <= $2 and w.done_at < $1, false)
  and (w.done_at is null or w.done_at >= $1 or w.done_recorded > $2)
  and ($4::uuid[] is null or w.complaint_id = any($4))
order by w.due_at, w.complaint_id, w.item_id, w.stay limit $3
"""

Row = tuple[Any, ...]


class Late:
    """The first of them in their order. `whole` while these are all there are."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._whole = False

    def told(self) -> list[dict[str, Any]]:
        return [
            {"complaint_id": complaint, "number": number, "clock": clock, "due_at": due_at, "department": department}
            for due_at, complaint, _, _, number, clock, department in self._rows[:MOST]
        ]

    async def fill(self, connection: Connection, span: Span, moment: datetime) -> None:
        self._rows = [tuple(row) for row in await _late(connection, span, moment)]
        self._whole = len(self._rows) < KEPT

    async def follow(self, connection: Connection, span: Span, moment: datetime, ids: Sequence[UUID]) -> None:
        """What is late now of the complaints of which something was recorded, in the place of what was."""
        of = set(ids)
        self._rows = [row for row in self._rows if row[1] not in of]
        last = self._rows[-1][:4] if self._rows else None
        for row in await _late(connection, span, moment, ids):
            if self._whole or (last is not None and tuple(row)[:4] < last):
                insort(self._rows, tuple(row), key=lambda one: one[:4])
        if len(self._rows) > KEPT:
            self._rows, self._whole = self._rows[:KEPT], False
        if not self._whole and len(self._rows) < MOST:
            await self.fill(connection, span, moment)


async def _late(connection: Connection, span: Span, moment: datetime, ids: Sequence[UUID] | None = None) -> list[asyncpg.Record]:
    found: list[asyncpg.Record] = await connection.fetch(_LATE, min(span[1], moment), moment, KEPT, ids, timeout=PATIENCE)
    return found
