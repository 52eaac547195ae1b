"""Which work waits in a department, most urgent first?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
from sqlalchemy import TIMESTAMP, BigInteger, Column, Index, SmallInteger, Table, Text, Uuid, text

from services.routing.schema import metadata
from shared.contracts.routing import WorkItemDone, WorkItemOffered, WorkItemTaken
from shared.envelope import Envelope
from shared.views import View

ItemState = Literal["open", "taken", "done"]

queue_items = Table(
    "queue_items",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, nullable=False),
    Column("number", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("severity", Text),
    Column("clock", Text),
    Column("due_at", TIMESTAMP(timezone=True)),
    Column("offered_at", TIMESTAMP(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("holder", Text),
    Column("holder_name", Text),
    Column("offered_by", Text),
    Column("partition", SmallInteger, nullable=False),  # where the offer stands in routing's store: what a stream has sent
    Column("position", BigInteger, nullable=False),
    Index("queue_items_by_urgency", "department", "state", text("coalesce(due_at, 'infinity')"), "offered_at", "id"),
)

_TAKEN = (
    "update queue_items q set state = 'taken', holder = u.holder, holder_name = u.name"
    " from unnest($1::uuid[], $2::text[], $3::text[]) as u (id, holder, name) where q.id = u.id"
)
_DONE = "update queue_items set state = 'done' where id = any($1::uuid[])"

# An item shows the version of its case, that is the stream If-Match speaks of, and what the case is graded now.
_SHOWN = "select q.*, c.version, c.severity as graded, coalesce(q.due_at, 'infinity')::text as urgency from queue_items q join cases c using (complaint_id)"
_QUEUE = (
    f"{_SHOWN} where q.department = $1 and q.state = $2 and ($3::text is null"
    " or (coalesce(q.due_at, 'infinity'), q.offered_at, q.id) > ($3::text::timestamptz, $4::timestamptz, $5::uuid))"
    " order by coalesce(q.due_at, 'infinity'), q.offered_at, q.id limit $6"
)
_ITEMS = f"{_SHOWN} where q.id = any($1::uuid[])"
_OPEN = f"{_SHOWN} where q.department = $1 and q.state = 'open' order by q.offered_at, q.id"

After = tuple[str, datetime, UUID]  # due, offered, id of the last item shown


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """An item is offered before it is taken and taken before it is done, so a batch can go through in that order."""
    offered = [e for e in events if e.type == WorkItemOffered.TYPE]
    taken = [e.body for e in events if e.type == WorkItemTaken.TYPE]
    done = [UUID(e.body["item_id"]) for e in events if e.type == WorkItemDone.TYPE]
    if offered:
        await connection.copy_records_to_table("queue_items", records=[_row(e) for e in offered])
    if taken:
        await connection.execute(
            _TAKEN, [UUID(b["item_id"]) for b in taken], [b["holder"] for b in taken], [b["holder_name"] for b in taken]
        )
    if done:
        await connection.execute(_DONE, done)


def _row(event: Envelope) -> tuple[Any, ...]:
    body = event.body
    due = body.get("due_at")
    return (
        UUID(body["item_id"]),
        UUID(body["complaint_id"]),
        body["number"],
        body["department"],
        body["task"],
        body.get("severity"),
        body.get("clock"),
        datetime.fromisoformat(due) if due else None,
        event.recorded.recorded_at,
        "open",
        None,
        None,
        (body.get("actor") or {}).get("person"),
        event.recorded.partition,
        event.recorded.position,
    )


async def queue(
    connection: asyncpg.Pool | asyncpg.Connection, department: str, state: ItemState, limit: int, after: After | None
) -> list[asyncpg.Record]:
    """A page of a department's work, by due time, then by age; what has no due time comes last."""
    return list(await connection.fetch(_QUEUE, department, state, *(after or (None, None, None)), limit))


async def items(connection: asyncpg.Pool | asyncpg.Connection, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Work items as they stand now."""
    return {row["id"]: row for row in await connection.fetch(_ITEMS, ids)}


async def every_open(connection: asyncpg.Pool | asyncpg.Connection, department: str) -> list[asyncpg.Record]:
    """All that waits in a department, oldest first."""
    return list(await connection.fetch(_OPEN, department))


def shown(row: asyncpg.Record) -> dict[str, Any]:
    """A work item as the API answers it."""
    names = (
        "id", "complaint_id", "number", "department", "task", "state",
        "offered_at", "due_at", "clock", "holder", "holder_name", "version",
    )  # fmt: skip
    return {name: row[name] for name in names} | {"severity": row["graded"]}


QUEUE = View("queue", 2, (queue_items,), frozenset({WorkItemOffered.TYPE, WorkItemTaken.TYPE, WorkItemDone.TYPE}), apply, apart=True)
