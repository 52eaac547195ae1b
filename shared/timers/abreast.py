"""Has this service heard what it needs to judge a deadline? What was done in time must not be called missed for want of hearing of it."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

import asyncpg

from shared.log.port import Log, Watermark

AT_START = 3.0  # seconds in which the others may say what they still had to say when all was stopped

_REACHED = "select topic, partition, position from consumer_checkpoints where consumer = 'views'"


class Abreast:
    """Compares what the sources promise with what the views have consumed. A source that is down does not stop the clocks."""

    def __init__(self, log: Log, pool: asyncpg.Pool, sources: Collection[str]) -> None:
        self._log = log
        self._pool = pool
        self._sources = frozenset(sources)
        self._first: Mapping[tuple[str, int], Watermark] | None = None
        self._since = 0.0

    async def __call__(self) -> bool:
        marks = {source: mark for source, mark in (await self._log.watermarks()).items() if source[0] in self._sources}
        return self._has_spoken(marks) and await self._consumed(marks)

    def _has_spoken(self, marks: Mapping[tuple[str, int], Watermark]) -> bool:
        """Each source has spoken since this process began to look, or has had the time to."""
        if self._first is None:
            self._first, self._since = marks, time.monotonic()
        silent = any(marks.get(source) == mark for source, mark in self._first.items())
        return not silent or time.monotonic() - self._since > AT_START

    async def _consumed(self, marks: Mapping[tuple[str, int], Watermark]) -> bool:
        reached = {(row["topic"], row["partition"]): row["position"] for row in await self._pool.fetch(_REACHED)}
        return all(mark.position <= reached.get((f"redress.{service}", p), 0) for (service, p), mark in marks.items())
