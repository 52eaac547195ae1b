"""What do tests of the way to the log stand on? One service's store, its relay, and what a consumer would see of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg

from shared.clock import Clock, MachineClock
from shared.envelope import Meta, Recorded, from_headers
from shared.ids import new_id
from shared.log.port import Log, LogRecord
from shared.relay import Relay
from shared.store.append import Item, NewEvent, append
from shared.store.partition import partition_of
from shared.store.store import Store

PARTITIONS = 8
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
PATIENCE = 20.0


class House:
    """Intake's store and its way to a log."""

    def __init__(self, database: Any, pool: asyncpg.Pool) -> None:
        self.database = database
        self.pool = pool
        self.store = Store("intake", pool)

    async def connect(self) -> asyncpg.Connection:
        found: asyncpg.Connection = await self.database.connect("intake")
        return found

    def relay(self, log: Log, *, clock: Clock | None = None, wake: asyncio.Event | None = None) -> Relay:
        return Relay(
            "intake",
            pool=self.pool,
            connect=self.connect,
            log=log,
            partitions=PARTITIONS,
            wake=wake or asyncio.Event(),
            keys=self.database.keys,
            clock=clock or MachineClock(),
        )

    async def record(self, count: int, *, partition: int | None = None, size: int = 40) -> None:
        """Appends events, each in a stream of its own."""
        for start in range(0, count, 500):
            items = [self.item(partition, size) for _ in range(min(500, count - start))]
            async with self.pool.acquire() as connection:
                await append(connection, items, None)

    def item(self, partition: int | None, size: int) -> Item:
        stream = new_id()
        event = NewEvent(
            new_id(),
            "intake.complaint-acknowledged.v1",
            1,
            b'{"medium": "' + b"x" * size + b'"}',
            Meta(str(stream), causation_id=str(stream)).to_bytes(),
            NOON,
        )
        return Item(stream, partition_of(str(stream), PARTITIONS) if partition is None else partition, 0, (event,))

    async def recorded(self) -> dict[int, list[Recorded]]:
        return {p: await self.store.page(p, 0, 100_000) for p in range(PARTITIONS)}


@asynccontextmanager
async def running(*relays: Relay, patience: float = PATIENCE) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    try:
        async with asyncio.timeout(patience):
            yield
    finally:
        for relay in relays:
            relay.stop()
        await asyncio.gather(*tasks)


async def on_the_log(log: Log) -> dict[int, list[LogRecord]]:
    return {p: list(await log.read("intake", p, -1, 100_000)) for p in range(PARTITIONS)}


def first_seen(records: Sequence[LogRecord]) -> list[Recorded]:
    """What a consumer sees: repeats are told by the position, and a hole would stop it."""
    seen: list[Recorded] = []
    for record in records:
        position = int(record.headers["ce_sequence"])
        assert position <= len(seen) + 1, "a hole"
        if position == len(seen) + 1:
            seen.append(from_headers(record.headers, record.value))
    return seen


async def assert_the_log_has_all(house: House, log: Log) -> None:
    assert {p: first_seen(records) for p, records in (await on_the_log(log)).items()} == await house.recorded()
