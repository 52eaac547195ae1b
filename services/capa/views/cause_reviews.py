"""Which complaints wait for their cause, and what was found of the others?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, TIMESTAMP, Boolean, Column, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.capa.schema import metadata
from shared.contracts.capa import CauseReviewDecided, CauseReviewOpened
from shared.envelope import Envelope
from shared.sealing import box
from shared.views import View

State = Literal["open", "decided"]

cause_reviews = Table(
    "cause_reviews",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("opened_at", TIMESTAMP(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("decided_at", TIMESTAMP(timezone=True)),
    Column("decided_by", Text),
    Column("method", Text),
    Column("cause_levels", ARRAY(Text)),
    Column("cause_texts", JSONB),  # sealed
    Column("needed", Boolean),
    Column("reason", JSONB),  # sealed
    Column("extend_to_others", Boolean),
    Column("capa_id", Uuid),
    Index("cause_reviews_waiting", "state", "opened_at", "complaint_id"),
)

_OPEN = """
insert into cause_reviews (complaint_id, state, opened_at, version)
select c, 'open', o, v from unnest($1::uuid[], $2::timestamptz[], $3::int[]) as n (c, o, v)
"""
_DECIDE = """
update cause_reviews r
set state = 'decided', version = n.version, decided_at = n.decided_at, decided_by = n.decided_by,
    method = n.method, cause_levels = n.cause_levels, cause_texts = n.cause_texts, needed = n.needed, reason = n.reason,
    extend_to_others = n.extend_to_others, capa_id = n.capa_id
from jsonb_to_recordset($1::jsonb) as n (
    complaint_id uuid, version int, decided_at timestamptz, decided_by text, method text, cause_levels text[],
    cause_texts jsonb, needed boolean, reason jsonb, extend_to_others boolean, capa_id uuid
)
where r.complaint_id = n.complaint_id
"""
_SHOWN = """
select r.*, c.number, c.severity, c.nature, c.responsible_department, c.issue_codes, c.product_code
from cause_reviews r join complaints c using (complaint_id)
where c.handled
  and ($1::text[] is null or coalesce(c.responsible_department, 'desk') = any($1) or c.severity = any($2))
"""
_ONE = _SHOWN + " and r.complaint_id = $3"
_OF_CAPA = _SHOWN + " and r.capa_id = $3 order by c.number"
_PAGE = (
    _SHOWN
    + """
  and ($3::text is null or r.state = $3)
  and ($4::timestamptz is null or (r.opened_at, r.complaint_id) > ($4, $5::uuid))
order by r.opened_at, r.complaint_id limit $6
"""
)


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose reviews may be seen: those of some departments and of the severities these answer for; None: all."""

    departments: tuple[str, ...] | None = None
    severities: tuple[str, ...] = ()


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    opened = [event for event in events if event.type == CauseReviewOpened.TYPE]
    decided = [event for event in events if event.type == CauseReviewDecided.TYPE]
    if opened:
        await connection.execute(
            _OPEN,
            [UUID(event.body["complaint_id"]) for event in opened],
            [event.recorded.occurred_at for event in opened],
            [event.recorded.version for event in opened],
        )
    if decided:
        await connection.execute(_DECIDE, orjson.dumps([_decision(event) for event in decided]).decode())


def _decision(event: Envelope) -> dict[str, object]:
    said = event.body
    return {
        "complaint_id": said["complaint_id"],
        "version": event.recorded.version,
        "decided_at": event.recorded.occurred_at,
        "decided_by": said["actor"]["name"],
        "method": said["method"],
        "cause_levels": said["cause_levels"],
        "cause_texts": box(event, "cause_texts"),
        "needed": said["needed"],
        "reason": box(event, "reason"),
        "extend_to_others": said["extend_to_others"],
        "capa_id": said.get("capa_id"),
    }


async def one(connection: asyncpg.Pool, complaint_id: UUID, sight: Sight) -> asyncpg.Record | None:
    return await connection.fetchrow(_ONE, sight.departments, sight.severities, complaint_id)


async def page(
    connection: asyncpg.Pool, sight: Sight, state: State | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[asyncpg.Record]:
    """Those waiting longest first."""
    opened_at, complaint_id = after or (None, None)
    return await connection.fetch(_PAGE, sight.departments, sight.severities, state, opened_at, complaint_id, limit)


async def of_capa(connection: asyncpg.Pool, capa_id: UUID) -> list[asyncpg.Record]:
    """The reviews that led to an action, whoever reads them: who may see the action may see its causes."""
    return await connection.fetch(_OF_CAPA, None, (), capa_id)


CAUSE_REVIEWS = View("cause_reviews", 1, (cause_reviews,), frozenset({CauseReviewOpened.TYPE, CauseReviewDecided.TYPE}), apply)
