"""What is published in these tests, and how is it read?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from shared.log.port import LogRecord, Outgoing, Resume, Subscription, TopicPartition
from tests.contract.conftest import PARTITIONS

PATIENCE = 20.0  # seconds; nothing waits that long unless it is broken
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def outgoing(n: int, partition: int = 0, *, key: str = "k", value: bytes | None = None) -> Outgoing:
    return Outgoing(partition, key, {"ce_sequence": str(n).encode()}, value if value is not None else b"{}")


def numbers(records: Sequence[LogRecord]) -> list[int]:
    return [int(r.headers["ce_sequence"]) for r in records]


def after(offsets: Mapping[TopicPartition, int] | None = None) -> Resume:
    """Resumes at these offsets, elsewhere at the beginning."""

    async def resume(assigned: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {source: (offsets or {}).get(source, -1) for source in assigned}

    return resume


async def take(subscription: Subscription, count: int) -> list[LogRecord]:
    """Fetches until so many records have come."""
    taken: list[LogRecord] = []
    async with asyncio.timeout(PATIENCE):
        while len(taken) < count:
            taken += await subscription.fetch(5000, 0.25)
    assert len(taken) == count
    return taken


async def nothing_more(subscription: Subscription) -> None:
    assert await subscription.fetch(100, 0.6) == []


async def settle(*members: Subscription, until: int = PARTITIONS) -> None:
    """Lets the members fetch until each has something and together they have all partitions of the topic."""
    async with asyncio.timeout(PATIENCE):
        while not (all(m.assigned for m in members) and sum(len(m.assigned) for m in members) == until):
            await asyncio.gather(*(m.fetch(100, 0.1) for m in members))
