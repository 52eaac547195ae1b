"""Where stands who was shown or took out what of a complaint? Pointers only: the events themselves are on the log (IN-9)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import TIMESTAMP, BigInteger, Column, SmallInteger, Table, Text, Uuid

from services.routing.schema import metadata
from shared.contracts import CATALOGUE
from shared.envelope import Envelope
from shared.views import View

readings = Table(
    "readings",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("service", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
)

READ = frozenset(kind for kind in CATALOGUE if kind.partition(".")[2] in ("personal-data-read.v1", "data-exported.v1"))
_OF_ONE = "select service, partition, position from readings where complaint_id = $1 order by recorded_at, service, partition, position"


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    rows = [
        (UUID(subject), at.service, at.partition, at.position, at.recorded_at)
        for event in events
        for at in (event.recorded,)
        for subject in dict.fromkeys(event.body.get("subjects", ()))
    ]
    if rows:
        await connection.copy_records_to_table("readings", records=rows)


async def of_complaint(connection: asyncpg.Pool, complaint_id: UUID) -> list[asyncpg.Record]:
    """In the order they were recorded."""
    return list(await connection.fetch(_OF_ONE, complaint_id))


READINGS = View("readings", 1, (readings,), READ, apply, apart=True)
