"""How is a broker asked for records and offsets directly? Outside of any group, each request on its own.

The consumer of aiokafka keeps a position and reads ahead by itself; whoever wants one record here and a page there asks the broker.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import CorruptRecordException, KafkaError, LeaderNotAvailableError, OffsetOutOfRangeError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record.memory_records import MemoryRecords

from shared.log.port import LogLost

PATIENCE = 15.0  # seconds for a broker to come back, or for a partition to get a new leader
SHORT_PATIENCE = 2.5  # where somebody waits for an answer
REQUEST_TIMEOUT = 15.0
EARLIEST, LATEST = -2, -1

_PAUSE = 0.1
_EVERYTHING = 0  # no transactions are written, so there is nothing uncommitted to hide

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records of one partition as the broker keeps them: in batches. Reading goes on at `after`."""

    batches: tuple[Any, ...]
    at: int
    after: int

    def records(self) -> Iterator[Any]:
        for batch in self.batches:
            if not batch.validate_crc():
                raise CorruptRecordException(f"the batch at offset {batch.base_offset} is damaged")
            if batch.is_control_batch:
                continue
            if batch.base_offset >= self.at:
                yield from batch
            else:  # it comes whole, also when it is asked for from its middle on
                yield from (record for record in batch if record.offset >= self.at)


class Direct:
    """One connection to each broker."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client

    @classmethod
    async def open(cls, bootstrap: str) -> Self:
        client = AIOKafkaClient(bootstrap_servers=bootstrap, client_id="redress", request_timeout_ms=int(REQUEST_TIMEOUT * 1000))
        try:
            await client.bootstrap()
        except KafkaError as error:
            await client.close()
            raise LogLost(f"no Kafka broker answers at {bootstrap}") from error
        return cls(client)

    async def close(self) -> None:
        await self._client.close()

    async def fetch(self, topic: str, partition: int, at: int, *, most_bytes: int, wait: float = 0.0, patience: float = PATIENCE) -> Chunk:
        """What lies from offset `at` on, at least one batch if there is any; nothing after `wait` seconds without.

        Raises OffsetOutOfRangeError when the partition begins behind `at`, or ends before it.
        """
        request = FetchRequest(int(wait * 1000), 1, most_bytes, _EVERYTHING, [(topic, [(partition, at, most_bytes)])])

        async def ask() -> Chunk:
            answer = await self._client.send(self._leader(topic, partition), request)
            ((_, ((_, error, *_, raw),)),) = answer.topics
            if error:
                raise for_code(error)(f"{topic}/{partition} at {at}")
            batches = tuple(_batches(MemoryRecords(raw)))
            return Chunk(batches, at, batches[-1].next_offset if batches else at)

        return await self._patiently(ask, patience)

    async def offsets(
        self, sources: Collection[tuple[str, int]], which: int, *, patience: float = PATIENCE
    ) -> Mapping[tuple[str, int], int]:
        """The first offset of each partition there is, or the one the next record will get."""

        async def ask() -> dict[tuple[str, int], int]:
            asked: dict[int, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
            for topic, partition in sources:
                asked[self._leader(topic, partition)][topic].append((partition, which))
            requests = [(node, OffsetRequest(-1, _EVERYTHING, list(topics.items()))) for node, topics in asked.items()]
            answers = await asyncio.gather(*(self._client.send(node, request) for node, request in requests))
            found: dict[tuple[str, int], int] = {}
            for topic, partitions in (one for answer in answers for one in answer.topics):
                for partition, error, _, offset, *_ in partitions:
                    if error:
                        raise for_code(error)(f"{topic}/{partition}")
                    found[topic, partition] = offset
            return found

        return await self._patiently(ask, patience)

    async def know(self, topics: Iterable[str]) -> None:
        """Keeps track of who leads these topics' partitions."""
        await self._client.set_topics(topics)

    def _leader(self, topic: str, partition: int) -> int:
        node: int | None = self._client.cluster.leader_for_partition(TopicPartition(topic, partition))
        if node is None or node == -1:
            raise LeaderNotAvailableError(f"{topic}/{partition}")
        return node

    async def _patiently(self, ask: Callable[[], Awaitable[T]], patience: float) -> T:
        try:
            async with asyncio.timeout(patience):
                while True:
                    try:
                        return await ask()
                    except KafkaError as error:
                        if not error.retriable:
                            raise
                    await self._client.force_metadata_update()
                    await asyncio.sleep(_PAUSE)
        except OffsetOutOfRangeError:
            raise
        except (KafkaError, TimeoutError) as error:
            raise LogLost(f"Kafka does not answer: {type(error).__name__}") from error


def _batches(raw: Any) -> Iterator[Any]:
    while raw.has_next():
        yield raw.next_batch()
