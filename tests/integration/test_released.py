"""A key's parked events are released while its next one is on its way: is that one handled, or parked behind nothing?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg

from shared.consumer import checkpoints
from shared.consumer.lane import Lane, Seen
from shared.consumer.parking import park
from shared.envelope import Envelope
from shared.log.memory import MemoryLog
from tests.house import House, on_the_log, running

TOPIC = "redress.intake"
WAITS = "select exists (select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock')"
LOCK = "select from consumer_checkpoints where consumer = 'views' for update"


async def test_what_comes_while_its_key_is_released_is_handled(house: House, memory: MemoryLog) -> None:
    await house.record(1, partition=0)
    relay = house.relay(memory)
    async with running(relay):
        await relay.idle()
    [record] = (await on_the_log(memory))[0]
    handled: list[Envelope] = []

    async def handle(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        handled.extend(events)

    lanes, released = await house.connect(), await house.connect()
    marks = await checkpoints.load(lanes, "views", [(TOPIC, 0)])
    await park(lanes, "views", [record], "ValueError", following=False)
    lane = Lane("intake", "views", lanes, handle, marks, lambda events: None, lambda: None)
    async with released.transaction():
        await released.execute(LOCK)
        coming = asyncio.create_task(lane.apply([Seen(record, 1, False, Envelope.on_log(record.headers, record.value))]))
        while not await house.pool.fetchval(WAITS, lanes.get_server_pid()):  # noqa: ASYNC110  # a lock announces nothing
            await asyncio.sleep(0.01)
        await released.execute("delete from parked")
    await coming
    assert [envelope.meta.key for envelope in handled] == [record.key]
    assert await house.pool.fetchval("select count(*) from parked") == 0
