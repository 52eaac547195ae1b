"""The log in memory, for tests: the same promises, gone with the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from shared.log.port import LogRecord, Outgoing, Resume, TopicPartition, Watermark, service_of, topic_of


class MemoryLog:
    """Lists, one per topic and partition."""

    def __init__(self, services: Sequence[str], partitions: int, heard: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.partitions = partitions
        self.records: dict[TopicPartition, list[LogRecord]] = {(topic_of(s), p): [] for s in services for p in range(partitions)}
        self.groups: dict[str, list[MemorySubscription]] = {}
        self._marks: dict[tuple[str, int], Watermark] = {}
        self._heard = heard

    async def publish(self, service: str, records: Sequence[Outgoing]) -> None:
        for record in records:
            topic = topic_of(service)
            lane = self.records[topic, record.partition]
            lane.append(LogRecord(topic, record.partition, len(lane), record.key, dict(record.headers), record.value))
        self.wake()

    async def publish_watermarks(self, service: str, marks: Mapping[int, Watermark]) -> None:
        for partition, mark in marks.items():
            before = self._marks.get((service, partition))
            if before is None or (before.position, before.time) <= (mark.position, mark.time):
                self._marks[service, partition] = replace(mark, heard=self._heard())

    async def watermarks(self) -> Mapping[tuple[str, int], Watermark]:
        return dict(self._marks)

    async def subscribe(self, group: str, services: Sequence[str], resume: Resume) -> MemorySubscription:
        subscription = MemorySubscription(self, group, [topic_of(s) for s in services], resume)
        self.groups.setdefault(group, []).append(subscription)
        return subscription

    async def read(self, service: str, partition: int, after: int, limit: int) -> Sequence[LogRecord]:
        return self.records[topic_of(service), partition][after + 1 : after + 1 + limit]

    async def ends(self, *services: str) -> Mapping[TopicPartition, int]:
        return {source: len(lane) - 1 for source, lane in self.records.items() if not services or service_of(source[0]) in services}

    async def close(self) -> None:
        self.groups.clear()

    def wake(self) -> None:
        for members in self.groups.values():
            for member in members:
                member.woken.set()


class MemorySubscription:
    """Members take turns over the partitions; one is handed over when its holder fetches again or leaves."""

    def __init__(self, log: MemoryLog, group: str, topics: Sequence[str], resume: Resume) -> None:
        self.woken = asyncio.Event()
        self.held: frozenset[int] = frozenset()
        self._log = log
        self._group = group
        self._topics = tuple(topics)
        self._resume = resume
        self._next: dict[TopicPartition, int] = {}

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        return frozenset(self._next)

    async def fetch(self, limit: int, timeout: float) -> Sequence[LogRecord]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            self.woken.clear()
            await self._settle()
            if (records := self._take(limit)) or loop.time() >= deadline:
                return records
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self.woken.wait()

    def rewind(self, to: Mapping[TopicPartition, int]) -> None:
        self._next.update({source: offset + 1 for source, offset in to.items() if source in self._next})
        self.woken.set()

    async def close(self) -> None:
        members = self._log.groups.get(self._group, [])
        if self in members:
            members.remove(self)
        self.held = frozenset()
        self._next.clear()
        self._log.wake()

    def _take(self, limit: int) -> list[LogRecord]:
        taken: list[LogRecord] = []
        for source in list(self._next):
            at = self._next[source]
            if at > len(self._log.records[source]):  # a lost topic made anew
                at = self._next[source] = 0
            some = self._log.records[source][at : at + limit - len(taken)]
            if some:
                taken.extend(some)
                self._next[source] = self._next.pop(source) + len(some)  # it has had its turn: to the end of the queue
        return taken

    async def _settle(self) -> None:
        members = self._log.groups.get(self._group, [])
        if self not in members:
            return
        me = members.index(self)
        share = frozenset(p for p in range(self._log.partitions) if p % len(members) == me)
        elsewhere = frozenset(p for member in members if member is not self for p in member.held)
        keep, gained = share & self.held, share - self.held - elsewhere
        if keep != self.held:
            self._next = {source: at for source, at in self._next.items() if source[1] in keep}
            self.held = keep
            self._log.wake()
        if gained:
            await self._gain(gained)

    async def _gain(self, gained: frozenset[int]) -> None:
        before = self.held
        sources = frozenset((topic, p) for topic in self._topics for p in gained)
        self.held |= gained  # nobody else may take them while we ask where they stand
        try:
            found = await self._resume(sources)
        except BaseException:
            self.held = before
            raise
        self._next.update({source: found.get(source, -1) + 1 for source in sources})
