"""How do a service's records get onto Kafka in order? In batches, at most one of a partition under way at any time.

So whatever was being sent when something failed begins right behind what had been acknowledged. If it arrives late, after others
have started again from the checkpoint, it can only repeat; it can never leave a hole or swap two records.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.log.kafka_direct import REQUEST_TIMEOUT
from shared.log.kafka_topics import MESSAGE_LIMIT
from shared.log.port import LogLost, Outgoing

START_WITHIN = 10.0  # seconds
SEND_WITHIN = 30.0

Headers = list[tuple[str, bytes]]


class KafkaPublisher:
    """One service's. A producer in which anything failed is never used again: it may be stuck for good, and knows nothing for sure."""

    def __init__(self, service: str, bootstrap: str) -> None:
        self._name = f"redress-{service}"
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None
        self._one_at_a_time = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()

    async def publish(self, topic: str, records: Sequence[Outgoing]) -> None:
        async with self._one_at_a_time:
            if self._producer is None:
                self._producer = await self._started()
            try:
                async with asyncio.timeout(SEND_WITHIN):
                    for batches in _rounds(self._producer, records):
                        sent = [await self._producer.send_batch(batch, topic, partition=p) for p, batch in batches.items()]
                        await asyncio.gather(*sent)
            except BaseException as error:
                self._discard()
                if isinstance(error, (KafkaError, TimeoutError)):
                    raise LogLost(f"{topic} did not take what was published: {type(error).__name__}") from error
                raise

    async def close(self) -> None:
        self._discard()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _started(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._name,
            acks="all",
            enable_idempotence=True,
            max_batch_size=MESSAGE_LIMIT,
            request_timeout_ms=int(REQUEST_TIMEOUT * 1000),
        )
        try:
            async with asyncio.timeout(START_WITHIN):
                await producer.start()
        except BaseException as error:
            await producer.stop()
            if isinstance(error, (KafkaError, TimeoutError)):
                raise LogLost(f"no Kafka broker takes records at {self._bootstrap}: {type(error).__name__}") from error
            raise
        return producer

    def _discard(self) -> None:
        if self._producer is not None:
            task = asyncio.create_task(_put_down(self._producer))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            self._producer = None


async def _put_down(producer: AIOKafkaProducer) -> None:
    """Not by `stop`: that goes on sending what the producer still has, for as long as the broker is away."""
    await producer._sender.close()
    producer._closed = True
    await producer.client.close()


def _rounds(producer: AIOKafkaProducer, records: Sequence[Outgoing]) -> Iterator[Mapping[int, BatchBuilder]]:
    """The records in batches as large as a topic takes, mostly one of each partition: a round is sent when the one before is there."""
    lanes: dict[int, list[BatchBuilder]] = {}
    for partition, key, headers, value in records:
        lane = lanes.setdefault(partition, [])
        fields: tuple[bytes, bytes, Headers] = (key.encode(), value, list(headers.items()))
        if not lane or not _append(lane[-1], *fields):
            lane.append(producer.create_batch())
            _append(lane[-1], *fields)
    for number in range(max(map(len, lanes.values()), default=0)):
        yield {partition: lane[number] for partition, lane in lanes.items() if number < len(lane)}


def _append(batch: BatchBuilder, key: bytes, value: bytes, headers: Headers) -> bool:
    """False when the batch is full."""
    return batch.append(timestamp=None, key=key, value=value, headers=headers) is not None
