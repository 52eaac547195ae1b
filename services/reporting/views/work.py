"""Which work lay with which department, when was it due, and when was it done?

One row a work item, both ends with the recorded time at which they became known, so that a question "as of" is a filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import TIMESTAMP, Column, Table, Text, Uuid

from services.reporting.schema import metadata
from shared.envelope import Envelope
from shared.views import View

OFFERED = "routing.work-item-offered.v1"
DONE = "routing.work-item-done.v1"

department_work = Table(
    "department_work",
    metadata,
    Column("item_id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, nullable=False),
    Column("department", Text),
    Column("task", Text),
    Column("offered_at", TIMESTAMP(timezone=True)),
    Column("offered_recorded", TIMESTAMP(timezone=True)),
    Column("done_at", TIMESTAMP(timezone=True)),
    Column("done_recorded", TIMESTAMP(timezone=True)),
    Column("due_at", TIMESTAMP(timezone=True)),
)

_COLUMNS = tuple(column.name for column in department_work.columns)
_MERGE = (
    f"insert into department_work as w ({', '.join(_COLUMNS)})"
    " select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],"
    " $8::timestamptz[], $9::timestamptz[]) on conflict (item_id) do update set "
    + ", ".join(f"{name} = coalesce(w.{name}, excluded.{name})" for name in _COLUMNS[2:])
)


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """One row an item however many of its events the batch has."""
    rows: dict[str, dict[str, Any]] = {}
    for event in events:
        body, recorded = event.body, event.recorded
        row = rows.setdefault(body["item_id"], dict.fromkeys(_COLUMNS))
        row["item_id"], row["complaint_id"] = body["item_id"], body["complaint_id"]
        if event.type == OFFERED:
            row["department"], row["task"] = body["department"], body["task"]
            row["offered_at"], row["offered_recorded"] = recorded.occurred_at, recorded.recorded_at
            row["due_at"] = datetime.fromisoformat(body["due_at"]) if body.get("due_at") else None
        else:
            row["done_at"], row["done_recorded"] = recorded.occurred_at, recorded.recorded_at
    values = [list(column) for column in zip(*(row.values() for row in rows.values()), strict=True)]
    await connection.execute(_MERGE, *values)


VIEW = View("department_work", 2, (department_work,), frozenset({OFFERED, DONE}), apply, apart=True)
