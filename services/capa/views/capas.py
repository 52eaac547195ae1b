"""Which actions are under way, whose are they, and which complaints do they serve?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, TIMESTAMP, Column, Index, Integer, Table, Text, Uuid

from services.capa.schema import metadata
from shared.contracts.capa import CapaComplaintAdded, CapaOpened
from shared.envelope import Envelope
from shared.views import View

State = Literal["planning", "awaiting_approval", "in_work", "awaiting_review", "closed"]

capas = Table(
    "capas",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("owner_department", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("trigger_ref", Text),
    Column("title", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("product_code", Text),
    Column("issue_code", Text),
    Column("complaints", ARRAY(Uuid), nullable=False),
    Column("opened_at", TIMESTAMP(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Index("capas_by_opening", "opened_at", "id"),
    Index("capas_by_complaint", "complaints", postgresql_using="gin"),
    Index("capas_by_product", "product_code"),
    Index("capas_by_issue", "issue_code"),
)

_OPEN = """
insert into capas (
    id, number, state, round, owner_department, trigger, trigger_ref, title, severity, product_code, issue_code, complaints, opened_at, version
)
select capa_id, number, 'planning', 1, owner_department, trigger, trigger_ref, title, severity, product_code, issue_code,
       coalesce(complaints, '{}'), opened_at, version
from jsonb_to_recordset($1::jsonb) as n (
    capa_id uuid, number text, owner_department text, trigger text, trigger_ref text, title text, severity text, product_code text,
    issue_code text, complaints uuid[], opened_at timestamptz, version int
)
"""
_JOIN = """
update capas c set complaints = c.complaints || n.complaints, version = n.version
from (
    select capa, array_agg(complaint order by v) as complaints, max(v) as version
    from unnest($1::uuid[], $2::uuid[], $3::int[]) as u (capa, complaint, v) group by capa
) n
where c.id = n.capa
"""
_ONE = "select * from capas where id = $1 and ($2::text[] is null or owner_department = any($2))"
_PAGE = """
select * from capas
where ($1::text[] is null or owner_department = any($1))
  and ($2::text is null or state = $2) and ($3::text is null or owner_department = $3)
  and ($4::uuid is null or complaints @> array[$4::uuid])
  and ($5::timestamptz is null or (opened_at, id) > ($5, $6::uuid))
order by opened_at, id limit $7
"""
_SIMILAR = """
select id, number, state, title, product_code, issue_code from capas
where state <> 'closed' and (product_code = $1 or issue_code = any($2)) and ($3::text[] is null or owner_department = any($3))
order by (product_code is not distinct from $1)::int + coalesce((issue_code = any($2))::int, 0) desc, opened_at desc limit $4
"""


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    opened = [event for event in events if event.type == CapaOpened.TYPE]
    joined = [event for event in events if event.type == CapaComplaintAdded.TYPE]
    if opened:
        rows = [event.body | {"opened_at": event.recorded.occurred_at, "version": event.recorded.version} for event in opened]
        await connection.execute(_OPEN, orjson.dumps(rows).decode())
    if joined:
        await connection.execute(
            _JOIN,
            [UUID(event.body["capa_id"]) for event in joined],
            [UUID(event.body["complaint_id"]) for event in joined],
            [event.recorded.version for event in joined],
        )


async def one(connection: asyncpg.Pool, capa_id: UUID, departments: tuple[str, ...] | None) -> asyncpg.Record | None:
    return await connection.fetchrow(_ONE, capa_id, departments)


async def page(
    connection: asyncpg.Pool,
    departments: tuple[str, ...] | None,
    *,
    state: State | None,
    department: str | None,
    complaint_id: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[asyncpg.Record]:
    """In the order they were opened."""
    opened_at, last = after or (None, None)
    return await connection.fetch(_PAGE, departments, state, department, complaint_id, opened_at, last, limit)


async def similar(
    connection: asyncpg.Pool, product_code: str | None, issue_codes: Sequence[str], departments: tuple[str, ...] | None, limit: int = 10
) -> list[asyncpg.Record]:
    """Actions not yet closed about the same product or one of the same issues, the likest first."""
    return await connection.fetch(_SIMILAR, product_code, list(issue_codes), departments, limit)


CAPAS = View("capas", 1, (capas,), frozenset({CapaOpened.TYPE, CapaComplaintAdded.TYPE}), apply)
