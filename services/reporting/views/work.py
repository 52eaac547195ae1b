"""Which work lay with which department, when was it due, and when was it done?

One row a work item and stay in a department, both ends with the recorded time at which they became known, so that a question
"as of" is a filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import TIMESTAMP, Boolean, Column, Index, SmallInteger, Table, Text, Uuid

from services.reporting.schema import metadata
from shared.envelope import Envelope
from shared.views import View

OFFERED = "routing.work-item-offered.v1"
DONE = "routing.work-item-done.v1"
MOVED = {"routing.work-item-handed-over.v1": "to_department", "routing.work-item-returned.v1": "department"}

department_work = Table(
    "department_work",
    metadata,
    Column("item_id", Uuid, primary_key=True),
    Column("complaint_id", Uuid),  # none, of work on other feedback
    Column("department", Text),
    Column("task", Text),
    Column("offered_at", TIMESTAMP(timezone=True)),
    Column("offered_recorded", TIMESTAMP(timezone=True)),
    Column("done_at", TIMESTAMP(timezone=True)),
    Column("done_recorded", TIMESTAMP(timezone=True)),
    Column("due_at", TIMESTAMP(timezone=True)),
    Column("stay", SmallInteger, primary_key=True),
    Column("handed_on", Boolean, nullable=False),  # it went to another department then, and was not done
    Column("clock", Text),
    Index("department_work_of", "complaint_id"),
    Index("department_work_by_end", "done_at"),
    Index("department_work_by_end_known", "done_recorded"),
    Index("department_work_by_offer_known", "offered_recorded"),
    Index("department_work_by_due", "due_at"),
)

Row = dict[str, Any]

_COLUMNS = tuple(column.name for column in department_work.columns)
_LAST = "select distinct on (item_id) * from department_work where item_id = any($1::uuid[]) order by item_id, stay desc"
_BEGIN = (
    f"insert into department_work ({', '.join(_COLUMNS)}) select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[],"
    " $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::smallint[], $11::bool[], $12::text[])"
    " on conflict do nothing"
)
_END = (
    "update department_work w set done_at = u.at, done_recorded = u.recorded, handed_on = u.onward"
    " from unnest($1::uuid[], $2::smallint[], $3::timestamptz[], $4::timestamptz[], $5::bool[]) as u (item_id, stay, at, recorded, onward)"
    " where w.item_id = u.item_id and w.stay = u.stay"
)


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """An item's events come in order; one that is offered here needs no look at what was."""
    fresh: list[Row] = []
    older: list[Row] = []
    last: dict[UUID, Row] = {}
    begun = {event.body["item_id"] for event in events if event.type == OFFERED}
    known = {UUID(event.body["item_id"]) for event in events if event.body["item_id"] not in begun}
    if known:
        older = [dict(row) for row in await connection.fetch(_LAST, list(known))]
        last = {row["item_id"]: row for row in older}
    for event in events:
        item = UUID(event.body["item_id"])
        following = _offered(event) if event.type == OFFERED else _ended(last[item], event)
        if following is not None:
            fresh.append(following)
            last[item] = following
    if older:
        await connection.execute(
            _END, *([row[name] for row in older] for name in ("item_id", "stay", "done_at", "done_recorded", "handed_on"))
        )
    if fresh:
        await connection.execute(_BEGIN, *([row[name] for row in fresh] for name in _COLUMNS))


def _offered(event: Envelope) -> Row:
    body, recorded = event.body, event.recorded
    due = body.get("due_at")
    return {
        **dict.fromkeys(_COLUMNS),
        "item_id": UUID(body["item_id"]),
        "complaint_id": UUID(body["complaint_id"]) if body.get("complaint_id") else None,
        "department": body["department"],
        "task": body["task"],
        "clock": body.get("clock"),
        "offered_at": recorded.occurred_at,
        "offered_recorded": recorded.recorded_at,
        "due_at": datetime.fromisoformat(due) if due else None,
        "stay": 1,
        "handed_on": False,
    }


def _ended(row: Row, event: Envelope) -> Row | None:
    """Ends the stay; answers the next one, where the work went on to another department."""
    at, recorded = event.recorded.occurred_at, event.recorded.recorded_at
    to = None if event.type == DONE else event.body[MOVED[event.type]]
    if to == row["department"]:
        return None
    row |= {"done_at": at, "done_recorded": recorded, "handed_on": to is not None}
    if to is None:
        return None
    begins = {"department": to, "offered_at": at, "offered_recorded": recorded, "done_at": None, "done_recorded": None}
    return row | begins | {"stay": row["stay"] + 1, "handed_on": False}


VIEW = View("department_work", 4, (department_work,), frozenset({OFFERED, DONE, *MOVED}), apply, apart=True)
