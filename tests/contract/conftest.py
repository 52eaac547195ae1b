"""Which logs are there? A test of the contract runs once with each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.contracts.vocabulary import SERVICES
from shared.log.kafka import KafkaLog
from shared.log.memory import MemoryLog
from shared.log.port import Log
from shared.log.postgres import PostgresLog

PARTITIONS = 8

OpenAs = Callable[[str], Awaitable[Log]]


@pytest.fixture(params=["memory", "postgres", "kafka"])
def make(request: pytest.FixtureRequest) -> OpenAs:
    """How one adapter makes an empty log, as a service sees it."""
    if request.param == "memory":
        memory = MemoryLog(SERVICES, PARTITIONS)
        return lambda service: asyncio.sleep(0, memory)
    if request.param == "kafka":
        kafka = request.getfixturevalue("kafka_topics")
        return lambda service: KafkaLog.open(kafka.bootstrap, PARTITIONS, prefix=kafka.prefix)
    database = request.getfixturevalue("database")
    return lambda service: PostgresLog.open(database.owner, PARTITIONS, reader=service)


@pytest.fixture
async def open_as(make: OpenAs) -> AsyncIterator[OpenAs]:
    """An empty log, opened as any service: as if each were a process of its own."""
    opened: dict[str, Log] = {}

    async def open_once(service: str) -> Log:
        if service not in opened:
            opened[service] = await make(service)
        return opened[service]

    yield open_once
    for log in opened.values():
        await log.close()
