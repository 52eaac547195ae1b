"""Which inquiries wait for their answer, the oldest first, and what became of the others?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, TIMESTAMP, Column, Index, Table, Text, Uuid

from services.intake.schema import metadata
from shared.contracts import routing
from shared.contracts.intake import FeedbackAnswered, FeedbackPromoted, FeedbackReceived
from shared.contracts.vocabulary import FeedbackKind
from shared.envelope import Envelope
from shared.views import View

State = Literal["unanswered", "answered", "promoted"]

feedback = Table(
    "feedback",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("received_at", TIMESTAMP(timezone=True), nullable=False),
    Column("departments", ARRAY(Text), nullable=False),
    Column("posted_by", Text),
    Index("feedback_by_age", "state", "received_at", "id"),
)
# Heard of from routing, perhaps before the feedback itself: a table of its own.
holders = Table(
    "feedback_holders",
    metadata,
    Column("feedback_id", Uuid, primary_key=True),
    Column("department", Text, primary_key=True),
)

_HOLD = "insert into feedback_holders (feedback_id, department) select * from unnest($1::uuid[], $2::text[]) on conflict do nothing"
_MOVE = "update feedback f set state = u.state from unnest($1::uuid[], $2::text[]) as u (id, state) where f.id = u.id"
_MINE = "($1 or (departments && $2 or posted_by = $3) or exists (select from feedback_holders h where h.feedback_id = id and h.department = any($4)))"
_HELD = "select exists (select from feedback_holders where feedback_id = $1 and department = any($2::text[]))"
_PAGE = (
    f"select * from feedback where {_MINE} and ($5::text is null or kind = $5) and ($6::text is null or state = $6)"
    " and ($7::timestamptz is null or (received_at, id) > ($7, $8::uuid)) order by received_at, id limit $9"
)
STATES: dict[str, State] = {FeedbackAnswered.TYPE: "answered", FeedbackPromoted.TYPE: "promoted"}


@dataclass(frozen=True, slots=True)
class Visible:
    """Whose feedback may be seen: all, what was posted by or for somebody, or what departments have or had work on."""

    all: bool
    own: tuple[str, ...]
    posted_by: str | None
    held: tuple[str, ...]


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    received = [_row(event) for event in events if event.type == FeedbackReceived.TYPE]
    if received:
        await connection.copy_records_to_table("feedback", records=received)
    moved = {event.body["feedback_id"]: STATES[event.type] for event in events if event.type in STATES}
    if moved:
        await connection.execute(_MOVE, [UUID(one) for one in moved], list(moved.values()))
    offered = [e.body for e in events if e.type in HOLDING and e.body.get("feedback_id") is not None]
    if offered:
        departments = [body.get("department") or body["to_department"] for body in offered]
        await connection.execute(_HOLD, [UUID(body["feedback_id"]) for body in offered], departments)


def _row(event: Envelope) -> tuple[Any, ...]:
    said = event.body
    return (
        UUID(said["feedback_id"]),
        said["kind"],
        "unanswered",
        datetime.fromisoformat(said["received_at"]),
        said.get("departments", []),
        (said.get("actor") or {}).get("person"),
    )


async def held(connection: asyncpg.Pool, feedback_id: UUID, departments: Sequence[str]) -> bool:
    """Whether one of these departments has or had work on it."""
    found: bool = await connection.fetchval(_HELD, feedback_id, list(departments))
    return found


async def page(
    connection: asyncpg.Pool,
    visible: Visible,
    *,
    kind: FeedbackKind | None,
    state: State | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[asyncpg.Record]:
    """The oldest first."""
    who = (visible.all, visible.own, visible.posted_by, visible.held)
    return await connection.fetch(_PAGE, *who, kind, state, *(after or (None, None)), limit)


HOLDING = frozenset({routing.WorkItemOffered.TYPE, routing.WorkItemHandedOver.TYPE})
FEEDBACKS = View("feedback", 1, (feedback, holders), HOLDING.union(STATES, {FeedbackReceived.TYPE}), apply)
