"""What happens to an event that cannot be handled? It is parked, and its key's later events wait behind it, visible to people."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

import asyncpg
import orjson

from shared.envelope import Envelope
from shared.log.port import LogRecord

_PARKING = UUID("6d2f0c1e-53c5-5f0e-9d6a-4f8f2a1f7b10")
_ERROR_LIMIT = 2_000

_PARK = (
    "insert into parked (id, consumer, topic, partition, position, key, type, headers, value, error, following)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (consumer, topic, partition, position) do nothing"
)
_KEYS = "select distinct key from parked where consumer = $1"
_SEQUENCE = "select id, topic, headers, value from parked where consumer = $1 and key = $2 order by parked_at, topic, partition, position"


async def park(connection: asyncpg.Connection, consumer: str, records: Sequence[LogRecord], error: str, *, following: bool) -> None:
    """Puts records aside. The error names the kind of failure, never what the event says."""
    rows = [
        (
            uuid5(_PARKING, f"{consumer}/{r.topic}/{r.partition}/{r.headers['ce_sequence'].decode()}"),
            consumer,
            r.topic,
            r.partition,
            int(r.headers["ce_sequence"]),
            r.key,
            r.headers["ce_type"].decode(),
            orjson.dumps({name: value.decode() for name, value in r.headers.items()}),
            r.value,
            error[:_ERROR_LIMIT],
            following,
        )
        for r in records
    ]
    await connection.executemany(_PARK, rows)


async def parked_keys(connection: asyncpg.Connection, consumer: str) -> set[str]:
    """The keys whose events wait."""
    return {row["key"] for row in await connection.fetch(_KEYS, consumer)}


async def sequence(connection: asyncpg.Connection, consumer: str, key: str) -> list[tuple[UUID, Envelope]]:
    """A key's parked events in the order they came."""
    rows = await connection.fetch(_SEQUENCE, consumer, key)
    return [(row["id"], Envelope.on_log(_headers(row["headers"]), row["value"])) for row in rows]


def _headers(raw: bytes) -> dict[str, bytes]:
    return {name: value.encode() for name, value in orjson.loads(raw).items()}
