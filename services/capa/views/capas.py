"""Which actions are under way, whose are they, which complaints do they serve, and which steps are open?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, TIMESTAMP, Boolean, Column, Index, Integer, Table, Text, Uuid

from services.capa.schema import metadata
from services.capa.state import CapaState
from shared.contracts.capa import (
    CapaClosed,
    CapaComplaintAdded,
    CapaOpened,
    CapaRoundOpened,
    ContainmentDone,
    EffectivenessReviewed,
    PlanApproved,
    PlanProposed,
    PlanReturned,
    StepDone,
    StepExtended,
    StepOverdue,
    StepReminded,
)
from shared.envelope import Envelope
from shared.views import View

capas = Table(
    "capas",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("owner_department", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("trigger_ref", Text),
    Column("title", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("product_code", Text),
    Column("issue_code", Text),
    Column("complaints", ARRAY(Uuid), nullable=False),
    Column("opened_at", TIMESTAMP(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("step_departments", ARRAY(Text), nullable=False, server_default="{}"),  # of every round: who took part may look
    Index("capas_by_opening", "opened_at", "id"),
    Index("capas_by_complaint", "complaints", postgresql_using="gin"),
    Index("capas_by_product", "product_code"),
    Index("capas_by_issue", "issue_code"),
)

steps = Table(
    "capa_steps",
    metadata,
    Column("capa_id", Uuid, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("department", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due_at", TIMESTAMP(timezone=True), nullable=False),
    Column("done", Boolean, nullable=False),
)

_OPEN = """
insert into capas (
    id, number, state, round, owner_department, trigger, trigger_ref, title, severity, product_code, issue_code, complaints, opened_at, version
)
select capa_id, number, 'planning', 1, owner_department, trigger, trigger_ref, title, severity, product_code, issue_code,
       coalesce(complaints, '{}'), opened_at, version
from jsonb_to_recordset($1::jsonb) as n (
    capa_id uuid, number text, owner_department text, trigger text, trigger_ref text, title text, severity text, product_code text,
    issue_code text, complaints uuid[], opened_at timestamptz, version int
)
"""
_JOIN = """
update capas c set complaints = c.complaints || n.complaints, version = n.version
from (
    select capa, array_agg(complaint order by v) as complaints, max(v) as version
    from unnest($1::uuid[], $2::uuid[], $3::int[]) as u (capa, complaint, v) group by capa
) n
where c.id = n.capa
"""
_MOVE = """
update capas c set
    state = coalesce(n.state, c.state), round = coalesce(n.round, c.round), version = greatest(c.version, n.version),
    step_departments = array(select distinct d from unnest(c.step_departments || n.departments) d order by d)
from jsonb_to_recordset($1::jsonb) as n (capa_id uuid, state text, round int, version int, departments text[])
where c.id = n.capa_id
"""
_PLAN = "insert into capa_steps (capa_id, round, n, department, owner, due_at, done) values ($1, $2, $3, $4, $5, $6, false)"
_STEP_DONE = "update capa_steps set done = true where capa_id = $1 and round = $2 and n = $3"
_STEP_EXTENDED = "update capa_steps set due_at = $4 where capa_id = $1 and round = $2 and n = $3"
_SEEN = "($1::text[] is null or owner_department = any($1) or step_departments && $1)"
_OVERDUE = """exists (
    select from capa_steps s where s.capa_id = capas.id and s.round = capas.round and not s.done and s.due_at <= $5::timestamptz
)"""
_ONE = f"select * from capas where id = $2 and {_SEEN}"
_PAGE = f"""
select * from capas
where {_SEEN} and ($2::text is null or state = $2) and ($3::text is null or owner_department = $3)
  and ($4::uuid is null or complaints @> array[$4::uuid])
  and ($6::bool is null or $6 = (state = 'in_work' and {_OVERDUE}))
  and ($7::timestamptz is null or (opened_at, id) > ($7, $8::uuid))
order by opened_at, id limit $9
"""
_SIMILAR = f"""
select id, number, state, title, product_code, issue_code from capas
where {_SEEN} and state <> 'closed' and (product_code = $2 or issue_code = any($3))
order by (product_code is not distinct from $2)::int + coalesce((issue_code = any($3))::int, 0) desc, opened_at desc limit $4
"""

STATES: Mapping[str, CapaState] = {
    PlanProposed.TYPE: "awaiting_approval",
    PlanReturned.TYPE: "planning",
    PlanApproved.TYPE: "in_work",
    CapaRoundOpened.TYPE: "planning",
    CapaClosed.TYPE: "closed",
}
STEPS = frozenset({PlanApproved.TYPE, StepDone.TYPE, StepExtended.TYPE})
MOVES = STEPS.union(STATES, {ContainmentDone.TYPE, StepReminded.TYPE, StepOverdue.TYPE, EffectivenessReviewed.TYPE})


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """An action is opened before it is joined and moved, so a batch can go through in that order."""
    opened = [event for event in events if event.type == CapaOpened.TYPE]
    joined = [event for event in events if event.type == CapaComplaintAdded.TYPE]
    moved = [event for event in events if event.type in MOVES]
    if opened:
        rows = [event.body | {"opened_at": event.recorded.occurred_at, "version": event.recorded.version} for event in opened]
        await connection.execute(_OPEN, orjson.dumps(rows).decode())
    if joined:
        await connection.execute(
            _JOIN,
            [UUID(event.body["capa_id"]) for event in joined],
            [UUID(event.body["complaint_id"]) for event in joined],
            [event.recorded.version for event in joined],
        )
    if moved:
        await connection.execute(_MOVE, orjson.dumps(list(_moves(moved).values())).decode())
        for event in moved:
            await _step(connection, event)


def _moves(events: Sequence[Envelope]) -> dict[str, dict[str, Any]]:
    """Where each action stands after these events."""
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        said = event.body
        row = found.setdefault(said["capa_id"], {"capa_id": said["capa_id"], "state": None, "round": None, "departments": []})
        row["version"] = event.recorded.version
        row["state"] = STATES.get(event.type, row["state"])
        if event.type == StepDone.TYPE and not said["steps_open"]:
            row["state"] = "awaiting_review"
        if event.type == CapaRoundOpened.TYPE:
            row["round"] = said["round"]
        if event.type == PlanApproved.TYPE:
            row["departments"] += [step["department"] for step in said["steps"]]
    return found


async def _step(connection: asyncpg.Connection, event: Envelope) -> None:
    match event.data:
        case PlanApproved(capa_id=capa, round=number, steps=planned):
            await connection.executemany(_PLAN, [(capa, number, s.n, s.department, s.owner, s.due_at) for s in planned])
        case StepDone(capa_id=capa, round=number, n=n):
            await connection.execute(_STEP_DONE, capa, number, n)
        case StepExtended(capa_id=capa, round=number, n=n, due_at=due_at):
            await connection.execute(_STEP_EXTENDED, capa, number, n, due_at)


async def one(connection: asyncpg.Pool, capa_id: UUID, departments: tuple[str, ...] | None) -> asyncpg.Record | None:
    return await connection.fetchrow(_ONE, departments, capa_id)


async def page(
    connection: asyncpg.Pool,
    departments: tuple[str, ...] | None,
    *,
    state: CapaState | None,
    department: str | None,
    complaint_id: UUID | None,
    now: datetime,
    overdue: bool | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[asyncpg.Record]:
    """In the order they were opened."""
    opened_at, last = after or (None, None)
    return await connection.fetch(_PAGE, departments, state, department, complaint_id, now, overdue, opened_at, last, limit)


async def similar(
    connection: asyncpg.Pool, product_code: str | None, issue_codes: Sequence[str], departments: tuple[str, ...] | None, limit: int = 10
) -> list[asyncpg.Record]:
    """Actions not yet closed about the same product or one of the same issues, the likest first."""
    return await connection.fetch(_SIMILAR, departments, product_code, list(issue_codes), limit)


CAPAS = View("capas", 2, (capas, steps), MOVES | {CapaOpened.TYPE, CapaComplaintAdded.TYPE}, apply)
