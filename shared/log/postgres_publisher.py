"""How do a service's records get their offsets in PostgreSQL? Its relay is the only publisher, so the next ones are known."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set

import asyncpg

from shared.log.bell import Bell
from shared.log.port import LogRecord, Outgoing, Watermark, topic_of
from shared.log.postgres_rows import COLUMNS, ends_of, pack
from shared.log.tail import Tail

_MARK = """
insert into log.watermarks as w (service, partition, position, time, signed_position, signed_hash, signed_at, signature)
select $1, * from unnest($2::smallint[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::bytea[], $7::timestamptz[], $8::bytea[])
on conflict (service, partition) do update set
    position = excluded.position, time = excluded.time, heard_at = clock_timestamp(), signed_position = excluded.signed_position,
    signed_hash = excluded.signed_hash, signed_at = excluded.signed_at, signature = excluded.signature
where (w.position, w.time) <= (excluded.position, excluded.time)"""


class PostgresPublisher:
    """`pool` logs in as the service; the database refuses it any other topic."""

    def __init__(self, service: str, pool: asyncpg.Pool, bell: Bell, tail: Tail) -> None:
        self._service = service
        self._pool = pool
        self._bell = bell
        self._tail = tail
        self._ends: dict[int, int] = {}
        self._one_at_a_time = asyncio.Lock()

    async def publish(self, records: Sequence[Outgoing]) -> None:
        topic = topic_of(self._service)
        lanes: dict[int, list[LogRecord]] = {partition: [] for partition in {r.partition for r in records}}
        async with self._one_at_a_time:
            ends = await self._known_ends(lanes.keys())
            for partition, key, headers, value in records:
                ends[partition] += 1
                lanes[partition].append(LogRecord(topic, partition, ends[partition], key, headers, value))
            # If somebody else has published meanwhile, the table's key refuses the batch. Whatever goes wrong, what we
            # believed of the ends is forgotten, and asked for again.
            for partition in lanes:
                del self._ends[partition]
            rows = [(p, offset, key, pack(headers), value) for lane in lanes.values() for _, p, offset, key, headers, value in lane]
            # COPY: one transaction, and three times as fast as unnest.
            await self._pool.copy_records_to_table(self._service, schema_name="log", records=rows, columns=COLUMNS)
            self._ends.update(ends)
            for partition, lane in lanes.items():
                self._tail.add((topic, partition), lane)
        self._bell.ring([(topic, partition) for partition in lanes])

    async def publish_watermarks(self, marks: Mapping[int, Watermark]) -> None:
        signed = [mark.checkpoint for mark in marks.values()]
        await self._pool.execute(
            _MARK,
            self._service,
            list(marks),
            [mark.position for mark in marks.values()],
            [mark.time for mark in marks.values()],
            [c and c.position for c in signed],
            [c and c.hash for c in signed],
            [c and c.signed_at for c in signed],
            [c and c.signature for c in signed],
        )

    async def close(self) -> None:
        await self._pool.close()

    async def _known_ends(self, partitions: Set[int]) -> dict[int, int]:
        missing = partitions - self._ends.keys()
        if missing:
            self._ends.update(await ends_of(self._pool, self._service, missing))
        return {partition: self._ends[partition] for partition in partitions}
