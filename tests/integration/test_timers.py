"""Are timers fired in order, many at once, each once, and never before the service has heard what it could know?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from conftest import PARTITIONS, Database
from shared.clock import ManualClock
from shared.contracts.event import Event
from shared.contracts.survey import CallbackExpired
from shared.decider import Context, Decider, Reaction
from shared.log.memory import MemoryLog
from shared.log.port import Watermark
from shared.policy import Policies
from shared.sealing import Vault
from shared.store.scribe import Scribe
from shared.store.store import Store
from shared.timers import abreast
from shared.timers.abreast import Abreast
from shared.timers.loop import AT_ONCE, TimerLoop
from shared.timers.timers import Due, Looked, NotYet, Now, Told

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def expire(state: int, command: str, context: Context) -> Sequence[Event]:
    if command == "poison":
        raise ZeroDivisionError
    return (CallbackExpired(callback_id=uuid4(), complaint_id=uuid4(), because="time"),) if not state else ()


TOY: Decider[int, str] = Decider("toy", lambda stream_id: 0, expire, lambda state, event: state + 1)


@dataclass
class Timers:
    """A loop over one service's timers, without the rest of it."""

    loop: TimerLoop
    connection: asyncpg.Connection
    store: Store

    async def add(self, kind: str = "toy", after: timedelta = -MINUTE, stream: UUID | None = None) -> UUID:
        stream = stream or uuid4()
        await self.connection.execute(
            "insert into timers (id, kind, stream_id, key, due_at, cause, recorded) values ($1, $2, $3, $4, $5, $6, $7)",
            uuid4(), kind, stream, str(stream), NOON + after, uuid4(), NOON - MINUTE,
        )  # fmt: skip
        return stream

    async def left(self) -> int:
        return int(await self.connection.fetchval("select count(*) from timers"))

    async def events(self) -> int:
        return int(await self.connection.fetchval("select count(*) from events"))


@pytest.fixture
async def timers(database: Database) -> AsyncIterator[Timers]:
    async with database.pool("survey") as pool:
        clock = ManualClock(NOON)
        store = Store("survey", pool)
        looked: list[Sequence[Due]] = []

        async def look(connection: asyncpg.Connection, rows: Sequence[Due], now: Now) -> Looked:
            looked.append(rows)
            return Looked(
                [(row, Reaction(TOY, row.stream_id, "expire", "look", key=row.stream_id)) for row in rows], [(rows[0], NOON + MINUTE)]
            )

        async def deaf(connection: asyncpg.Connection, rows: Sequence[Due], now: Now) -> Looked:
            raise NotYet

        told: dict[str, Told] = {"toy": (TOY, "expire"), "poison": (TOY, "poison"), "look": look, "deaf": deaf}

        async def yes() -> bool:
            return True

        loop = TimerLoop(
            "survey", told, connect=lambda: database.connect("survey"), store=store, clock=clock, policies=Policies,
            scribe=Scribe(Vault(database.keys), clock, ZoneInfo("Asia/Shanghai"), PARTITIONS), appended=lambda count: None, abreast=yes,
        )  # fmt: skip
        yield Timers(loop, await database.connect("survey"), store)


async def test_hundreds_fire_in_one_transaction(timers):
    for _ in range(AT_ONCE + 10):
        await timers.add()
    assert await timers.loop.fire(timers.connection) == AT_ONCE
    assert (await timers.left(), await timers.events()) == (10, AT_ONCE)
    assert await timers.loop.fire(timers.connection) == 10
    assert await timers.loop.fire(timers.connection) == 0


async def test_what_is_not_due_waits(timers):
    await timers.add(after=MINUTE)
    assert await timers.loop.fire(timers.connection) == 0
    assert await timers.left() == 1


async def test_one_that_fails_is_set_aside_alone(timers):
    for _ in range(7):
        await timers.add()
    await timers.add("poison")
    await timers.loop.fire(timers.connection)
    assert (await timers.left(), await timers.events()) == (1, 7)
    assert await timers.loop.fire(timers.connection) == 0


async def test_two_of_one_stream_are_decided_one_after_the_other(timers):
    stream = await timers.add()
    await timers.add(stream=stream)
    await timers.loop.fire(timers.connection)
    assert (await timers.left(), await timers.events()) == (0, 1)


async def test_an_event_follows_from_what_the_timer_followed_from(timers):
    stream = await timers.add()
    cause = str(await timers.connection.fetchval("select cause from timers"))
    await timers.loop.fire(timers.connection)
    [event] = await timers.store.stream(stream)
    assert (event.meta.causation_id, event.data.actor.role) == (cause, "system")


async def test_a_look_may_put_a_timer_off(timers):
    for _ in range(2):
        await timers.add("look")
    await timers.loop.fire(timers.connection)
    assert await timers.connection.fetch("select due_at from timers") == [(NOON + MINUTE,)]
    assert await timers.events() == 2


async def test_a_look_that_has_not_heard_enough_leaves_its_timers_for_the_next(timers):
    await timers.add("deaf")
    for _ in range(2):
        with pytest.raises(NotYet):
            await timers.loop.fire(timers.connection)
    assert (await timers.left(), await timers.events()) == (1, 0)


@pytest.mark.parametrize(("moment", "late"), [(-MINUTE, True), (MINUTE, False)])
def test_late_is_what_came_before_anybody_watched(moment, late):
    assert Now(at=NOON + MINUTE, began=NOON).late(NOON + moment) is late


def test_late_is_what_nobody_told_for_half_a_minute():
    assert Now(at=NOON + MINUTE, began=NOON).late(NOON + timedelta(seconds=29))
    assert not Now(at=NOON + MINUTE, began=NOON).late(NOON + timedelta(seconds=30))


async def test_a_service_that_lies_behind_judges_no_deadline(database):
    log = MemoryLog(("intake",), PARTITIONS)
    async with database.pool("survey") as pool:
        heard = Abreast(log, pool, ["intake"])
        assert await heard()
        await log.publish_watermarks("intake", {0: Watermark(3, NOON)})
        assert not await heard()
        await pool.execute("insert into consumer_checkpoints values ('views', 'redress.intake', 0, 3, 2)")
        assert await heard()


async def test_after_a_start_each_source_has_a_moment_to_say_what_it_had_to_say(database, monkeypatch):
    log = MemoryLog(("intake",), PARTITIONS)
    await log.publish_watermarks("intake", {0: Watermark(0, NOON)})
    async with database.pool("survey") as pool:
        heard = Abreast(log, pool, ["intake"])
        assert not await heard()
        await log.publish_watermarks("intake", {0: Watermark(0, NOON + MINUTE)})
        assert await heard()
        silent = Abreast(log, pool, ["intake"])
        assert not await silent()
        monkeypatch.setattr(abreast, "AT_START", 0.0)
        assert await silent()
