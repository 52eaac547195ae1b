"""How much was exposed to complaint: sold, shipped, in service, customers? What rates are per, with every correction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import TIMESTAMP, BigInteger, Column, Index, SmallInteger, Table, Text

from services.reporting.schema import metadata
from shared.envelope import Envelope
from shared.views import View

RECORDED = "reporting.exposure-recorded.v1"

exposures = Table(
    "exposures",
    metadata,
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("month", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("product_code", Text),
    Column("customer_ref", Text),
    Column("units", BigInteger, nullable=False),
    Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
    Index("exposures_by_month", "month"),
)

_KEEP = "insert into exposures values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing"
_LATEST = """
select month, kind, product_code, customer_ref, units, version, recorded_at from (
    select *, row_number() over newest as newest, count(*) over (partition by month, kind, product_code, customer_ref) as version
    from exposures where recorded_at <= $1
    window newest as (partition by month, kind, product_code, customer_ref order by recorded_at desc, partition, position desc)
) as e
where newest = 1 and ($2::text is null or month >= $2) and ($3::text is null or month <= $3)
  and (month, kind, coalesce(product_code, ''), coalesce(customer_ref, '')) > ($4, $5, $6, $7)
order by month, kind, coalesce(product_code, ''), coalesce(customer_ref, '') limit $8
"""


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    rows = [
        (
            event.recorded.partition, event.recorded.position, event.body["month"], event.body["kind"], event.body.get("product_code"),
            event.body.get("customer_ref"), event.body["units"], event.recorded.recorded_at,
        )
        for event in events
    ]  # fmt: skip
    await connection.executemany(_KEEP, rows)


async def latest(
    connection: asyncpg.Pool, as_of: datetime, first: str | None, last: str | None, after: Sequence[str], limit: int
) -> list[dict[str, Any]]:
    """What held at `as_of`, in the order of month, kind, product, customer; `after` is where the page before ended."""
    rows = await connection.fetch(_LATEST, as_of, first, last, *after, limit)
    return [dict(row) for row in rows]


VIEW = View("exposures", 1, (exposures,), frozenset({RECORDED}), apply)
