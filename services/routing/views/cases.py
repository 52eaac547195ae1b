"""Which cases are there, in which state, and whose are they?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, TIMESTAMP, Boolean, Column, Index, Integer, Table, Text, Uuid, text

from services.routing.schema import metadata
from shared.contracts import capa, intake, routing, survey
from shared.contracts.states import state_after
from shared.envelope import Envelope
from shared.views import View

cases = Table(
    "cases",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("content_class", Text, nullable=False),
    Column("issue_codes", ARRAY(Text), nullable=False),
    Column("product_code", Text),
    Column("batch", Text),
    Column("customer_ref", Text),
    Column("received_at", TIMESTAMP(timezone=True), nullable=False),
    Column("registered_at", TIMESTAMP(timezone=True), nullable=False),
    Column("imported", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("severity", Text),
    Column("nature", Text),
    Column("early_warning", Text),
    Column("path", Text),
    Column("responsible_department", Text),
    Column("reopened", Integer, nullable=False),
    Column("departments", ARRAY(Text), nullable=False),  # whose channel posted it
    Column("posted_by", Text),
    Column("held", ARRAY(Text), nullable=False),  # departments that have or had work on it
    Column("version", Integer, nullable=False),
    Index("cases_by_receipt", "received_at", "complaint_id"),
    Index("cases_held", "held", postgresql_using="gin"),
    Index("cases_by_product", "product_code", "received_at", postgresql_where=text("product_code is not null")),
    Index("cases_by_batch", "batch", "received_at", postgresql_where=text("batch is not null")),
    Index("cases_by_customer", "customer_ref", "received_at", postgresql_where=text("customer_ref is not null")),
)
case_capas = Table("case_capas", metadata, Column("complaint_id", Uuid, primary_key=True), Column("capa_id", Uuid, primary_key=True))
case_confirmations = Table(
    "case_confirmations", metadata, Column("complaint_id", Uuid, primary_key=True), Column("closing_round", Integer, primary_key=True)
)

_BLANK: dict[str, Any] = {column.name: None for column in cases.columns}  # in the columns' order, which every row keeps
_MOVING = (
    "issue_codes", "product_code", "batch", "state", "paused", "severity", "nature", "early_warning", "path", "responsible_department", "reopened", "held",
    "version",
)  # fmt: skip
_KNOWN = f"select complaint_id, {', '.join(_MOVING)} from cases where complaint_id = any($1::uuid[])"
_MOVE = (
    f"update cases c set ({', '.join(_MOVING)}) = ({', '.join(f'u.{name}' for name in _MOVING)})"
    " from jsonb_to_recordset($1::jsonb) as u (complaint_id uuid, issue_codes text[], product_code text, batch text, state text, paused bool, severity text, nature text, early_warning text,"
    " path text, responsible_department text, reopened int, held text[], version int) where c.complaint_id = u.complaint_id"
)
_CAPA = "insert into case_capas select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing"
_CONFIRM = "insert into case_confirmations select * from unnest($1::uuid[], $2::int[]) on conflict do nothing"

_LINKING = frozenset({capa.CapaOpened.TYPE, capa.CapaComplaintAdded.TYPE})
_CONFIRMING = frozenset({survey.CallbackAnswered.TYPE, intake.SettlementConfirmed.TYPE})  # a good call, or the complainant's own word

Row = dict[str, Any]


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    await _apply_moves(connection, [e for e in events if e.service == "routing" and _its_own(e)])
    linked = [
        (UUID(complaint), UUID(e.body["capa_id"]))
        for e in events
        if e.type in _LINKING
        for complaint in (e.body["complaints"] if e.type == capa.CapaOpened.TYPE else [e.body["complaint_id"]])
    ]
    if linked:
        await connection.execute(_CAPA, [complaint for complaint, _ in linked], [action for _, action in linked])
    good = [
        (UUID(e.body["complaint_id"]), e.body["closing_round"])
        for e in events
        if e.type in _CONFIRMING and e.body["satisfied"] and "closing_round" in e.body
    ]
    if good:
        await connection.execute(_CONFIRM, [complaint for complaint, _ in good], [closing for _, closing in good])


def _its_own(event: Envelope) -> bool:
    """A case's events stand in the stream of its complaint; an inspection only names the complaint that caused it."""
    return str(event.recorded.stream_id) == event.body.get("complaint_id")


async def _apply_moves(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """A case's own events come in order; one whose first event is here needs no look at what was."""
    fresh: dict[str, Row] = {}
    moved: dict[str, Row] = {}
    beginnings = {e.body["complaint_id"] for e in events if e.version == 1}
    older = {e.body["complaint_id"] for e in events} - beginnings
    if older:
        rows = await connection.fetch(_KNOWN, [UUID(complaint) for complaint in older])
        moved = {str(row["complaint_id"]): {**row, "complaint_id": str(row["complaint_id"])} for row in rows}
    for event in events:
        complaint = event.body["complaint_id"]
        if event.version == 1:
            fresh[complaint] = _begun(event)
        _move(fresh[complaint] if complaint in fresh else moved[complaint], event)
    if fresh:
        await connection.copy_records_to_table("cases", columns=list(_BLANK), records=[tuple(row.values()) for row in fresh.values()])
    if moved:
        await connection.execute(_MOVE, orjson.dumps(list(moved.values())).decode())


def _begun(event: Envelope) -> Row:
    body = event.body
    return _BLANK | {
        "complaint_id": body["complaint_id"],
        "number": body["number"],
        "state": "received",
        "channel": body["channel"],
        "content_class": body["content_class"],
        "issue_codes": body["issue_codes"],
        "product_code": body.get("product_code"),
        "batch": body.get("batch"),
        "customer_ref": body.get("customer_ref"),
        "received_at": datetime.fromisoformat(body["received_at"]),
        "registered_at": datetime.fromisoformat(body["registered_at"]),
        "imported": event.type == routing.CaseImported.TYPE,
        "paused": False,
        "severity": body.get("severity"),
        "reopened": body.get("reopened", 0),
        "departments": body.get("departments", []),
        "posted_by": body.get("posted_by"),
        "held": [],
    }


def _move(row: Row, event: Envelope) -> None:
    body = event.body
    row["version"] = event.version
    row["state"] = state_after(row["state"], event.type, body)
    match event.type:
        case routing.CaseSupplemented.TYPE:
            row |= {name: body[name] for name in ("issue_codes", "product_code", "batch") if body.get(name)}
        case routing.CaseAssessed.TYPE:
            row |= {name: body.get(name) for name in ("severity", "nature", "early_warning", "path", "responsible_department")}
        case routing.CaseRegraded.TYPE:
            row |= {name: body[name] for name in ("severity", "nature", "path") if name in body}
        case routing.EarlyWarningSet.TYPE:
            row["early_warning"] = body.get("early_warning")
        case routing.ClockPaused.TYPE | routing.ClockResumed.TYPE:
            row["paused"] = event.type == routing.ClockPaused.TYPE
        case routing.CaseClosed.TYPE:
            row["paused"] = False
        case routing.WorkItemOffered.TYPE:
            _hold(row, body["department"])
        case routing.WorkItemHandedOver.TYPE:
            _hold(row, body["to_department"])
        case routing.CaseReopened.TYPE:
            row["reopened"] += 1


def _hold(row: Row, department: str) -> None:
    if department not in row["held"]:
        row["held"] = [*row["held"], department]


@dataclass(frozen=True, slots=True)
class Visible:
    """Which cases somebody may see: all, or those on which a department works, that came in for one, or that the person posted."""

    all: bool = False
    held: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    posted_by: str | None = None


Connection = asyncpg.Pool | asyncpg.Connection
After = tuple[str, UUID]  # received, id of the last case shown

_LIST = (
    "select * from cases where ($1::text is null or state = $1) and ($2::text is null or severity = $2)"
    " and ($3::text is null or coalesce(responsible_department, 'desk') = $3)"
    " and ($4::bool or held && $5::text[] or departments && $6::text[] or posted_by = $7::text)"
    " and ($8::text is null or (received_at, complaint_id) < ($8::text::timestamptz, $9::uuid))"
    " order by received_at desc, complaint_id desc limit $10"
)


async def page(
    connection: Connection,
    *,
    state: str | None,
    severity: str | None,
    department: str | None,
    visible: Visible,
    limit: int,
    after: After | None,
) -> list[asyncpg.Record]:
    """Cases by date of receipt, newest first, as far as the caller may see them."""
    to_whom = (visible.all, visible.held, visible.own, visible.posted_by)
    return list(await connection.fetch(_LIST, state, severity, department, *to_whom, *(after or (None, None)), limit))


async def one(connection: Connection, complaint_id: UUID) -> asyncpg.Record | None:
    """A case as the list shows it."""
    return await connection.fetchrow("select * from cases where complaint_id = $1", complaint_id)


async def links(connection: Connection, complaint_id: UUID) -> tuple[list[UUID], frozenset[int]]:
    """The corrective actions that serve a case, and which of its closings the customer confirmed."""
    capas = await connection.fetch("select capa_id from case_capas where complaint_id = $1 order by capa_id", complaint_id)
    confirmed = await connection.fetch("select closing_round from case_confirmations where complaint_id = $1", complaint_id)
    return [row["capa_id"] for row in capas], frozenset(row["closing_round"] for row in confirmed)


CASES = View(
    "cases",
    3,
    (cases, case_capas, case_confirmations),
    frozenset(cls.TYPE for cls in routing.EVENTS if "complaint_id" in cls.model_fields) | _LINKING | _CONFIRMING,
    apply,
    apart=True,
)
