"""How does an extract of a chain prove itself? With its own events, and of all others up to the next signed checkpoint the digests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import asyncpg

from services.routing.evidence.checkpoints import following
from shared.chain import Checkpoint
from shared.decider import Refused
from shared.envelope import Envelope, Recorded, from_headers
from shared.log.port import Log, LogRecord

PAGE = 500


class Place(NamedTuple):
    """Where an event stands."""

    service: str
    partition: int
    position: int


@dataclass
class Segment:
    """A piece of one chain: the hash before it, each event's digest, and the checkpoint at its end.

    Without one the service has not signed that far yet: it ends with the last event of ours, as it stood on the log.
    """

    service: str
    partition: int
    first: int
    last: int
    checkpoint: Checkpoint | None
    before: bytes = b""
    digests: list[bytes] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        signed = self.checkpoint
        return {
            "service": self.service,
            "partition": self.partition,
            "first": self.first,
            "before": self.before.hex(),
            "digests": [digest.hex() for digest in self.digests],
            "checkpoint": None
            if signed is None
            else {
                "position": signed.position,
                "hash": signed.hash.hex(),
                "signed_at": signed.signed_at,
                "signature": signed.signature.hex(),
            },
        }


async def proven(log: Log, pool: asyncpg.Pool, places: Iterable[Place]) -> tuple[list[Envelope], list[Segment]]:
    """The events at these places in the order they were recorded, and the segments of the chains they stand in."""
    positions: dict[tuple[str, int], set[int]] = defaultdict(set)
    for place in places:
        positions[place.service, place.partition].add(place.position)
    events: list[Envelope] = []
    segments: list[Segment] = []
    for (service, partition), wanted in sorted(positions.items()):
        for segment in await _cut(pool, service, partition, sorted(wanted)):
            events += await _filled(log, segment, wanted)
            segments.append(segment)
    return sorted(events, key=lambda event: (event.recorded.recorded_at, event.service, event.recorded.position)), segments


async def _cut(pool: asyncpg.Pool, service: str, partition: int, positions: Sequence[int]) -> list[Segment]:
    """From an event to the next checkpoint; what follows it up to there is in the same segment."""
    cut: list[Segment] = []
    for position in positions:
        if cut and position <= cut[-1].last:
            continue
        checkpoint = await following(pool, service, partition, position)
        cut.append(Segment(service, partition, position, positions[-1] if checkpoint is None else checkpoint.position, checkpoint))
    return cut


async def _filled(log: Log, segment: Segment, wanted: Collection[int]) -> list[Envelope]:
    """Reads the segment from the log; answers the events of ours in it."""
    found: list[Envelope] = []
    async for position, record in _records(log, segment.service, segment.partition, segment.first - 1, segment.last):
        if position < segment.first:
            segment.before = bytes.fromhex(record.headers["ce_hash"].decode())
            continue
        segment.digests.append(bytes.fromhex(record.headers["ce_digest"].decode()))
        if position in wanted:
            found.append(Envelope(from_headers(record.headers, record.value)))
    return found


async def at(log: Log, places: Iterable[Place]) -> Mapping[Place, Recorded]:
    """The events at these places, without proof."""
    found: dict[Place, Recorded] = {}
    for place in sorted(set(places)):
        async for _, record in _records(log, place.service, place.partition, place.position, place.position):
            found[place] = from_headers(record.headers, record.value)
    return found


async def _records(log: Log, service: str, partition: int, first: int, last: int) -> AsyncIterator[tuple[int, LogRecord]]:
    """Each position from the first (at least 1) to the last once, in order."""
    position = max(first, 1) - 1
    offset = max(position - 1, -1)  # position n + 1 has at least n records before it, so nothing of ours lies before this
    while position < last:
        records = await log.read(service, partition, offset, min(PAGE, last - position + 1))
        if not records:
            raise Refused(
                "not-on-the-log", f"{service}/{partition}/{position + 1} is not on the log; an operator can see more by `redress verify`."
            )
        for record in records:
            offset = record.offset
            found = int(record.headers["ce_sequence"])
            if found == position + 1 and found <= last:  # else the relay sent it twice, or it lies before
                position = found
                yield found, record
