"""What happened so far? Reading a service's events by stream and by position."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.envelope import Envelope, Recorded

_COLUMNS = "partition, position, stream_id, version, type, schema_version, data, meta, event_id, occurred_at, recorded_at, hash"
_STREAM = f"select {_COLUMNS} from events where stream_id = $1 order by version"
_STREAMS = f"select {_COLUMNS} from events where stream_id = any($1::uuid[]) order by stream_id, version"
_PAGE = f"select {_COLUMNS} from events where partition = $1 and position > $2 order by position limit $3"
_AT = f"select {_COLUMNS} from events where partition = $1 and position = any($2::bigint[])"
_HEADS = "select partition, position, time from heads order by partition"

Connection = asyncpg.Connection | asyncpg.Pool


class Store:
    """One service's events, as its own role may read them."""

    def __init__(self, service: str, pool: asyncpg.Pool) -> None:
        self.service = service
        self._pool = pool

    async def stream(self, stream_id: UUID, connection: Connection | None = None) -> list[Envelope]:
        """All events of one stream, oldest first; empty when there is none."""
        rows = await (connection or self._pool).fetch(_STREAM, stream_id)
        return [Envelope(self._recorded(row)) for row in rows]

    async def streams(self, ids: Iterable[UUID], connection: Connection | None = None) -> Mapping[UUID, Sequence[Envelope]]:
        """The events of several streams in one query; a stream without events is an empty list."""
        found: dict[UUID, list[Envelope]] = {stream_id: [] for stream_id in ids}
        if found:
            for row in await (connection or self._pool).fetch(_STREAMS, list(found)):
                found[row["stream_id"]].append(Envelope(self._recorded(row)))
        return found

    async def page(self, partition: int, after: int, limit: int, connection: Connection | None = None) -> list[Recorded]:
        """Events of a partition behind a position, in order."""
        return [self._recorded(row) for row in await (connection or self._pool).fetch(_PAGE, partition, after, limit)]

    async def at(self, partition: int, positions: Collection[int]) -> Mapping[int, Recorded]:
        """The events at these positions of a partition, of those that there are."""
        rows = await self._pool.fetch(_AT, partition, list(positions))
        return {row["position"]: self._recorded(row) for row in rows}

    async def heads(self, connection: Connection | None = None) -> dict[int, tuple[int, datetime]]:
        """Each partition's last position, and the last moment recorded or promised there."""
        return {row["partition"]: (row["position"], row["time"]) for row in await (connection or self._pool).fetch(_HEADS)}

    def _recorded(self, row: asyncpg.Record) -> Recorded:
        return Recorded(self.service, *row)
