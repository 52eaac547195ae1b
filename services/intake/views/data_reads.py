"""Who read which personal data, who took data out, and where? Whatever service showed it (IN-9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, TIMESTAMP, Column, Index, Integer, Table, Text, Uuid

from services.intake.schema import metadata
from shared.contracts import CATALOGUE
from shared.envelope import Envelope
from shared.views import View

data_reads = Table(
    "data_reads",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", TIMESTAMP(timezone=True), nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("service", Text, nullable=False),
    Column("call", Text, nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    Column("subjects", ARRAY(Uuid), nullable=False),
    Column("kind", Text, nullable=False),  # read or export
    Column("rows", Integer),  # of an export
    Index("data_reads_newest", "at", "id"),
    Index("data_reads_of_person", "person", "at", "id"),
    Index("data_reads_of_subject", "subjects", postgresql_using="gin"),
)

# Each service that shows sealed fields, or gives out files, records that under its own name.
KINDS = {"personal-data-read.v1": "read", "data-exported.v1": "export"}
READINGS = frozenset(kind for kind in CATALOGUE if kind.partition(".")[2] in KINDS)

_PAGE = """
select * from data_reads
where ($1::uuid is null or subjects @> array[$1::uuid]) and ($2::text is null or person = $2)
  and ($3::timestamptz is null or (at, id) < ($3, $4::uuid))
order by at desc, id desc limit $5
"""


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    await connection.copy_records_to_table("data_reads", records=[_row(event) for event in events])


def _row(event: Envelope) -> tuple[Any, ...]:
    body = event.body
    actor = body["actor"]
    return (
        event.recorded.event_id,
        event.recorded.recorded_at,
        actor["person"],
        actor["name"],
        actor["role"],
        body.get("on_behalf_of"),
        event.service,
        body["call"],
        body.get("fields", []),
        [UUID(subject) for subject in body.get("subjects", ())],
        KINDS[event.type.partition(".")[2]],
        body.get("rows"),
    )


async def page(
    connection: asyncpg.Pool, subject: UUID | None, person: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[asyncpg.Record]:
    """The newest first."""
    at, last = after or (None, None)
    return await connection.fetch(_PAGE, subject, person, at, last, limit)


DATA_READS = View("data-reads", 2, (data_reads,), READINGS, apply)
