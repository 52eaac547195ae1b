"""What is known here of a complaint: who is responsible, how severe it is, what it is about?

All from routing's topic, so that `handled` says more than itself: whatever routing had decided by then is in the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from sqlalchemy import ARRAY, Boolean, Column, Table, Text, Uuid

from services.capa.schema import metadata
from shared.contracts.routing import CaseAssessed, CaseClosed, CaseImported, CaseOpened, RemedyCarriedOut
from shared.envelope import Envelope
from shared.views import View

complaints = Table(
    "complaints",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("number", Text),
    Column("severity", Text),
    Column("nature", Text),
    Column("responsible_department", Text),
    Column("issue_codes", ARRAY(Text)),
    Column("product_code", Text),
    Column("handled", Boolean, nullable=False),
)

FACTS = ("number", "severity", "nature", "responsible_department", "issue_codes", "product_code")
HANDLED = frozenset({RemedyCarriedOut.TYPE, CaseClosed.TYPE})

_KEEP = """
insert into complaints as c (complaint_id, number, severity, nature, responsible_department, issue_codes, product_code, handled)
select complaint_id, number, severity, nature, responsible_department, issue_codes, product_code, coalesce(handled, false)
from jsonb_to_recordset($1::jsonb) as n (
    complaint_id uuid, number text, severity text, nature text, responsible_department text, issue_codes text[], product_code text, handled boolean
)
on conflict (complaint_id) do update set
    number = coalesce(excluded.number, c.number),
    severity = coalesce(excluded.severity, c.severity),
    nature = coalesce(excluded.nature, c.nature),
    responsible_department = coalesce(excluded.responsible_department, c.responsible_department),
    issue_codes = coalesce(excluded.issue_codes, c.issue_codes),
    product_code = coalesce(excluded.product_code, c.product_code),
    handled = excluded.handled or c.handled
"""


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for event in events:
        said = event.body
        row = rows.setdefault(said["complaint_id"], {"complaint_id": said["complaint_id"]})
        row.update((name, said[name]) for name in FACTS if name in said)
        if event.type in HANDLED:
            row["handled"] = True
    await connection.execute(_KEEP, orjson.dumps(list(rows.values())).decode())


COMPLAINTS = View(
    "complaints",
    1,
    (complaints,),
    frozenset({CaseOpened.TYPE, CaseImported.TYPE, CaseAssessed.TYPE}) | HANDLED,
    apply,
)
