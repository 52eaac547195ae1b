"""Which customers are there, to which group do they belong, and which of them are one? The directory, with what it said before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import TIMESTAMP, Column, Table, Text, Uuid

from services.reporting.schema import metadata
from services.reporting.story import FOREVER
from shared.envelope import Envelope
from shared.views import View

MERGED = "intake.customers-merged.v1"
WRITTEN = ("intake.customer-registered.v1", "intake.customer-changed.v1")

customers = Table(
    "customers",
    metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("recorded_from", TIMESTAMP(timezone=True), primary_key=True),
    Column("recorded_to", TIMESTAMP(timezone=True), nullable=False),
    Column("ref", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("group", Text),
    Column("merged_into", Text),
)

_HOLDS = "select * from customers where customer_id = any($1) and recorded_to = $2"
_ENDED = (
    "update customers c set recorded_to = u.ended from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as u (id, began, ended)"
    " where c.customer_id = u.id and c.recorded_from = u.began"
)
_REPLACED = "delete from customers c using unnest($1::uuid[], $2::timestamptz[]) as u (id, began) where c.customer_id = u.id and c.recorded_from = u.began"
_MERGES = "select ref, merged_into from customers where merged_into is not null and recorded_from <= $1 and recorded_to > $1 order by ref"

Row = dict[str, Any]


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """A customer's events are all in one stream, so each follows what the one before it said; of one moment the last one holds."""
    ids = list({UUID(event.body["customer_id"]) for event in events})
    known = [dict(row) for row in await connection.fetch(_HOLDS, ids, FOREVER)]
    now: dict[UUID, Row] = {row["customer_id"]: row for row in known}
    fresh: dict[tuple[UUID, datetime], Row] = {}
    for event in events:
        of, body, moment = UUID(event.body["customer_id"]), event.body, event.recorded.recorded_at
        before = now.get(of)
        if before is not None:
            if moment < before["recorded_from"]:
                continue  # told before
            before["recorded_to"] = moment
        said = {"merged_into": body["into"]} if event.kind == MERGED else {name: body.get(name) for name in ("ref", "name", "group")}
        row = {"name": body["ref"], "group": None, "merged_into": None} | (before or {}) | {"ref": body["ref"]} | said
        now[of] = row | {"customer_id": of, "recorded_from": moment, "recorded_to": FOREVER}
        fresh[of, moment] = now[of]
    ended = [row for row in known if row["recorded_to"] != FOREVER]
    if ended:
        await connection.execute(_ENDED, *([row[name] for row in ended] for name in ("customer_id", "recorded_from", "recorded_to")))
    if fresh:
        await connection.execute(_REPLACED, *map(list, zip(*fresh, strict=True)))
    columns = [column.name for column in customers.columns]
    await connection.copy_records_to_table(
        "customers", records=[tuple(row[name] for name in columns) for row in fresh.values()], columns=columns
    )


async def survivors(connection: asyncpg.Connection | asyncpg.Pool, as_of: datetime) -> Mapping[str, str]:
    """Whose figures the complaints of a merged customer are counted under, as of a moment; over several mergers to the last."""
    into = {row["ref"]: row["merged_into"] for row in await connection.fetch(_MERGES, as_of)}
    found: dict[str, str] = {}
    for ref, next_one in into.items():
        survivor, seen = next_one, {ref}
        while survivor in into and survivor not in seen:
            seen.add(survivor)
            survivor = into[survivor]
        found[ref] = survivor
    return found


VIEW = View("customers", 1, (customers,), frozenset((*WRITTEN, MERGED)), apply, apart=True)
