"""What would the stores and topics hold after this? Envelopes as all services' stores make them, and orders they may arrive in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from shared.contracts.event import Event
from shared.envelope import Envelope, Meta, Recorded
from shared.store.partition import partition_of
from shared.testing.scenario import ANNA, NOON


@dataclass
class Ledger:
    """Records events as the stores of all services would: dense positions per partition, versions per stream, time rising."""

    partitions: int = 8
    now: datetime = NOON
    tick: timedelta = timedelta(seconds=1)
    positions: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    versions: dict[tuple[str, UUID], int] = field(default_factory=lambda: defaultdict(int))

    def record(self, stream_id: UUID, *events: Event, key: UUID | None = None, traceparent: str | None = None) -> list[Envelope]:
        """The envelopes of one decision. An event that no one stamped is Anna's; sealed fields stay in clear."""
        meta = Meta(str(key or stream_id), traceparent=traceparent).to_bytes()
        return [Envelope(self._recorded(event, stream_id, str(key or stream_id), meta)) for event in events]

    def _recorded(self, event: Event, stream_id: UUID, key: str, meta: bytes) -> Recorded:
        service = event.TYPE.partition(".")[0]
        partition = partition_of(key, self.partitions)
        self.positions[service, partition] += 1
        self.versions[service, stream_id] += 1
        self.now += self.tick
        position, version = self.positions[service, partition], self.versions[service, stream_id]
        stamped = event if event.actor else event.stamped(actor=ANNA, on_behalf_of=None, occurred_at=self.now)
        return Recorded(
            service=service,
            partition=partition,
            position=position,
            stream_id=stream_id,
            version=version,
            type=event.TYPE,
            schema_version=event.VERSION,
            data=stamped.model_dump_json(exclude_none=True).encode(),
            meta=meta,
            event_id=uuid5(stream_id, f"{service}/{version}"),
            occurred_at=stamped.occurred_at or self.now,
            recorded_at=self.now,
            hash=b"",
        )


def interleaved(envelopes: Iterable[Envelope], random: Random) -> list[Envelope]:
    """The same events in an order a consumer might see: kept within each topic's partition, shuffled between them."""
    lanes: dict[tuple[str, int], list[Envelope]] = defaultdict(list)
    for envelope in envelopes:
        lanes[envelope.service, envelope.recorded.partition].append(envelope)
    waiting = [lane[::-1] for lane in lanes.values()]
    shuffled: list[Envelope] = []
    while waiting:
        lane = random.choice(waiting)
        shuffled.append(lane.pop())
        if not lane:
            waiting.remove(lane)
    return shuffled


def batches(envelopes: Sequence[Envelope], random: Random, largest: int = 7) -> list[Sequence[Envelope]]:
    """Cut into batches of random length, as a consumer fetches them."""
    cut: list[Sequence[Envelope]] = []
    at = 0
    while at < len(envelopes):
        size = random.randint(1, largest)
        cut.append(envelopes[at : at + size])
        at += size
    return cut
