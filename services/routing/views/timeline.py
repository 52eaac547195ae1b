"""What happened to a complaint, in all services, in order?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import TIMESTAMP, BigInteger, Column, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.routing.schema import metadata
from services.routing.summaries import facts
from shared.contracts import CATALOGUE
from shared.contracts.event import Event
from shared.envelope import Envelope
from shared.sealing import box
from shared.views import View

timeline = Table(
    "timeline",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("recorded_at", TIMESTAMP(timezone=True), primary_key=True),
    Column("service", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    Column("occurred_at", TIMESTAMP(timezone=True), nullable=False),
    Column("actor", JSONB),
    Column("on_behalf_of", Text),
    Column("facts", JSONB, nullable=False),  # what the summary says, in codes
    Column("reason", JSONB),  # a box: ciphertext and where it was sealed
)

_OF_ONE = (
    "select * from timeline where complaint_id = $1 and ($2::text is null"
    " or (recorded_at, service, partition, position) > ($2::text::timestamptz, $3, $4::smallint, $5::bigint))"
    " order by recorded_at, service, partition, position limit $6"
)


def handled() -> frozenset[str]:
    """Every event that names the complaint or complaints it belongs to."""
    return frozenset(kind for kind, cls in CATALOGUE.items() if _belongs_to_complaints(cls))


def _belongs_to_complaints(cls: type[Event]) -> bool:
    several = cls.model_fields.get("complaints")
    return "complaint_id" in cls.model_fields or (several is not None and several.annotation == tuple[UUID, ...])


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    await connection.copy_records_to_table("timeline", records=[row for event in events for row in _rows(event)])


def _rows(event: Envelope) -> Iterator[tuple[Any, ...]]:
    recorded, body = event.recorded, event.body
    reason = box(event, "reason") or box(event, "comment")  # a customer's words are why a case is opened again
    actor = body.get("actor")
    for complaint in {body["complaint_id"]} if body.get("complaint_id") else sorted(set(body.get("complaints", ()))):
        yield (
            UUID(complaint),
            recorded.recorded_at,
            recorded.service,
            recorded.partition,
            recorded.position,
            recorded.type,
            recorded.occurred_at,
            _json(actor) if actor else None,
            body.get("on_behalf_of"),
            _json(facts(event.type, body)),
            _json(reason) if reason else None,
        )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def of_complaint(
    connection: asyncpg.Pool | asyncpg.Connection, complaint_id: UUID, limit: int, after: tuple[Any, ...] | None
) -> list[asyncpg.Record]:
    """A complaint's events over all services, oldest first."""
    return list(await connection.fetch(_OF_ONE, complaint_id, *(after or (None, None, None, None)), limit))


def facts_of(row: asyncpg.Record) -> dict[str, Any]:
    """What the event's sentence needs."""
    found: dict[str, Any] = orjson.loads(row["facts"])
    return found


def shown(row: asyncpg.Record, reason: str | None, summary: str) -> dict[str, Any]:
    """One line of the timeline as the API answers it."""
    return {
        "position": f"{row['service']}/{row['partition']}/{row['position']}",
        "type": row["type"],
        "occurred_at": row["occurred_at"],
        "recorded_at": row["recorded_at"],
        "actor": orjson.loads(row["actor"]) if row["actor"] else None,
        "on_behalf_of": row["on_behalf_of"],
        "reason": reason,
        "summary": summary,
    }


_PLACES = "select service, partition, position from timeline where complaint_id = $1"


async def places(connection: asyncpg.Pool, complaint_id: UUID) -> list[asyncpg.Record]:
    """Where on the log the events of one complaint stand."""
    return list(await connection.fetch(_PLACES, complaint_id))


TIMELINE = View("timeline", 2, (timeline,), handled(), apply, apart=True)
