"""Who was told what, and did it arrive? And which notifications wait to be handed over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, TIMESTAMP, Column, Index, Integer, SmallInteger, Table, Text, Uuid, text

from services.intake.schema import metadata
from shared.contracts.intake_notifications import (
    NotificationAttempted,
    NotificationFailed,
    NotificationPostponed,
    NotificationRequested,
    NotificationSent,
)
from shared.envelope import Envelope
from shared.views import View

State = Literal["requested", "attempted", "sent", "failed"]

notifications = Table(
    "notifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("partition", SmallInteger, nullable=False),
    Column("complaint_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("persons", ARRAY(Text), nullable=False),
    Column("department", Text),
    Column("clock", Text),
    Column("due_at", TIMESTAMP(timezone=True)),
    Column("requested_at", TIMESTAMP(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ended_at", TIMESTAMP(timezone=True)),
    Column("medium", Text),
    Column("left_to", Text),
    Column("reason", Text),
    Column("reply", Integer),
    Index("notifications_of_complaint", "complaint_id", "requested_at", "id"),
    Index("notifications_waiting", "requested_at", "id", postgresql_where=text("state in ('requested', 'attempted')")),
)

STATES: dict[str, State] = {
    NotificationAttempted.TYPE: "attempted",
    NotificationPostponed.TYPE: "requested",
    NotificationSent.TYPE: "sent",
    NotificationFailed.TYPE: "failed",
}

_REQUEST = """
insert into notifications (id, partition, complaint_id, kind, audience, persons, department, clock, due_at, requested_at, state, attempts)
select notification_id, partition, complaint_id, kind, audience, coalesce(persons, '{}'), department, clock, due_at, requested_at, 'requested', 0
from jsonb_to_recordset($1::jsonb) as n (
    notification_id uuid, partition smallint, complaint_id uuid, kind text, audience text, persons text[], department text, clock text,
    due_at timestamptz, requested_at timestamptz
)
"""
_MOVE = """
update notifications t
set state = n.state, attempts = coalesce(n.attempt, t.attempts), ended_at = n.ended_at, medium = coalesce(n.medium, t.medium),
    left_to = n.left_to, reason = n.reason, reply = n.reply
from jsonb_to_recordset($1::jsonb) as n (
    notification_id uuid, state text, attempt int, ended_at timestamptz, medium text, left_to text, reason text, reply int
)
where t.id = n.notification_id
"""
_WAITING = (
    "select id from notifications where state in ('requested', 'attempted') and partition = any($1::smallint[])"
    " and id <> all($2::uuid[]) order by requested_at, id limit $3"
)
_OF_ONE = "select * from notifications where complaint_id = $1 and ($2::text is null or audience = $2) order by requested_at, id"


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """What happened to one in a batch is folded into its last state first; a bounce keeps by what medium it had gone."""
    requested: list[dict[str, Any]] = []
    moved: dict[str, dict[str, Any]] = {}
    for event in events:
        body, recorded = event.body, event.recorded
        if event.type == NotificationRequested.TYPE:
            requested.append(body | {"partition": recorded.partition, "requested_at": recorded.recorded_at.isoformat()})
        else:
            state = STATES[event.type]
            before = moved.get(body["notification_id"], {})
            kept = {name: before[name] for name in ("attempt", "medium") if name in before}
            ended = {"ended_at": recorded.recorded_at.isoformat()} if state in ("sent", "failed") else {}
            moved[body["notification_id"]] = kept | body | ended | {"state": state}
    if requested:
        await connection.execute(_REQUEST, orjson.dumps(requested).decode())
    if moved:
        await connection.execute(_MOVE, orjson.dumps(list(moved.values())).decode())


async def waiting(connection: asyncpg.Pool, partitions: Collection[int], resting: Sequence[UUID], limit: int) -> list[UUID]:
    """Which are to be handed over, or have been attempted and not ended; the oldest first."""
    return [row["id"] for row in await connection.fetch(_WAITING, sorted(partitions), resting, limit)]


async def of_complaint(
    connection: asyncpg.Pool | asyncpg.Connection, complaint_id: UUID, audience: Literal["complainant", "staff"] | None = None
) -> list[asyncpg.Record]:
    """What was told about one complaint, with what became of it, the oldest first."""
    return list(await connection.fetch(_OF_ONE, complaint_id, audience))


NOTIFICATIONS = View("notifications", 1, (notifications,), frozenset({NotificationRequested.TYPE, *STATES}), apply, apart=True)
