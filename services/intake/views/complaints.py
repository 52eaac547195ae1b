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
from shared.contracts.intake import ComplaintMerged, ComplaintReceived, InformationAdded
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
    Column("merged_into", Uuid),  # the complaint it goes on as, and that one's number
    Column("duplicate_of", Text),
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

HOLDING = {routing.WorkItemOffered.TYPE: "department", routing.WorkItemHandedOver.TYPE: "to_department"}
RECEIVED = tuple(column.name for column in complaints.columns)[:-2]

_STATES = "select complaint_id, state, held from complaint_states where complaint_id = any($1::uuid[])"
_MOVE = (
    "update complaint_states s set state = u.state, held = u.held"
    " from jsonb_to_recordset($1::jsonb) as u (complaint_id uuid, state text, held text[]) where s.complaint_id = u.complaint_id"
)
_MERGE = (
    "update complaints c set merged_into = u.survivor, duplicate_of = u.number from unnest($1::uuid[], $2::uuid[], $3::text[])"
    " as u (complaint_id, survivor, number) where c.complaint_id = u.complaint_id"
)
_ADD = """
update complaints c set issue_codes = coalesce(u.issue_codes, c.issue_codes), product_code = coalesce(u.product_code, c.product_code)
from jsonb_to_recordset($1::jsonb) as u (complaint_id uuid, issue_codes text[], product_code text) where c.complaint_id = u.complaint_id
"""
_BY_NUMBER = "select complaint_id from complaints where number = $1"
_STANDING = """
select complaint_id, s.state, s.held, c.duplicate_of from complaints c left join complaint_states s using (complaint_id)
where complaint_id = any($1::uuid[])
"""
# A survivor may have been merged later itself: followed to the end, which is there, since nothing is merged into what it came from.
_SURVIVOR = """
with recursive way as (
    select complaint_id, merged_into from complaints where complaint_id = $1
    union
    select c.complaint_id, c.merged_into from way join complaints c on c.complaint_id = way.merged_into
)
select complaint_id from way where merged_into is null
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What intake has heard of a case."""

    state: CaseState = "received"
    held: frozenset[str] = frozenset()
    duplicate_of: str | None = None

    @property
    def closed(self) -> bool:
        return self.state in ("closed", "withdrawn")


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """A complaint is received before it is added to or merged, so a batch can go through in that order."""
    received = [e for e in events if e.type == ComplaintReceived.TYPE]
    if received:
        await connection.copy_records_to_table("complaints", columns=RECEIVED, records=[_row(e) for e in received])
    await _apply_additions(connection, [e for e in events if e.type == InformationAdded.TYPE])
    merged = [e.body for e in events if e.type == ComplaintMerged.TYPE]
    if merged:
        ids = [[UUID(body[name]) for body in merged] for name in ("complaint_id", "into")]
        await connection.execute(_MERGE, *ids, [body["into_number"] for body in merged])
    await _apply_moves(connection, [e for e in events if e.type.startswith("routing.") and e.body.get("complaint_id") is not None])


async def _apply_additions(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    added: dict[str, dict[str, Any]] = {}
    for event in events:
        said = event.body
        row = added.setdefault(said["complaint_id"], {"complaint_id": said["complaint_id"]})
        if said.get("issue_codes"):
            row["issue_codes"] = said["issue_codes"]
        if (said.get("product") or {}).get("code"):
            row["product_code"] = said["product"]["code"]
    if added:
        await connection.execute(_ADD, orjson.dumps(list(added.values())).decode())


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
        department = event.body[HOLDING[event.type]] if event.type in HOLDING else None
        if department is not None and department not in row["held"]:
            row["held"] = [*row["held"], department]
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
    known = {row["complaint_id"]: Standing(row["state"] or "received", frozenset(row["held"] or ()), row["duplicate_of"]) for row in rows}
    return {one: known.get(one, Standing()) for one in complaint_ids}


async def survivor(connection: Connection, complaint_id: UUID) -> UUID:
    """The complaint under which this one goes on; itself, if it was never merged."""
    found: UUID | None = await connection.fetchval(_SURVIVOR, complaint_id)
    return found or complaint_id


COMPLAINTS = View(
    "complaints",
    3,
    (complaints, complaint_states),
    frozenset({ComplaintReceived.TYPE, InformationAdded.TYPE, ComplaintMerged.TYPE, *HOLDING, *MOVES}),
    apply,
)
