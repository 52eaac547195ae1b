"""How do events get into views in a test? Through the real consumer, in random batches, topics interleaved at random, each event `times` times."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

from conftest import PARTITIONS, Database
from shared.consumer.consumer import Consumer
from shared.contracts.vocabulary import SERVICES
from shared.envelope import Envelope, to_headers
from shared.log.memory import MemoryLog
from shared.log.port import Outgoing, topic_of
from shared.testing import batches, interleaved
from shared.views import Projecting, View, handled, producers


async def project(database: Database, service: str, views: Sequence[View], events: Sequence[Envelope], *, times: int, seed: int) -> None:
    """The views as they stand once all of this has been consumed."""
    log = MemoryLog(SERVICES, PARTITIONS)
    moved = asyncio.Event()
    types = handled(views)
    consumer = Consumer(
        service, "views", log=log, sources=producers(types), handles=types, handle=Projecting(tuple(views)),
        connect=lambda: database.connect(service), moved=moved.set,
    )  # fmt: skip
    random = Random(seed)
    running = asyncio.create_task(consumer.run())
    try:
        for batch in batches(interleaved([event for event in events if event.service in producers(types)], random), random):
            for event in [event for event in batch for _ in range(times)]:
                await log.publish(event.service, [_outgoing(event)])
            async with asyncio.timeout(20):
                while not _reached(consumer, batch):
                    moved.clear()
                    await moved.wait()
        assert consumer.parked == 0
    finally:
        consumer.stop()
        log.wake()
        await running


def _outgoing(event: Envelope) -> Outgoing:
    return Outgoing(event.recorded.partition, event.meta.key, to_headers(event.recorded), event.recorded.data)


def _reached(consumer: Consumer, batch: Sequence[Envelope]) -> bool:
    marks = consumer.marks
    return all(
        (mark := marks.get((topic_of(event.service), event.recorded.partition))) is not None and mark.position >= event.recorded.position
        for event in batch
    )
