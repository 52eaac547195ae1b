"""How is a broker asked for records and offsets directly? Outside of any group, each request on its own.

The consumer of aiokafka keeps a position and reads ahead by itself; whoever wants one record here and a page there asks the broker.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

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
    """One connection to each broker, made anew when it has answered nothing for too long. `topics` are all it will be asked about."""

    def __init__(self, bootstrap: str, topics: Iterable[str]) -> None:
        self._bootstrap = bootstrap
        self._topics = tuple(topics)
        self._client: AIOKafkaClient | None = None
        self._connecting = asyncio.Lock()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def fetch(self, topic: str, partition: int, at: int, *, most_bytes: int, wait: float = 0.0, patience: float = PATIENCE) -> Chunk:
        """What lies from offset `at` on, at least one batch if there is any; nothing after `wait` seconds without.

        Raises OffsetOutOfRangeError when the partition begins behind `at`, or ends before it.
        """
        request = FetchRequest(int(wait * 1000), 1, most_bytes, _EVERYTHING, [(topic, [(partition, at, most_bytes)])])

        async def ask(client: AIOKafkaClient) -> Chunk:
            answer = await client.send(_leader(client, topic, partition), request)
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

        async def ask(client: AIOKafkaClient) -> dict[tuple[str, int], int]:
            asked: dict[int, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
            for topic, partition in sources:
                asked[_leader(client, topic, partition)][topic].append((partition, which))
            requests = [(node, OffsetRequest(-1, _EVERYTHING, list(topics.items()))) for node, topics in asked.items()]
            answers = await asyncio.gather(*(client.send(node, request) for node, request in requests))
            found: dict[tuple[str, int], int] = {}
            for topic, partitions in (one for answer in answers for one in answer.topics):
                for partition, error, _, offset, *_ in partitions:
                    if error:
                        raise for_code(error)(f"{topic}/{partition}")
                    found[topic, partition] = offset
            return found

        return await self._patiently(ask, patience)

    async def _connected(self) -> AIOKafkaClient:
        async with self._connecting:
            if self._client is None:
                client = AIOKafkaClient(
                    bootstrap_servers=self._bootstrap, client_id="redress", request_timeout_ms=int(REQUEST_TIMEOUT * 1000)
                )
                try:
                    await client.bootstrap()
                    await client.set_topics(self._topics)
                except BaseException:
                    await client.close()
                    raise
                self._client = client
            return self._client

    async def _patiently(self, ask: Callable[[AIOKafkaClient], Awaitable[T]], patience: float) -> T:
        client: AIOKafkaClient | None = None
        try:
            async with asyncio.timeout(patience):
                while True:
                    try:
                        client = await self._connected()
                        return await ask(client)
                    except KafkaError as error:
                        if not error.retriable:
                            raise
                    if self._client is not None:
                        await self._client.force_metadata_update()
                    await asyncio.sleep(_PAUSE)
        except OffsetOutOfRangeError:
            raise
        except (KafkaError, TimeoutError) as error:
            if self._client is client:
                self._client = None
            if client is not None:
                await client.close()
            raise LogLost(f"Kafka does not answer at {self._bootstrap}: {type(error).__name__}") from error


def _leader(client: AIOKafkaClient, topic: str, partition: int) -> int:
    node: int | None = client.cluster.leader_for_partition(TopicPartition(topic, partition))
    if node is None or node == -1:
        raise LeaderNotAvailableError(f"{topic}/{partition}")
    return node


def _batches(raw: Any) -> Iterator[Any]:
    while raw.has_next():
        yield raw.next_batch()
