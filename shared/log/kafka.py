"""The log kept in Kafka: a topic per service, partition for partition as in its store, and one for the watermarks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from shared.contracts.vocabulary import SERVICES
from shared.log.kafka_direct import LATEST, Direct
from shared.log.kafka_pages import Pages
from shared.log.kafka_publisher import KafkaPublisher
from shared.log.kafka_subscription import SESSION, KafkaSubscription
from shared.log.kafka_topics import Topics
from shared.log.kafka_watermarks import Follower, record_of
from shared.log.port import PREFIX, LogRecord, Outgoing, Resume, TopicPartition, Watermark, topic_of

START_WITHIN = 30.0  # seconds for the broker to answer


class KafkaLog:
    """One for a process, whichever services it runs. Made by `open`."""

    def __init__(self, topics: Topics, session: float) -> None:
        self._topics = topics
        self._session = session
        self._direct = Direct(topics.bootstrap, topics.names)
        self._pages = Pages(self._direct)
        self._follower = Follower(topics.bootstrap, topics.watermarks)
        self._publishers: dict[str, KafkaPublisher] = {}

    @classmethod
    async def open(
        cls,
        bootstrap: str,
        partitions: int,
        *,
        replication: int = 1,
        min_insync: int = 1,
        prefix: str = PREFIX,
        session: float = SESSION,
        patience: float = START_WITHIN,
    ) -> KafkaLog:
        """Makes topics that are missing. Raises CannotStart when no broker answers, or a topic is not as it must be.

        `prefix` begins the names of topics and groups, so that several products (in tests) can share a broker.
        """
        topics = Topics(bootstrap, partitions, replication, min_insync, prefix)
        await topics.prepare(patience)
        return cls(topics, session)

    async def publish(self, service: str, records: Sequence[Outgoing]) -> None:
        if records:
            await self._publisher(service).publish(self._topics.of(service), records)

    async def publish_watermarks(self, service: str, marks: Mapping[int, Watermark]) -> None:
        if not marks:
            return
        records = [record_of(service, partition, mark) for partition, mark in marks.items()]
        await self._publisher(service).publish(self._topics.watermarks, records)
        heard = datetime.now(UTC)
        for partition, mark in marks.items():
            self._follower.hear(service, partition, replace(mark, heard=heard))

    async def watermarks(self) -> Mapping[tuple[str, int], Watermark]:
        return await self._follower.marks()

    async def subscribe(self, group: str, services: Sequence[str], resume: Resume) -> KafkaSubscription:
        subscription = KafkaSubscription(group, services, resume, topics=self._topics, session=self._session)
        await subscription.join()
        return subscription

    async def read(self, service: str, partition: int, after: int, limit: int) -> Sequence[LogRecord]:
        return await self._pages.read(self._topics.of(service), topic_of(service), partition, after, limit)

    async def ends(self, *services: str) -> Mapping[TopicPartition, int]:
        names = {self._topics.of(service): topic_of(service) for service in services or SERVICES}
        sources = [(topic, partition) for topic in names for partition in range(self._topics.partitions)]
        found = await self._direct.offsets(sources, LATEST)
        return {(names[topic], partition): after - 1 for (topic, partition), after in found.items()}

    async def close(self) -> None:
        self._pages.close()
        await asyncio.gather(self._follower.close(), self._direct.close(), *(p.close() for p in self._publishers.values()))

    def _publisher(self, service: str) -> KafkaPublisher:
        if service not in self._publishers:
            self._publishers[service] = KafkaPublisher(service, self._topics.bootstrap)
        return self._publishers[service]
