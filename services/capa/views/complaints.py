"""What is known here of a complaint: who is responsible, how severe it is, what it is about?

All from routing's topic, so that `handled` says more than itself: whatever routing had decided by then is in the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, Boolean, Column, Table, Text, Uuid

from services.capa.schema import metadata
from shared.contracts.routing import CaseAssessed, CaseClosed, CaseImported, CaseOpened, CaseRegraded, RemedyCarriedOut
from shared.envelope import Envelope
from shared.views import View

complaints = Table(
    "complaints",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("severity", Text),
    Column("nature", Text),
    Column("responsible_department", Text),
    Column("issue_codes", ARRAY(Text), nullable=False),
    Column("product_code", Text),
    Column("handled", Boolean, nullable=False),
)

FACTS = ("number", "severity", "nature", "responsible_department", "issue_codes", "product_code")
COLUMNS = ("complaint_id", *FACTS, "handled")
BEGINNINGS = frozenset({CaseOpened.TYPE, CaseImported.TYPE})
HANDLED = frozenset({RemedyCarriedOut.TYPE, CaseClosed.TYPE})

_MOVE = """
update complaints c set
    severity = coalesce(n.severity, c.severity),
    nature = coalesce(n.nature, c.nature),
    responsible_department = coalesce(n.responsible_department, c.responsible_department),
    handled = coalesce(n.handled, c.handled)
from jsonb_to_recordset($1::jsonb) as n (complaint_id uuid, severity text, nature text, responsible_department text, handled boolean)
where c.complaint_id = n.complaint_id
"""


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """A complaint whose first event is in the batch is written by COPY, which is all an import or a rebuild consists of."""
    begun: dict[str, dict[str, Any]] = {}
    moved: dict[str, dict[str, Any]] = {}
    for event in events:
        said = event.body
        complaint = said["complaint_id"]
        if event.type in BEGINNINGS:
            row = begun[complaint] = {"complaint_id": UUID(complaint), "handled": False}
        else:
            row = begun.get(complaint) or moved.setdefault(complaint, {"complaint_id": complaint})
        row.update((name, said[name]) for name in FACTS if name in said)
        if event.type in HANDLED:
            row["handled"] = True
    if begun:
        await connection.copy_records_to_table(
            "complaints", columns=COLUMNS, records=[tuple(map(row.get, COLUMNS)) for row in begun.values()]
        )
    if moved:
        await connection.execute(_MOVE, orjson.dumps(list(moved.values())).decode())


async def known(connection: asyncpg.Pool, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these complaints that are there."""
    rows = await connection.fetch("select complaint_id from complaints where complaint_id = any($1::uuid[])", list(ids))
    return frozenset(row["complaint_id"] for row in rows)


async def numbers(connection: asyncpg.Pool, ids: Sequence[UUID]) -> list[str]:
    """What people call these complaints."""
    rows = await connection.fetch("select number from complaints where complaint_id = any($1::uuid[]) order by number", list(ids))
    return [row["number"] for row in rows]


COMPLAINTS = View("complaints", 2, (complaints,), BEGINNINGS | HANDLED | {CaseAssessed.TYPE, CaseRegraded.TYPE}, apply)
