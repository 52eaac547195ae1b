"""What was published in this process a moment ago? Its consumers are mostly that far, and need not ask the database.

Records once published never change, so what is here is right, however old. Whatever is not here stands in the tables.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from shared.log.port import LogRecord, TopicPartition

KEPT_BYTES = 32 * 1024 * 1024
_OVERHEAD = 2_000  # bytes a record takes beside its value, roughly


class Tail:
    """The newest records of each partition without a gap, as many of all together as fit."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._limit = kept_bytes
        self._bytes = 0
        self._lanes: dict[TopicPartition, list[LogRecord]] = {}
        self._order: deque[tuple[TopicPartition, int, int]] = deque()  # what came when: partition, records, bytes

    def add(self, source: TopicPartition, records: Sequence[LogRecord]) -> None:
        lane = self._lanes.setdefault(source, [])
        if lane and records[0].offset != lane[-1].offset + 1:  # another process has published in between
            self._drop_all(source)
        lane.extend(records)
        size = sum(len(record.value) + _OVERHEAD for record in records)
        self._order.append((source, len(records), size))
        self._bytes += size
        while self._bytes > self._limit:
            oldest, count, size = self._order.popleft()
            del self._lanes[oldest][:count]
            self._bytes -= size

    def after(self, source: TopicPartition, offset: int, limit: int) -> Sequence[LogRecord]:
        """Up to `limit` records behind the offset; none when they are not here."""
        lane = self._lanes.get(source)
        if not lane or offset + 1 < lane[0].offset:
            return []
        start = offset + 1 - lane[0].offset
        return lane[start : start + limit]

    def _drop_all(self, source: TopicPartition) -> None:
        self._lanes[source].clear()
        self._bytes -= sum(size for where, _, size in self._order if where == source)
        self._order = deque(entry for entry in self._order if entry[0] != source)
