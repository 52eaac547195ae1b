"""Who hears at once that something was published in this process? A hint only: polling is the guarantee."""

from __future__ import annotations

from collections.abc import Callable, Collection

from shared.log.port import TopicPartition

Hear = Callable[[Collection[TopicPartition]], None]


class Bell:
    """One for all logs of a process."""

    def __init__(self) -> None:
        self._hearing: set[Hear] = set()

    def listen(self, hear: Hear) -> None:
        self._hearing.add(hear)

    def leave(self, hear: Hear) -> None:
        self._hearing.discard(hear)

    def ring(self, published: Collection[TopicPartition]) -> None:
        for hear in tuple(self._hearing):
            hear(published)
