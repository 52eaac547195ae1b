"""How does a group of events get into the store? One call of `append.sql`, which holds the guarantee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

_APPEND = "select item, conflict, partition, position, version, recorded_at from append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"


class NewEvent(NamedTuple):
    """An event with its bytes, not yet in the store."""

    event_id: UUID
    type: str
    schema_version: int
    data: bytes
    meta: bytes
    occurred_at: datetime
    caused_at: datetime | None = None  # when the event that caused it was recorded


class Item(NamedTuple):
    """The events of one decision on one stream; `expected` is the version it was decided on, -1 for any."""

    stream_id: UUID
    partition: int
    expected: int
    events: tuple[NewEvent, ...]


class Appended(NamedTuple):
    """Where an item's last event stands; on a conflict nothing of the item was written."""

    conflict: bool
    partition: int
    position: int
    version: int
    recorded_at: datetime


async def append(connection: asyncpg.Connection, items: Sequence[Item], now: datetime | None) -> list[Appended]:
    """Appends items, no two of one stream, and answers one result per item, in their order.

    Take it last in a transaction: the partitions' locks are held until commit.
    """
    order = sorted(range(len(items)), key=lambda i: items[i].partition)
    rows = [(n, items[i], e) for n, i in enumerate(order) for e in items[i].events]
    found = await connection.fetch(
        _APPEND,
        [n for n, _, _ in rows],
        [item.partition for _, item, _ in rows],
        [item.stream_id for _, item, _ in rows],
        [item.expected for _, item, _ in rows],
        [e.type for _, _, e in rows],
        [e.schema_version for _, _, e in rows],
        [e.data for _, _, e in rows],
        [e.meta for _, _, e in rows],
        [e.event_id for _, _, e in rows],
        [e.occurred_at for _, _, e in rows],
        [e.caused_at for _, _, e in rows],
        now,
    )
    results: list[Appended | None] = [None] * len(items)
    for row in found:
        item, *answer = row
        results[order[item]] = Appended(*answer)
    return [r for r in results if r is not None]
