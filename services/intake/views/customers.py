"""Which customers are in the directory, and which entries went into another one?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.schema import metadata
from shared.contracts.intake import CustomerChanged, CustomerRegistered, CustomersMerged
from shared.contracts.vocabulary import CustomerStatus
from shared.envelope import Envelope
from shared.views import View

customers = Table(
    "customers",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("group", Text),
    Column("annual_sales", JSONB),
    Column("rank", Text),
    Column("status", Text, nullable=False),
    Column("merged_into", Text),
)

FIELDS = ("ref", "name", "group", "annual_sales", "rank", "status")
_WRITE = """
insert into customers (ref, name, "group", annual_sales, rank, status)
select ref, name, "group", annual_sales, rank, status
from jsonb_to_recordset($1::jsonb) as n (ref text, name text, "group" text, annual_sales jsonb, rank text, status text)
on conflict (ref) do update set
    name = excluded.name, "group" = excluded."group", annual_sales = excluded.annual_sales, rank = excluded.rank, status = excluded.status
"""
_MERGE = "update customers c set merged_into = u.survivor from unnest($1::text[], $2::text[]) as u (ref, survivor) where c.ref = u.ref"
_PAGE = """
select * from customers
where ($1::text is null or status = $1) and ($2::text is null or name ilike $2 escape '\\' or ref ilike $2 escape '\\')
  and ($3::text is null or ref > $3) order by ref limit $4
"""
_ONE = "select * from customers where ref = $1"


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """Of an entry written several times in a batch the last one counts."""
    written = {e.body["ref"]: {name: e.body.get(name) for name in FIELDS} for e in events if e.type != CustomersMerged.TYPE}
    if written:
        await connection.execute(_WRITE, orjson.dumps(list(written.values())).decode())
    merged = [e.body for e in events if e.type == CustomersMerged.TYPE]
    if merged:
        await connection.execute(_MERGE, [body["ref"] for body in merged], [body["into"] for body in merged])


async def one(connection: asyncpg.Pool, ref: str) -> asyncpg.Record | None:
    return await connection.fetchrow(_ONE, ref)


async def page(
    connection: asyncpg.Pool, status: CustomerStatus | None, search: str | None, after: str | None, limit: int
) -> list[asyncpg.Record]:
    """In the order of their references; `search` is looked for in name and reference."""
    sought = None if search is None else "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return await connection.fetch(_PAGE, status, sought, after, limit)


def shown(row: asyncpg.Record) -> dict[str, Any]:
    return {**row, "annual_sales": None if row["annual_sales"] is None else orjson.loads(row["annual_sales"])}


CUSTOMERS = View("customers", 1, (customers,), frozenset({CustomerRegistered.TYPE, CustomerChanged.TYPE, CustomersMerged.TYPE}), apply)
