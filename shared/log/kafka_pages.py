"""How is a partition read page by page, and fast? Whoever goes on where a page ended finds the next one on its way already."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from aiokafka.errors import OffsetOutOfRangeError

from shared.log.kafka_direct import EARLIEST, PATIENCE, SHORT_PATIENCE, Chunk, Direct
from shared.log.port import LogRecord

CHUNK = 2 * 1024 * 1024  # bytes asked for at once
FEW = 16  # records: so few are looked up, not read through
KEPT = 16  # readers under way; each holds two chunks at most

_FEW_BYTES = 64 * 1024


class Pages:
    """Remembers where its readers stopped, by what they will ask next."""

    def __init__(self, direct: Direct) -> None:
        self._direct = direct
        self._kept: OrderedDict[tuple[str, int, int], Cursor] = OrderedDict()

    async def read(self, topic: str, name: str, partition: int, after: int, limit: int) -> Sequence[LogRecord]:
        """`topic` is the broker's, `name` what the records shall say they are of."""
        cursor = self._kept.pop((topic, partition, after), None)
        if cursor is None:
            cursor = Cursor(self._direct, topic, partition, after + 1, ahead=limit > FEW)
        try:
            records = [record_of(name, partition, raw) for raw in islice(await cursor.rest(), limit)]
        except BaseException:
            cursor.drop()
            raise
        if records and limit > FEW:
            self._kept[topic, partition, records[-1].offset] = cursor
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)[1].drop()
        return records

    def close(self) -> None:
        for cursor in self._kept.values():
            cursor.drop()
        self._kept.clear()


class Cursor:
    """One reader in one partition."""

    def __init__(self, direct: Direct, topic: str, partition: int, at: int, *, ahead: bool) -> None:
        self._direct = direct
        self._topic = topic
        self._partition = partition
        self._at = at
        self._reads_ahead = ahead
        self._ahead: asyncio.Task[Chunk] | None = None
        self._rest: Iterator[Any] = iter(())

    async def rest(self) -> Iterator[Any]:
        """Some of the next records; none only when there are none. Goes on where whoever took of them stopped."""
        for first in self._rest:
            return chain((first,), self._rest)
        chunk = await self._next()
        self._at = chunk.after
        if chunk.batches and self._reads_ahead:
            self._ahead = asyncio.create_task(self._fetch())
        self._rest = chunk.records()
        return self._rest

    def drop(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()

    async def _next(self) -> Chunk:
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            chunk = await ahead
            if chunk.batches:
                return chunk
        return await self._fetch()  # what was the end when we read ahead may be so no longer

    async def _fetch(self) -> Chunk:
        most_bytes, patience = (CHUNK, PATIENCE) if self._reads_ahead else (_FEW_BYTES, SHORT_PATIENCE)
        source = (self._topic, self._partition)
        try:
            return await self._direct.fetch(*source, self._at, most_bytes=most_bytes, patience=patience)
        except OffsetOutOfRangeError:
            first = (await self._direct.offsets([source], EARLIEST, patience=patience))[source]
            if self._at >= first:
                return Chunk((), self._at, self._at)  # behind the end
            return await self._direct.fetch(*source, first, most_bytes=most_bytes, patience=patience)


def record_of(name: str, partition: int, raw: Any) -> LogRecord:
    """A record of ours from one of aiokafka's; other programs may leave out key, value or a header's."""
    return LogRecord(name, partition, raw.offset, raw.key.decode() if raw.key else "", dict(raw.headers), raw.value or b"")
