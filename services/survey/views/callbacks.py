"""Which customers are to be asked, and what did the others say?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import TIMESTAMP, Column, Index, Integer, Table, Text, Uuid

from services.survey.schema import metadata
from shared.contracts.survey import (
    CallbackAnswered,
    CallbackAttempted,
    CallbackDeclined,
    CallbackDue,
    CallbackExpired,
    CallbackUnreached,
)
from shared.envelope import Envelope
from shared.views import View

State = Literal["due", "answered", "unreached", "declined", "expired"]

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, nullable=False),
    Column("closing_round", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", TIMESTAMP(timezone=True), nullable=False),
    Column("expires_at", TIMESTAMP(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("satisfied_with_handling", Text),
    Column("satisfied_with_remedy", Text),
    Column("version", Integer, nullable=False),
    Index("callbacks_waiting", "state", "due_at", "id"),
    Index("callbacks_by_complaint", "complaint_id"),
)

ENDS = {
    CallbackAnswered.TYPE: "answered",
    CallbackDeclined.TYPE: "declined",
    CallbackUnreached.TYPE: "unreached",
    CallbackExpired.TYPE: "expired",
}

_PLAN = """
insert into callbacks (id, complaint_id, closing_round, state, due_at, expires_at, attempts, version)
select callback_id, complaint_id, closing_round, 'due', due_at, expires_at, 0, version
from jsonb_to_recordset($1::jsonb) as n (
    callback_id uuid, complaint_id uuid, closing_round int, due_at timestamptz, expires_at timestamptz, version int
)
"""
_MOVE = """
update callbacks c
set state = coalesce(n.state, c.state), attempts = coalesce(n.attempt, c.attempts), version = n.version,
    satisfied_with_handling = n.satisfied_with_handling, satisfied_with_remedy = n.satisfied_with_remedy
from jsonb_to_recordset($1::jsonb) as n (
    callback_id uuid, state text, attempt int, version int, satisfied_with_handling text, satisfied_with_remedy text
)
where c.id = n.callback_id
"""
_ONE = "select * from callbacks where id = $1"
_PAGE = """
select * from callbacks
where ($1::text is null or state = $1) and ($2::uuid is null or complaint_id = $2)
  and ($3::timestamptz is null or (due_at, id) > ($3, $4::uuid))
order by due_at, id limit $5
"""


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """What happened to a callback in a batch is folded into one row first; its end comes last and keeps what was said."""
    planned = [event.body | {"version": event.recorded.version} for event in events if event.type == CallbackDue.TYPE]
    moved: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.type != CallbackDue.TYPE:
            row = moved.setdefault(event.body["callback_id"], {})
            row.update(event.body, version=event.recorded.version)
            if event.type in ENDS:
                row["state"] = ENDS[event.type]
    if planned:
        await connection.execute(_PLAN, orjson.dumps(planned).decode())
    if moved:
        await connection.execute(_MOVE, orjson.dumps(list(moved.values())).decode())


async def one(connection: asyncpg.Pool, callback_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(_ONE, callback_id)


async def page(
    connection: asyncpg.Pool, state: State | None, complaint_id: UUID | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[asyncpg.Record]:
    """Those due first come first."""
    due_at, last = after or (None, None)
    return await connection.fetch(_PAGE, state, complaint_id, due_at, last, limit)


CALLBACKS = View("callbacks", 1, (callbacks,), frozenset({CallbackDue.TYPE, CallbackAttempted.TYPE, *ENDS}), apply)
