"""Which complaints concern safety, and which series do they stand in?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import TIMESTAMP, Column, Table, Uuid

from services.reporting.schema import metadata
from services.reporting.select import Connection
from shared.contracts.reporting_signals import SeriesDimension
from shared.contracts.routing import CaseAssessed
from shared.envelope import Envelope
from shared.views import View

safety_cases = Table(
    "safety_cases",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
)

_KEEP = "insert into safety_cases select * from unnest($1::uuid[], $2::timestamptz[]) on conflict do nothing"
_FOUND = """
select distinct to_char(timezone($2, c.received_at), 'YYYY-MM') as month, c.product_code, c.main_issue_code
from safety_cases s join complaints c on c.complaint_id = s.complaint_id and c.recorded_from <= $1 and c.recorded_to > $1
where s.recorded_at <= $1
"""

Key = tuple[SeriesDimension, str, str]


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """A case is assessed once."""
    found = {UUID(event.body["complaint_id"]): event.recorded.recorded_at for event in events if event.body["safety"]}
    if found:
        await connection.execute(_KEEP, list(found), list(found.values()))


async def series_by_month(connection: Connection, as_of: datetime, zone: ZoneInfo) -> Mapping[str, frozenset[Key]]:
    """The narrowest series of each month in which a case concerned safety."""
    found: dict[str, set[Key]] = defaultdict(set)
    for row in await connection.fetch(_FOUND, as_of, zone.key):
        found[row["month"]].add(_narrowest(row["product_code"], row["main_issue_code"]))
    return {month: frozenset(keys) for month, keys in found.items()}


def _narrowest(product: str | None, issue: str | None) -> Key:
    if product and issue:
        return "product_code+issue_code", product, issue
    if product:
        return "product_code", product, ""
    return ("issue_code", "", issue) if issue else ("total", "", "")


VIEW = View("safety", 1, (safety_cases,), frozenset({CaseAssessed.TYPE}), apply, apart=True)
