"""Which Kafka is measured on? The one REDRESS_KAFKA_BOOTSTRAP names, else one of our own, from the jars that `make kafka` uses."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient

from benchmarks.ground import PARTITIONS
from deploy.kafka.broker import Broker
from shared.log.kafka import START_WITHIN, KafkaLog
from shared.log.kafka_topics import Topics
from shared.log.port import PREFIX


@asynccontextmanager
async def broker() -> AsyncIterator[str]:
    """Its address. What Kafka promises by default holds: nothing is fsynced per record, one copy."""
    if given := os.environ.get("REDRESS_KAFKA_BOOTSTRAP"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="redress-bench-kafka-") as folder:
        started = Broker(Path(folder))
        await asyncio.to_thread(started.start)
        try:
            yield started.bootstrap
        finally:
            await asyncio.to_thread(started.stop)


@asynccontextmanager
async def own_topics(bootstrap: str) -> AsyncIterator[Topics]:
    """Made as the product makes them, under names of their own; deleted afterwards."""
    topics = Topics(bootstrap, PARTITIONS, prefix=f"bench-{uuid4().hex[:8]}.")
    await topics.prepare(START_WITHIN)
    try:
        yield topics
    finally:
        await _delete(topics)


@asynccontextmanager
async def own_log(bootstrap: str) -> AsyncIterator[KafkaLog]:
    """A log on topics of its own."""
    async with own_topics(bootstrap) as topics:
        log = await KafkaLog.open(bootstrap, PARTITIONS, prefix=topics.prefix)
        try:
            yield log
        finally:
            await log.close()


@asynccontextmanager
async def the_log(bootstrap: str) -> AsyncIterator[KafkaLog]:
    """The log as the product's own processes name it, so they can use it. Refused where there is one already."""
    topics = Topics(bootstrap, PARTITIONS, prefix=PREFIX)
    async with _admin(bootstrap) as admin:
        taken = set(topics.names) & set(await admin.list_topics())
    if taken:
        raise SystemExit(f"On {bootstrap} there is a log already ({', '.join(sorted(taken))}); measure on a broker without one.")
    log = await KafkaLog.open(bootstrap, PARTITIONS)
    try:
        yield log
    finally:
        await log.close()
        await _delete(topics)


async def _delete(topics: Topics) -> None:
    async with _admin(topics.bootstrap) as admin:
        await admin.delete_topics(topics.names)


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
