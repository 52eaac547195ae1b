"""Which months does an import cover, and is one under way?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg
from sqlalchemy import TIMESTAMP, Column, Date, Table, Text, Uuid

from services.reporting.schema import metadata
from services.reporting.select import Connection
from shared.envelope import Envelope
from shared.views import View

STARTED = "intake.import-started.v1"
FINISHED = "intake.import-finished.v1"

imports = Table(
    "imports",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("started", TIMESTAMP(timezone=True)),
    Column("finished", TIMESTAMP(timezone=True)),
    Column("covers_from", Date),
    Column("covers_to", Date),
)

_START = (
    "insert into imports as i (import_id, source, started) select * from unnest($1::uuid[], $2::text[], $3::timestamptz[])"
    " on conflict (import_id) do update set started = excluded.started"
)
_FINISH = (
    "insert into imports as i (import_id, source, finished, covers_from, covers_to)"
    " select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::date[], $5::date[])"
    " on conflict (import_id) do update set finished = excluded.finished, covers_from = excluded.covers_from, covers_to = excluded.covers_to"
)
_COVERED = "select covers_from, covers_to from imports where finished <= $1 and covers_from is not null and covers_to is not null"
_UNDER_WAY = (  # a run that was cut off is taken up by a later one of the same source
    "select exists (select from imports i where i.started <= $1 and not exists ("
    "select from imports f where f.source = i.source and f.finished >= i.started and f.finished <= $1))"
)
_SOURCES = "select distinct source from imports order by source"


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    started = {e.body["import_id"]: (e.body["source"], e.recorded.recorded_at) for e in events if e.type == STARTED}
    finished = {
        e.body["import_id"]: (e.body["source"], e.recorded.recorded_at, _day(e, "covers_from"), _day(e, "covers_to"))
        for e in events
        if e.type == FINISHED
    }
    if started:
        await connection.execute(_START, list(started), *map(list, zip(*started.values(), strict=True)))
    if finished:
        await connection.execute(_FINISH, list(finished), *map(list, zip(*finished.values(), strict=True)))


def _day(event: Envelope, name: str) -> date | None:
    value = event.body.get(name)
    return date.fromisoformat(value) if value else None


async def covered(connection: Connection, as_of: datetime) -> list[tuple[date, date]]:
    """The stretches of days that imports finished by then have covered, both ends inclusive."""
    return [(row["covers_from"], row["covers_to"]) for row in await connection.fetch(_COVERED, as_of)]


async def under_way(connection: Connection, as_of: datetime) -> bool:
    """Whether an import had begun and not finished by then."""
    return bool(await connection.fetchval(_UNDER_WAY, as_of))


async def sources(connection: asyncpg.Pool) -> list[str]:
    """The names of all that was ever imported here."""
    return [row["source"] for row in await connection.fetch(_SOURCES)]


VIEW = View("imports", 1, (imports,), frozenset({STARTED, FINISHED}), apply)
