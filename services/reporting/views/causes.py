"""At which level did the causes of a complaint lie: did it arise, was it not detected, did the system fail?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, TIMESTAMP, Column, Index, Table, Text, Uuid

from services.reporting.schema import metadata
from services.reporting.select import Connection
from shared.contracts.capa import CauseReviewDecided
from shared.envelope import Envelope
from shared.views import View

decided_causes = Table(
    "decided_causes",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("levels", ARRAY(Text), nullable=False),
    Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
    Index("decided_causes_by_recording", "recorded_at"),
)

_KEEP = "insert into decided_causes values ($1, $2, $3) on conflict do nothing"
_BY_ISSUE = """
select issue, level, count(distinct c.complaint_id)::int
from complaints c
join decided_causes d using (complaint_id)
left join lateral unnest(c.issue_codes) as issue on true
join lateral unnest(d.levels) as level on true
where c.received_at >= $1 and c.received_at < $2 and c.recorded_from <= $3 and c.recorded_to > $3 and d.recorded_at <= $3
  and ($4::uuid[] is null or c.complaint_id = any($4))
group by 1, 2
"""


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    rows = [(UUID(event.body["complaint_id"]), event.body["cause_levels"], event.recorded.recorded_at) for event in events]
    await connection.executemany(_KEEP, rows)


async def by_issue(
    connection: Connection, span: tuple[datetime, datetime], as_of: datetime, ids: Sequence[UUID] | None = None
) -> list[asyncpg.Record]:
    """Complaints received in a span, or these of them alone, by issue and by each level at which a cause was found, with their number."""
    found: list[asyncpg.Record] = await connection.fetch(_BY_ISSUE, *span, as_of, ids)
    return found


VIEW = View("causes", 1, (decided_causes,), frozenset({CauseReviewDecided.TYPE}), apply, apart=True)
