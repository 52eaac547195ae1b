"""Which products and batches does final inspection watch more closely, since when, and what did it catch? (RT-5)"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import TIMESTAMP, Column, Date, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.routing.schema import metadata
from shared.contracts.routing import InspectionCatch, InspectionLifted, InspectionTightened
from shared.envelope import Envelope
from shared.sealing import box
from shared.views import View

State = Literal["open", "lifted"]

MOMENT = TIMESTAMP(timezone=True)
inspections = Table(
    "inspections",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("product_code", Text),
    Column("batch", Text),
    Column("complaint_id", Uuid, nullable=False),  # the last one that tightened it
    Column("state", Text, nullable=False),
    Column("tightened_at", MOMENT, nullable=False),
    Column("times", Integer, nullable=False),
    Column("lifted_at", MOMENT),
    Column("lifted_by", Text),
    Column("reason", JSONB),  # a box: ciphertext and where it was sealed
    Column("version", Integer, nullable=False),
    Index("inspections_by_age", "state", "tightened_at", "id"),
)
catches = Table(
    "inspection_catches",
    metadata,
    Column("inspection_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("caught_on", Date, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("by", Text),
    Column("text", JSONB, nullable=False),
)

_TIGHTEN = (
    "insert into inspections (id, product_code, batch, complaint_id, state, tightened_at, times, version)"
    " values ($1, $2, $3, $4, 'open', $5, 1, $6) on conflict (id) do update set complaint_id = excluded.complaint_id, state = 'open',"
    " tightened_at = excluded.tightened_at, times = inspections.times + 1, lifted_at = null, lifted_by = null, reason = null,"
    " version = excluded.version"
)
_CATCH = "insert into inspection_catches (inspection_id, version, quantity, caught_on, at, by, text) values ($1, $2, $3, $4, $5, $6, $7)"
_CAUGHT = "update inspections set version = $2 where id = $1"
_LIFT = "update inspections set state = 'lifted', lifted_at = $2, lifted_by = $3, reason = $4, version = $5 where id = $1"
_PAGE = (
    "select i.*, c.number from inspections i left join cases c using (complaint_id) where ($1::text is null or i.state = $1)"
    " and ($2::text is null or (i.tightened_at, i.id) < ($2::text::timestamptz, $3::uuid)) order by i.tightened_at desc, i.id desc limit $4"
)
_CATCHES = "select * from inspection_catches where inspection_id = any($1::uuid[]) order by inspection_id, version"

Connection = asyncpg.Pool | asyncpg.Connection


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """One by one: there are few, and those of one inspection follow upon each other."""
    for event in events:
        await _apply(connection, event)


async def _apply(connection: asyncpg.Connection, event: Envelope) -> None:
    body, at, version = event.body, event.recorded.recorded_at, event.version
    inspection, by = UUID(body["inspection_id"]), (body.get("actor") or {}).get("person")
    match event.type:
        case InspectionTightened.TYPE:
            complaint = UUID(body["complaint_id"])
            await connection.execute(_TIGHTEN, inspection, body.get("product_code"), body.get("batch"), complaint, at, version)
        case InspectionCatch.TYPE:
            on = date.fromisoformat(body["on"])
            await connection.execute(_CATCH, inspection, version, body["quantity"], on, at, by, _box(event, "text"))
            await connection.execute(_CAUGHT, inspection, version)
        case InspectionLifted.TYPE:
            await connection.execute(_LIFT, inspection, at, by, _box(event, "reason"), version)


def _box(event: Envelope, field: str) -> str:
    return orjson.dumps(box(event, field)).decode()


async def page(connection: Connection, state: State | None, limit: int, after: tuple[str, UUID] | None) -> list[asyncpg.Record]:
    """The last tightened first."""
    return list(await connection.fetch(_PAGE, state, *(after or (None, None)), limit))


async def caught(connection: Connection, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """What these inspections caught, in order."""
    return list(await connection.fetch(_CATCHES, list(ids)))


def shown(row: asyncpg.Record, reason: str | None, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """An inspection as the API answers it."""
    names = ("id", "product_code", "batch", "complaint_id", "number", "state", "tightened_at", "times", "lifted_at", "lifted_by", "version")
    return {
        **{name: row[name] for name in names},
        "reason": reason,
        "caught": sum(one["quantity"] for one in found),
        "catches": list(found),
    }


HANDLES = frozenset({InspectionTightened.TYPE, InspectionCatch.TYPE, InspectionLifted.TYPE})
INSPECTIONS = View("inspections", 1, (inspections, catches), HANDLES, apply, apart=True)
