"""Which work waits in a department, most urgent first? On cases, and on other feedback that waits for an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, TIMESTAMP, BigInteger, Column, Index, Integer, SmallInteger, Table, Text, Uuid, text

from services.routing.schema import metadata
from shared.contracts.event import Event
from shared.contracts.routing import (
    WorkItemAssigned,
    WorkItemDone,
    WorkItemHandedOver,
    WorkItemOffered,
    WorkItemReminded,
    WorkItemReturned,
    WorkItemTaken,
)
from shared.envelope import Envelope
from shared.views import View

ItemState = Literal["open", "taken", "done"]

queue_items = Table(
    "queue_items",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("complaint_id", Uuid),
    Column("feedback_id", Uuid),
    Column("number", Text),
    Column("department", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("topic", Text),
    Column("about", Uuid),
    Column("severity", Text),
    Column("clock", Text),
    Column("due_at", TIMESTAMP(timezone=True)),
    Column("offered_at", TIMESTAMP(timezone=True), nullable=False),
    Column("offered_by", Text),
    Column("state", Text, nullable=False),
    Column("holder", Text),
    Column("holder_name", Text),
    Column("reminders", Integer, nullable=False),
    Column("left_departments", ARRAY(Text), nullable=False),  # where it was before, and the positions of the events that took it away
    Column("left_at", ARRAY(BigInteger), nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("position", BigInteger, nullable=False),  # of the event by which it waits where it is: what a stream has sent
    Column("own_version", Integer, nullable=False),  # of other feedback's work; a case has its own
    Index("queue_items_by_holder", "holder", postgresql_where=text("state = 'taken'")),
    Index("queue_items_by_urgency", "department", "state", text("coalesce(due_at, 'infinity')"), "offered_at", "id"),
)

_COLUMNS = tuple(column.name for column in queue_items.columns)
_MOVING = ("department", "state", "holder", "holder_name", "reminders", "left_departments", "left_at", "position", "own_version")
_KNOWN = f"select id, {', '.join(_MOVING)} from queue_items where id = any($1::uuid[])"
_MOVE = (
    f"update queue_items q set ({', '.join(_MOVING)}) = ({', '.join(f'u.{name}' for name in _MOVING)})"
    " from jsonb_to_recordset($1::jsonb) as u (id uuid, department text, state text, holder text, holder_name text, reminders int,"
    " left_departments text[], left_at bigint[], position bigint, own_version int) where q.id = u.id"
)

# An item shows the version of its case, that is the stream If-Match speaks of, and what the case is graded now.
_SHOWN = (
    "select q.*, coalesce(c.version, q.own_version) as version, c.severity as graded, coalesce(q.due_at, 'infinity')::text as urgency"
    " from queue_items q left join cases c on c.complaint_id = q.complaint_id"
)
_QUEUE = (
    f"{_SHOWN} where q.department = $1 and q.state = $2 and ($3::text is null"
    " or (coalesce(q.due_at, 'infinity'), q.offered_at, q.id) > ($3::text::timestamptz, $4::timestamptz, $5::uuid))"
    " order by coalesce(q.due_at, 'infinity'), q.offered_at, q.id limit $6"
)
_ITEMS = f"{_SHOWN} where q.id = any($1::uuid[])"
_OPEN = f"{_SHOWN} where q.department = $1 and q.state = 'open' order by q.offered_at, q.id"

After = tuple[str, datetime, UUID]  # due, offered, id of the last item shown
Row = dict[str, Any]
Connection = asyncpg.Pool | asyncpg.Connection


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """An item's events come in order; one that is offered here needs no look at what was."""
    fresh: dict[str, Row] = {}
    moved: dict[str, Row] = {}
    older = {event.body["item_id"] for event in events} - {e.body["item_id"] for e in events if e.type == WorkItemOffered.TYPE}
    if older:
        rows = await connection.fetch(_KNOWN, [UUID(item) for item in older])
        moved = {str(row["id"]): {**row, "id": str(row["id"])} for row in rows}
    for event in events:
        item = event.body["item_id"]
        if event.type == WorkItemOffered.TYPE:
            fresh[item] = _row(event)
        else:
            _move(fresh[item] if item in fresh else moved[item], event)
    if fresh:
        await connection.copy_records_to_table("queue_items", columns=_COLUMNS, records=[tuple(row.values()) for row in fresh.values()])
    if moved:
        await connection.execute(_MOVE, orjson.dumps(list(moved.values())).decode())


def _row(event: Envelope) -> Row:
    body = event.body
    due = body.get("due_at")
    known = {name: body.get(name) for name in ("number", "department", "task", "topic", "severity", "clock")}
    ids = {name: UUID(body[name]) if body.get(name) else None for name in ("complaint_id", "feedback_id", "about")}
    row = {**dict.fromkeys(_COLUMNS), **known, **ids}
    return row | {
        "id": UUID(body["item_id"]),
        "due_at": datetime.fromisoformat(due) if due else None,
        "offered_at": event.recorded.recorded_at,
        "offered_by": (body.get("actor") or {}).get("person"),
        "state": "open",
        "reminders": 0,
        "left_departments": [],
        "left_at": [],
        "partition": event.recorded.partition,
        "position": event.recorded.position,
        "own_version": event.version,
    }


def _move(row: Row, event: Envelope) -> None:
    body, position = event.body, event.recorded.position
    row["own_version"] = event.version
    match event.type:
        case WorkItemTaken.TYPE | WorkItemAssigned.TYPE:
            row |= {"state": "taken", "holder": body["holder"], "holder_name": body["holder_name"]}
        case WorkItemReturned.TYPE | WorkItemHandedOver.TYPE:
            to = body["department"] if event.type == WorkItemReturned.TYPE else body["to_department"]
            if to != row["department"]:
                row["left_departments"] = [*row["left_departments"], row["department"]]
                row["left_at"] = [*row["left_at"], position]
            row |= {"state": "open", "holder": None, "holder_name": None, "department": to, "position": position}
        case WorkItemReminded.TYPE:
            row["reminders"] += 1
        case WorkItemDone.TYPE:
            row["state"] = "done"


def left_by(event: Event) -> dict[str, Any]:
    """What an event says of its item, whatever became of it later."""
    match event:
        case WorkItemOffered(department=department):
            return {"state": "open", "holder": None, "holder_name": None, "department": department}
        case WorkItemTaken() | WorkItemAssigned():
            return {"state": "taken", "holder": event.holder, "holder_name": event.holder_name}
        case WorkItemReturned(department=department) | WorkItemHandedOver(to_department=department):
            return {"state": "open", "holder": None, "holder_name": None, "department": department}
        case WorkItemReminded():
            return {"state": "open" if event.holder is None else "taken", "holder": event.holder}
        case WorkItemDone():
            return {"state": "done"}
        case _:
            return {}


def where(row: Mapping[str, Any] | asyncpg.Record, position: int) -> tuple[str, ...]:
    """The departments that an event at this position concerns: where the work was then, and, if it moved it, where to."""
    stations = [*row["left_departments"], row["department"]]
    for n, at in enumerate(row["left_at"]):
        if position <= at:
            return tuple(stations[n : n + 2]) if position == at else (stations[n],)
    return (row["department"],)


async def queue(connection: Connection, department: str, state: ItemState, limit: int, after: After | None) -> list[asyncpg.Record]:
    """A page of a department's work, by due time, then by age; what has no due time comes last."""
    return list(await connection.fetch(_QUEUE, department, state, *(after or (None, None, None)), limit))


async def items(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Work items as they stand now."""
    return {row["id"]: row for row in await connection.fetch(_ITEMS, ids)}


async def every_open(connection: Connection, department: str) -> list[asyncpg.Record]:
    """All that waits in a department, oldest first."""
    return list(await connection.fetch(_OPEN, department))


def shown(row: Mapping[str, Any] | asyncpg.Record) -> dict[str, Any]:
    """A work item as the API answers it."""
    names = (
        "id", "complaint_id", "feedback_id", "number", "department", "task", "topic", "about", "state",
        "offered_at", "due_at", "clock", "holder", "holder_name", "reminders", "version",
    )  # fmt: skip
    return {name: row[name] for name in names} | {"severity": row["graded"]}


MOVES = (WorkItemTaken, WorkItemReturned, WorkItemHandedOver, WorkItemAssigned, WorkItemReminded, WorkItemDone)
QUEUE = View("queue", 3, (queue_items,), frozenset(cls.TYPE for cls in (WorkItemOffered, *MOVES)), apply, apart=True)
