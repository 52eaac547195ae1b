"""Are our offsets those of another topic? A hole is read again before it is believed, and so is an end that comes too early.

A topic that was lost and made anew holds the same events in the same order, but at other offsets, since the old one had repeats
that the new one has not: going on at the old offset would step over events, or wait behind all of them. Position n + 1 has n
records before it on any topic, so it never has an offset below n, and nothing is missed from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.consumer.checkpoints import Mark
from shared.consumer.failures import Hole
from shared.log.port import LogRecord, TopicPartition


class Doubts:
    """Of one consumer: the holes it has read again, and where it was behind what its sources have promised."""

    def __init__(self) -> None:
        self._doubted: dict[TopicPartition, int] = {}
        self._behind: dict[TopicPartition, Mark] = {}

    def rewound(self, hole: Hole, records: Sequence[LogRecord], marks: Mapping[TopicPartition, Mark]) -> Mapping[TopicPartition, int]:
        """Behind which offsets to read the batch with the hole again. Raises the hole when that was done before.

        All partitions of the batch: mostly the others' offsets are another topic's too, and nothing of the batch is applied.
        """
        source = (hole.topic, hole.partition)
        if self._doubted.get(source) == hole.last:
            raise hole
        self._doubted[source] = hole.last
        return {s: marks[s].position - 1 for s in {(record.topic, record.partition) for record in records}}

    def stuck(self, marks: Mapping[TopicPartition, Mark], promised: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        """Behind which offsets to read again where events are promised, and nothing at all has come since the last look."""
        behind = {source: mark for source, mark in marks.items() if promised.get(source, 0) > mark.position}
        stuck = {source: mark.position - 1 for source, mark in behind.items() if self._behind.get(source) == mark}
        self._behind = behind
        return stuck
