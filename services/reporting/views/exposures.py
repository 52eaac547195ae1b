"""How much was exposed to complaint: sold, shipped, in service, customers? What rates are per, with every correction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import TIMESTAMP, BigInteger, Column, Index, SmallInteger, Table, Text

from services.reporting.schema import metadata
from services.reporting.select import Connection
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
_UNITS = """
select kind, {of} as of, count(distinct month)::int as months, sum(units)::float as units from (
    select *, row_number() over (
        partition by month, kind, product_code, customer_ref order by recorded_at desc, partition, position desc
    ) as newest
    from exposures where recorded_at <= $1 and month >= $2 and month < $3
) as e
where newest = 1 and {other} is null group by 1, 2
"""
_BY_MONTH = """
select distinct on (kind, month) kind, month, units::float as units from exposures
where recorded_at <= $1 and month >= $2 and month <= $3 and customer_ref is null and product_code is not distinct from $4
order by kind, month, recorded_at desc, partition, position desc
"""
_SCOPES = {"product": ("product_code", "customer_ref"), "customer": ("customer_ref", "product_code")}


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


async def by_month(
    connection: Connection, as_of: datetime, product_code: str | None, first: str, last: str
) -> Mapping[str, Mapping[str, float]]:
    """Units of each kind and month: of that product, or of the whole organisation."""
    found: dict[str, dict[str, float]] = {}
    for row in await connection.fetch(_BY_MONTH, as_of, first, last, product_code):
        found.setdefault(row["kind"], {})[row["month"]] = row["units"]
    return found


async def units(
    connection: Connection, as_of: datetime, scope: str, span: tuple[datetime, datetime], zone: ZoneInfo
) -> Mapping[str | None, float]:
    """Units by product or customer over a span of months, of the kind most is known of; under None the whole: as given, else the sum."""
    of, other = _SCOPES[scope]
    first, beyond = (moment.astimezone(zone).strftime("%Y-%m") for moment in span)
    kinds: dict[str, dict[str | None, float]] = {}
    for row in await connection.fetch(_UNITS.format(of=of, other=other), as_of, first, beyond):
        kinds.setdefault(row["kind"], {})[row["of"]] = row["units"]
    if not kinds:
        return {}
    chosen = kinds[max(sorted(kinds), key=lambda kind: len(kinds[kind]))]
    known = sum(units for name, units in chosen.items() if name is not None)
    return chosen | {None: chosen.get(None) or known}


VIEW = View("exposures", 1, (exposures,), frozenset({RECORDED}), apply)
