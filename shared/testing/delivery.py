"""What does a consumer make of these events? Delivered to the real one, topics interleaved at random, each event as often as asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from random import Random
from typing import cast

import asyncpg

from shared.consumer.consumer import Consumer
from shared.consumer.lane import Handle
from shared.envelope import Envelope, to_headers
from shared.log.port import Log, LogRecord, Resume, TopicPartition, topic_of
from shared.testing.ledger import batches, interleaved
from shared.views import Projecting, View, handled


async def deliver(
    connect: Callable[[], Awaitable[asyncpg.Connection]],
    service: str,
    handle: Handle | Sequence[View],
    envelopes: Sequence[Envelope],
    *,
    handles: frozenset[str] = frozenset(),
    times: int = 1,
    random: Random | None = None,
) -> Consumer:
    """Feeds views, or any other handler, through the service's consumer. Nothing may be parked on the way."""
    chance = random or Random(0)  # noqa: S311  # an order, not a secret
    script = _Script(batches(interleaved(envelopes, chance), chance), times)
    views = handle if isinstance(handle, Sequence) else ()
    consumer = Consumer(
        service,
        "views",
        log=cast(Log, script),  # a consumer only subscribes
        sources={envelope.service for envelope in envelopes},
        handles=handled(views) if views else handles,
        handle=Projecting(tuple(views)) if isinstance(handle, Sequence) else handle,
        connect=connect,
    )
    script.done = consumer.stop
    await consumer.run()
    assert consumer.stopped_by is None, consumer.stopped_by
    assert consumer.parked == 0, "an event was parked"
    return consumer


class _Script:
    """A log that hands out these batches, each as often as asked: a relay that starts again publishes some twice."""

    def __init__(self, script: Sequence[Sequence[Envelope]], times: int) -> None:
        self.done: Callable[[], None] = lambda: None
        self._offsets: dict[TopicPartition, int] = defaultdict(int)
        self._batches = [[self._record(e) for e in batch] for batch in script for _ in range(times)]

    def _record(self, event: Envelope) -> LogRecord:
        recorded = event.recorded
        source = (topic_of(recorded.service), recorded.partition)
        self._offsets[source] += 1
        return LogRecord(*source, self._offsets[source] - 1, event.meta.key, dict(to_headers(recorded)), recorded.data)

    async def subscribe(self, group: str, services: Collection[str], resume: Resume) -> _Script:
        await resume(frozenset(self._offsets))
        return self

    async def fetch(self, limit: int, timeout: float) -> Sequence[LogRecord]:  # as the port has it
        if self._batches:
            return self._batches.pop(0)
        self.done()
        return []

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        return frozenset(self._offsets)

    def rewind(self, to: Mapping[TopicPartition, int]) -> None:
        raise AssertionError("a batch failed")

    async def close(self) -> None:
        """There is nothing to leave."""
