"""How far behind is each consumer, in events and in seconds?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.service import Service

_MARKS = "select consumer, topic, partition, position, log_offset from consumer_checkpoints order by consumer, topic, partition"
_PARKED = (
    "select p.id, p.consumer, p.topic, p.partition, p.position, p.type, p.error, p.parked_at, p.following as waits,"
    " (select count(*) from parked f where f.consumer = p.consumer and f.key = p.key and f.following) as following"
    " from parked p order by p.parked_at, p.id"
)


@dataclass(frozen=True, slots=True)
class Lag:
    """One consumer at one source partition. `head` is what the source has promised, `lag_seconds` the age of the next event."""

    service: str
    consumer: str
    source: str
    position: int
    head: int
    lag_events: int
    lag_seconds: float
    stopped: str | None


async def lags(services: Sequence[Service]) -> list[Lag]:
    """The consumers of these services at all their sources."""
    return [lag for service in services for lag in await _of(service)]


async def _of(service: Service) -> list[Lag]:
    heads = await service.log.watermarks()
    found = []
    for row in await service.pool.fetch(_MARKS):
        consumer = service.consumers.get(row["consumer"])
        if consumer is None:
            continue
        source = row["topic"].removeprefix("redress.")
        mark = heads.get((source, row["partition"]))
        head = max(mark.position if mark is not None else 0, row["position"])
        behind = head - row["position"]
        seconds = await _age(service, source, row["partition"], row["log_offset"]) if behind else 0.0
        stopped = str(consumer.stopped_by) if consumer.stopped_by is not None else None
        at = f"{source}/{row['partition']}"
        found.append(Lag(service.name, row["consumer"], at, row["position"], head, behind, seconds, stopped))
    return found


async def _age(service: Service, source: str, partition: int, offset: int) -> float:
    records = await service.log.read(source, partition, offset, 1)
    if not records:
        return 0.0
    recorded = datetime.fromisoformat(records[0].headers["ce_recordedtime"].decode())
    return max(0.0, (service.clock.now() - recorded).total_seconds())


async def parked(services: Sequence[Service]) -> list[dict[str, object]]:
    """What waits for a person, oldest first; an event parked only because of an earlier one counts as following it."""
    found: list[dict[str, object]] = []
    for service in services:
        for row in await service.pool.fetch(_PARKED):
            if row["waits"]:
                continue
            source = row["topic"].removeprefix("redress.")
            found.append(
                {
                    "id": str(row["id"]),
                    "service": service.name,
                    "consumer": row["consumer"],
                    "position": f"{source}/{row['partition']}/{row['position']}",
                    "type": row["type"],
                    "error": row["error"],
                    "parked_at": row["parked_at"].isoformat(),
                    "following": row["following"],
                }
            )
    return found
