"""As of when is an answer, and has every source got that far?

A source is one partition of one topic. It has *passed* a moment when everything it recorded up to then is in reporting's views:
its watermark says so once consumed; before that, the recorded time of the last event consumed does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from shared.log.port import Log, LogLost, LogRecord, Watermark, service_of, topic_of
from shared.progress import NotCaughtUp, Position

WITHIN = 5.0
POLL = 0.05
REMEMBERED = 100
REPEATED = 1000  # records; a relay rarely sends more again after a failure

_MARKS = "select topic, partition, position, log_offset from consumer_checkpoints where consumer = 'views'"


@dataclass(frozen=True, slots=True)
class AsOf:
    """A moment of recorded time, and how far each source had come by then."""

    recorded_at: datetime
    positions: Mapping[str, int]

    def told(self) -> dict[str, Any]:
        return {"recorded_at": self.recorded_at.isoformat(), "positions": self.positions}


@dataclass(frozen=True, slots=True)
class Source:
    """How far the views have consumed one partition of one service."""

    service: str
    partition: int
    position: int
    offset: int


class Moments:
    """Answers from the log's watermarks, the views' checkpoints and, between the two, the log itself."""

    def __init__(self, pool: asyncpg.Pool, log: Log, started_at: Callable[[], datetime]) -> None:
        self._pool = pool
        self._log = log
        self._started_at = started_at
        self._then: dict[datetime, dict[str, int]] = {}  # the positions of moments all had passed: they stay what they were
        self._ends: dict[tuple[str, int, int], LogRecord] = {}  # the record at a source's checkpoint, while that stands

    async def as_of(self, asked: datetime | None, not_before: Sequence[Position] = ()) -> AsOf:
        """The moment asked for, waiting until all sources have passed it; else the latest they have all passed, never
        before the given positions were recorded. Raises NotCaughtUp after five seconds.
        """
        wanted = asked
        if asked is None and not_before:
            wanted = max([await self._recorded_at(position) for position in not_before])
        deadline = asyncio.get_running_loop().time() + WITHIN
        while True:
            sources = await self._sources()
            passed = await self._passed(sources)
            if wanted is None or passed >= wanted:
                moment = asked or passed
                if moment not in self._then:
                    self._then = dict([*self._then.items()][-REMEMBERED + 1 :]) | {moment: await self._positions(sources, moment)}
                return AsOf(moment, self._then[moment])
            if asyncio.get_running_loop().time() >= deadline:
                raise NotCaughtUp
            await asyncio.sleep(POLL)

    async def passed_by(self, moment: datetime) -> AsOf | None:
        """That moment, if all sources have passed it."""
        return AsOf(moment, {}) if await self._passed(await self._sources()) >= moment else None

    async def _sources(self) -> list[Source]:
        rows = await self._pool.fetch(_MARKS)
        return sorted((Source(service_of(r[0]), r[1], r[2], r[3]) for r in rows), key=lambda s: (s.service, s.partition))

    async def _passed(self, sources: Sequence[Source]) -> datetime:
        """The latest moment that all sources have passed."""
        marks = await self._log.watermarks()
        passed = await asyncio.gather(*(self._passed_by(source, marks.get((source.service, source.partition))) for source in sources))
        return min(passed, default=self._started_at())

    async def _passed_by(self, source: Source, mark: Watermark | None) -> datetime:
        if mark is not None and source.position >= mark.position:
            return mark.time
        return _recorded(await self._end(source)) if source.position else self._started_at()

    async def _positions(self, sources: Sequence[Source], moment: datetime) -> dict[str, int]:
        found = await asyncio.gather(*(self._position(source, moment) for source in sources))
        return {f"{source.service}/{source.partition}": position for source, position in zip(sources, found, strict=True)}

    async def _position(self, source: Source, moment: datetime) -> int:
        """The highest position the source had recorded by then."""
        if not source.position:
            return 0
        record = await self._end(source)
        if _recorded(record) > moment:
            earlier = await self._last(source, lambda found: _recorded(found) <= moment)
            return _sequence(earlier) if earlier is not None else 0
        return _sequence(record)

    async def _recorded_at(self, position: Position) -> datetime:
        """When that event was recorded; it has been consumed, so it is on the log."""
        for source in await self._sources():
            if (source.service, source.partition) == (position.service, position.partition):
                record = await self._last(source, lambda found: _sequence(found) <= position.number)
                if record is not None:
                    return _recorded(record)
        return datetime.min.replace(tzinfo=UTC)  # not among what reporting reads: nothing here depends on it

    async def _end(self, source: Source) -> LogRecord:
        """The record the checkpoint stands on; read once for as long as it stands there."""
        key = (source.service, source.partition, source.offset)
        record = self._ends.get(key)
        if record is None:
            there = await self._log.read(source.service, source.partition, source.offset - 1, 1)
            record = there[0] if there and _sequence(there[0]) == source.position else await self._found(source)
            self._ends = {k: v for k, v in self._ends.items() if k[:2] != key[:2]} | {key: record}
        return record

    async def _found(self, source: Source) -> LogRecord:
        """The record of the checkpoint's position, when the checkpoint stands on a repeat: mostly a little earlier, else wherever
        the repeats begin. Position n has n - 1 records before it, also on a topic made anew, where our offset means nothing.
        """
        records = await self._log.read(source.service, source.partition, source.offset - REPEATED, REPEATED)
        at = source.position - 2
        while True:
            for record in records:
                if _sequence(record) == source.position:
                    return record
            records = await self._log.read(source.service, source.partition, at, REPEATED)
            if not records:
                raise LogLost(f"{topic_of(source.service)}/{source.partition} ends before position {source.position}, which was consumed")
            at = records[-1].offset

    async def _last(self, source: Source, fits: Callable[[LogRecord], bool]) -> LogRecord | None:
        """The last record up to the checkpoint that still fits: backwards in growing strides, then by halving."""
        low, beyond, stride = source.offset, source.offset + 1, 1
        while low >= 0 and not fits(await self._at(source, low)):
            beyond, low, stride = low, low - stride, stride * 4
        low = max(low, -1)  # before the first record everything fits
        while beyond - low > 1:
            middle = (low + beyond) // 2
            if fits(await self._at(source, middle)):
                low = middle
            else:
                beyond = middle
        return await self._at(source, low) if low >= 0 else None

    async def _at(self, source: Source, offset: int) -> LogRecord:
        records = await self._log.read(source.service, source.partition, offset - 1, 1)
        if not records:
            raise LogLost(f"{topic_of(source.service)}/{source.partition} ends before offset {offset}, which was consumed")
        return records[0]


def _recorded(record: LogRecord) -> datetime:
    return datetime.fromisoformat(record.headers["ce_recordedtime"].decode())


def _sequence(record: LogRecord) -> int:
    return int(record.headers["ce_sequence"])
