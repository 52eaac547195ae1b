"""What stands in the five stores and on their topics? Read as any administrator could: plain SQL, plain aiokafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.vocabulary import SERVICES
from shared.postgres.connect import Dsn, connect

_EVENTS = (
    "select '{0}' as service, partition, position, stream_id, version, type, data, meta, event_id, recorded_at, occurred_at"
    " from {0}.events order by partition, position"
)


@dataclass(frozen=True)
class Stored:
    """One row of a store."""

    service: str
    partition: int
    position: int
    stream_id: UUID
    version: int
    type: str
    data: bytes
    meta: bytes
    event_id: UUID
    recorded_at: datetime
    occurred_at: datetime

    @property
    def at(self) -> str:
        return f"{self.service}/{self.partition}/{self.position}"

    @cached_property
    def body(self) -> dict[str, Any]:
        return dict(orjson.loads(self.data))

    @cached_property
    def attributes(self) -> dict[str, Any]:
        return dict(orjson.loads(self.meta))

    @property
    def key(self) -> str:
        return str(self.attributes["key"])


@dataclass(frozen=True, slots=True)
class Copy:
    """One record of a topic: where its event says it stands, and what it carries."""

    position: int
    event_id: str
    key: str
    data: bytes


Copies = Mapping[tuple[str, int], Sequence[Copy]]  # per service and partition, in the log's order, repeats included


async def stores(owner: Dsn) -> list[Stored]:
    """Every event of every service, in the order of its partition."""
    connection = await connect(owner, "public")
    try:
        return [Stored(*row) for service in SERVICES for row in await connection.fetch(_EVENTS.format(service))]
    finally:
        await connection.close()


async def topics(bootstrap: str) -> Copies:
    """Every record of every topic from its beginning to the end it has now."""
    async with _reader(bootstrap) as consumer:
        partitions = [
            TopicPartition(f"redress.{service}", partition)
            for service in SERVICES
            for partition in consumer.partitions_for_topic(f"redress.{service}") or ()
        ]
        copies: dict[tuple[str, int], list[Copy]] = {(p.topic.removeprefix("redress."), p.partition): [] for p in partitions}
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(p) < ends[p] for p in partitions]):
            for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                copies[partition.topic.removeprefix("redress."), partition.partition] += [_copy(record) for record in records]
        return copies


def _copy(record: Any) -> Copy:
    headers = dict(record.headers)
    return Copy(int(headers["ce_sequence"]), headers["ce_id"].decode(), record.key.decode(), record.value)


@asynccontextmanager
async def _reader(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(*(f"redress.{s}" for s in SERVICES), bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.unsubscribe()
    try:
        yield consumer
    finally:
        await consumer.stop()
