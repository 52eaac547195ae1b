"""Which complaints are there, under which number, in which state, and whose are they?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, TIMESTAMP, Boolean, Column, Index, Table, Text, Uuid

from services.intake.schema import metadata
from shared.contracts import routing
from shared.contracts.intake import ComplaintReceived
from shared.contracts.states import MOVES, CaseState, state_after
from shared.envelope import Envelope
from shared.views import View

# What intake knows itself, and what it hears from routing: two tables, since either may be heard of first.
complaints = Table(
    "complaints",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("external_ref", Text),
    Column("received_at", TIMESTAMP(timezone=True), nullable=False),
    Column("registered_at", TIMESTAMP(timezone=True), nullable=False),
    Column("issue_codes", ARRAY(Text), nullable=False),
    Column("product_code", Text),
    Column("customer_ref", Text),
    Column("departments", ARRAY(Text), nullable=False),
    Column("posted_by", Text),
    Column("imported", Boolean, nullable=False),
    Index("complaints_by_number", "number", unique=True),
    Index("complaints_by_receipt", "received_at", "complaint_id"),
    Index("complaints_by_external_ref", "external_ref"),
    Index("complaints_by_customer", "customer_ref", "received_at"),
)
complaint_states = Table(
    "complaint_states",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("held", ARRAY(Text), nullable=False),  # departments that have or had work on it
)

_STATES = "select complaint_id, state, held from complaint_states where complaint_id = any($1::uuid[])"
_MOVE = (
    "update complaint_states s set state = u.state, held = u.held"
    " from jsonb_to_recordset($1::jsonb) as u (complaint_id uuid, state text, held text[]) where s.complaint_id = u.complaint_id"
)
_BY_NUMBER = "select complaint_id from complaints where number = $1"
_STANDING = "select complaint_id, state, held from complaint_states where complaint_id = any($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Standing:
    """What intake has heard of a case."""

    state: CaseState = "received"
    held: frozenset[str] = frozenset()


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    received = [e for e in events if e.type == ComplaintReceived.TYPE]
    if received:
        await connection.copy_records_to_table("complaints", records=[_row(e) for e in received])
    await _apply_moves(connection, [e for e in events if e.type != ComplaintReceived.TYPE])


def _row(event: Envelope) -> tuple[Any, ...]:
    body = event.body
    actor = body.get("actor") or {}
    return (
        UUID(body["complaint_id"]),
        body["number"],
        body.get("external_ref"),
        datetime.fromisoformat(body["received_at"]),
        event.recorded.recorded_at,
        body.get("issue_codes", []),
        (body.get("product") or {}).get("code"),
        (body.get("customer") or {}).get("ref"),
        body.get("departments", []),
        actor.get("person"),
        "history" in body,
    )


async def _apply_moves(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """A case's events come in order; one whose first event is here needs no look at what was."""
    fresh: dict[str, dict[str, Any]] = {}
    beginnings = {e.body["complaint_id"] for e in events if e.recorded.version == 1}
    older = {e.body["complaint_id"] for e in events} - beginnings
    rows = await connection.fetch(_STATES, [UUID(one) for one in older]) if older else []
    moved = {str(row["complaint_id"]): {**row, "complaint_id": str(row["complaint_id"])} for row in rows}
    for event in events:
        complaint = event.body["complaint_id"]
        if event.recorded.version == 1:
            fresh[complaint] = {"state": "received", "held": []}
        row = fresh[complaint] if complaint in fresh else moved[complaint]
        row["state"] = state_after(row["state"], event.type, event.body)
        if event.type == routing.WorkItemOffered.TYPE and event.body["department"] not in row["held"]:
            row["held"] = [*row["held"], event.body["department"]]
    if fresh:
        records = [(UUID(complaint), row["state"], row["held"]) for complaint, row in fresh.items()]
        await connection.copy_records_to_table("complaint_states", records=records)
    if moved:
        await connection.execute(_MOVE, orjson.dumps(list(moved.values())).decode())


Connection = asyncpg.Pool | asyncpg.Connection


async def id_of(connection: Connection, number: str) -> UUID | None:
    """The complaint with this number."""
    found: UUID | None = await connection.fetchval(_BY_NUMBER, number)
    return found


async def standing(connection: Connection, complaint_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """The cases' states; one of which nothing was heard yet is received."""
    rows = await connection.fetch(_STANDING, complaint_ids)
    known = {row["complaint_id"]: Standing(row["state"], frozenset(row["held"])) for row in rows}
    return {one: known.get(one, Standing()) for one in complaint_ids}


COMPLAINTS = View(
    "complaints",
    1,
    (complaints, complaint_states),
    frozenset({ComplaintReceived.TYPE, routing.WorkItemOffered.TYPE, *MOVES}),
    apply,
)
