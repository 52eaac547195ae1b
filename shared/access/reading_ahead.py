"""How does a process hear of revocations when nobody consumes for it? It reads what intake's watermarks promise from the log itself.

A service's API may run in other processes than its consumers, and must not shut when those stop, or when their partitions are
on their way to another instance. What it reads so it keeps for itself; the consumer's list in the database is where it begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

import orjson

from shared.access.revocations import REVOKED
from shared.consumer.checkpoints import Mark
from shared.log.port import Log, LogRecord, Watermark

PAGE = 8000


class ReadingAhead:
    """Of one process. Looks at the log only where the database is behind what is promised."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._own: dict[int, Mark] = {}

    async def read(self, promised: Mapping[int, Watermark], consumed: Mapping[int, Mark]) -> tuple[dict[int, int], list[UUID]]:
        """How far each partition is known, and what was revoked in between."""
        found: list[UUID] = []
        reached: dict[int, int] = {}
        for partition, mark in promised.items():
            at = max(consumed.get(partition, Mark()), self._own.get(partition, Mark()), key=lambda known: known.position)
            doubted = False
            while at.position < mark.position:
                records = await self._log.read("intake", partition, at.offset, PAGE)
                there = _advanced(at, records)
                if there == at:  # nothing new, or a hole: what lies behind it nobody may call known
                    if doubted:
                        break
                    doubted = True  # or the offset is of a topic that was lost; position n + 1 has n records before it on any
                    there = Mark(at.position, at.position - 1)
                found += _revoked(records, there.position)
                at = self._own[partition] = there
            reached[partition] = at.position
        return reached, found


def _advanced(at: Mark, records: Sequence[LogRecord]) -> Mark:
    """Where one stands after these records; at the last one before a hole, if there is one."""
    for record in records:
        position = int(record.headers["ce_sequence"])
        if position > at.position + 1:
            break
        at = Mark(max(at.position, position), record.offset)
    return at


def _revoked(records: Sequence[LogRecord], upto: int) -> Iterator[UUID]:
    for record in records:
        if record.headers["ce_type"].decode() == REVOKED and int(record.headers["ce_sequence"]) <= upto:
            yield UUID(orjson.loads(record.value)["token_id"])
