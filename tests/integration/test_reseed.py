"""Does a lost topic come back from the store, exactly as it was, and is nothing else ever written over or mixed with?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from shared.contracts.vocabulary import SERVICES
from shared.envelope import from_headers
from shared.log.memory import MemoryLog
from shared.log.port import Log, LogRecord, Outgoing
from shared.log.postgres import PostgresLog
from shared.postgres.connect import connect
from shared.relay import leader
from shared.reseed import NotTaken, OtherHistory, RelayLeads, Reseed, Reseeded
from shared.verify import Verifier
from tests.house import PARTITIONS, House, assert_the_log_has_all, on_the_log, running

Lane = list[LogRecord]


def reseed(house: House, log: Log, *, patience: float = 20.0, progress: Callable[[int, int], None] = lambda done, total: None) -> Reseed:
    return Reseed("intake", house.pool, house.connect, log, PARTITIONS, progress=progress, patience=patience)


async def relayed(house: House, log: Log, count: int = 1_000) -> None:
    """A past: events, all of them on the log."""
    await house.record(count)
    relay = house.relay(log)
    async with running(relay):
        await relay.idle()


async def assert_each_is_there_once(house: House, log: Log) -> None:
    published = {p: [from_headers(r.headers, r.value) for r in records] for p, records in (await on_the_log(log)).items()}
    assert published == await house.recorded()


async def checkpoints(house: House) -> dict[int, int]:
    return {row["partition"]: row["position"] for row in await house.pool.fetch("select partition, position from relay_checkpoints")}


def lanes(log: MemoryLog) -> list[Lane]:
    return [log.records["redress.intake", partition] for partition in range(PARTITIONS)]


def lose(log: MemoryLog) -> None:
    for lane in lanes(log):
        lane.clear()


async def findings(house: House, log: Log) -> list[str]:
    verifier = Verifier("intake", house.pool, log, house.database.keys.checkpoint.public_key(), PARTITIONS)
    return [finding.what async for finding in verifier.findings()]


@pytest.mark.parametrize("kind", ["memory", "postgres"])
async def test_a_lost_topic_is_rebuilt_byte_for_byte_and_the_relay_goes_on_behind_it(house: House, memory: MemoryLog, kind: str) -> None:
    log: Log = memory if kind == "memory" else await PostgresLog.open(house.database.owner, PARTITIONS)
    await relayed(house, log)
    if kind == "memory":
        lose(memory)
    else:
        owner = await connect(house.database.owner, "log")
        await owner.execute("truncate log.intake")
        await owner.close()
        await log.close()
        log = await PostgresLog.open(house.database.owner, PARTITIONS)
    await house.record(100)  # and something that was never on it
    told: list[tuple[int, int]] = []

    assert await reseed(house, log, progress=lambda *at: told.append(at)).run() == Reseeded("intake", 0, 1_100)

    await assert_each_is_there_once(house, log)
    assert told[-1] == (1_100, 1_100)
    await relayed(house, log, 50)
    await assert_each_is_there_once(house, log)
    await log.close()


async def test_a_true_first_part_is_completed(house: House, memory: MemoryLog) -> None:
    await relayed(house, memory)
    for lane in lanes(memory):
        del lane[len(lane) // 2 :]
    held = sum(map(len, lanes(memory)))
    assert await reseed(house, memory).run() == Reseeded("intake", held, 1_000 - held)
    await assert_each_is_there_once(house, memory)


async def test_a_complete_topic_is_left_alone_also_while_a_relay_leads(house: House, memory: MemoryLog) -> None:
    await relayed(house, memory)
    before = await on_the_log(memory)
    assert await reseed(house, memory).run() == Reseeded("intake", 1_000, 0)
    relay = house.relay(memory)
    async with running(relay):
        await relay.idle()
        assert await reseed(house, memory).run() == Reseeded("intake", 1_000, 0)
    assert await on_the_log(memory) == before


def changed(lane: Lane, **headers: bytes) -> LogRecord:
    return lane[-1]._replace(headers={**lane[-1].headers, **headers})


def one_more(lane: Lane, **headers: bytes) -> None:
    lane.append(changed(lane, **headers)._replace(offset=len(lane)))


OTHER_HISTORIES: dict[str, Callable[[Lane], object]] = {
    "a hole": lambda lane: lane.pop(3),
    "a missing beginning": lambda lane: lane.pop(0),
    "another event at a position": lambda lane: lane.append(changed(lane.copy(), ce_id=lane.pop().headers["ce_streamid"])),
    "another hash": lambda lane: lane.append(changed(lane.copy(), ce_hash=lane.pop().headers["ce_digest"])),
    "other bytes": lambda lane: lane.append(lane.pop()._replace(value=b"{}")),
    "more than the store has": lambda lane: one_more(lane, ce_sequence=b"9999"),
    "something that is no event": lambda lane: one_more(lane, ce_type=b"no event"),
}


@pytest.mark.parametrize("what", OTHER_HISTORIES)
async def test_other_history_is_refused_and_nothing_is_changed(house: House, memory: MemoryLog, what: str) -> None:
    await relayed(house, memory)
    OTHER_HISTORIES[what](lanes(memory)[2])
    lanes(memory)[5].clear()  # there would be something to do
    before, stood = await on_the_log(memory), await checkpoints(house)
    with pytest.raises(OtherHistory, match="intake/2/"):
        await reseed(house, memory).run()
    assert await on_the_log(memory) == before
    assert await checkpoints(house) == stood


async def test_repeats_are_no_other_history(house: House, memory: MemoryLog) -> None:
    await relayed(house, memory)
    for lane in lanes(memory):
        await memory.publish("intake", [Outgoing(*record[1:2], *record[3:]) for record in lane[-3:]])
    lanes(memory)[0].clear()
    await reseed(house, memory).run()
    await assert_the_log_has_all(house, memory)


async def test_it_never_writes_while_a_relay_leads(house: House, memory: MemoryLog) -> None:
    relay = house.relay(memory)
    async with running(relay):
        await house.record(1_000)
        await relay.idle()
        lose(memory)
        with pytest.raises(RelayLeads, match="stop it first"):
            await reseed(house, memory, patience=0.3).run()
        assert not any(lanes(memory))


async def test_a_relay_lets_go_of_a_lost_topic_and_goes_on_by_itself_once_it_is_rebuilt(
    house: House, memory: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "LOOK", 0.2)
    relay = house.relay(memory)
    async with running(relay):
        await house.record(1_000)
        await relay.idle()
        lose(memory)
        assert (await reseed(house, memory).run()).published == 1_000
        await house.record(100)
        await relay.idle()
        assert relay.relayed == 1_100
        assert relay.stopped_by is None
    await assert_each_is_there_once(house, memory)


class Failing(MemoryLog):
    """Takes half of the second batch, and then nothing more."""

    def __init__(self, partitions: int) -> None:
        super().__init__(SERVICES, partitions)
        self.calls = 0

    async def publish(self, service: str, records: list[Outgoing]) -> None:
        self.calls += 1
        await super().publish(service, records[: len(records) // 2] if self.calls == 2 else records)
        if self.calls == 2:
            raise ConnectionError("the broker went away")


async def test_one_that_was_cut_off_is_finished_by_the_next(house: House) -> None:
    log = Failing(PARTITIONS)
    await house.record(1_000)
    with pytest.raises(NotTaken, match="the broker went away"):
        await reseed(house, log).run()
    on_it = sum(map(len, lanes(log)))
    assert 0 < on_it < 1_000
    assert await reseed(house, log).run() == Reseeded("intake", on_it, 1_000 - on_it)
    await assert_each_is_there_once(house, log)


async def stops(house: House, log: MemoryLog, sentence: str) -> None:
    """A relay on this log publishes nothing and says why."""
    await house.record(100)
    before = await on_the_log(log)
    relay = house.relay(log)
    async with running(relay):
        assert sentence in str(await relay.lost())
        assert relay.relayed == 0
    assert await on_the_log(log) == before


async def test_a_relay_publishes_nothing_over_a_lost_topic(house: House, memory: MemoryLog) -> None:
    await relayed(house, memory)
    lose(memory)
    await stops(house, memory, "redress.intake/0 is empty")


async def test_a_relay_publishes_nothing_behind_a_topic_without_its_beginning(house: House, memory: MemoryLog) -> None:
    await relayed(house, memory)
    del lanes(memory)[4][0]
    await stops(house, memory, "redress.intake/4 does not begin with the store's first event")


@pytest.mark.parametrize("last", [{"ce_hash": b"0" * 64}, {"ce_sequence": b"9999"}])
async def test_a_relay_publishes_nothing_behind_somebody_elses_events(house: House, memory: MemoryLog, last: dict[str, bytes]) -> None:
    await relayed(house, memory)
    lane = lanes(memory)[4]
    lane[-1] = changed(lane, **last)
    await stops(house, memory, "redress.intake/4 ends with an event that is not the store's")


async def test_a_relay_puts_back_an_end_that_the_broker_lost(house: House, memory: MemoryLog) -> None:
    await relayed(house, memory)
    for lane in lanes(memory):
        del lane[-2:]
    await relayed(house, memory, 10)
    await assert_each_is_there_once(house, memory)


async def test_verify_names_the_lost_topic_and_what_to_do(house: House, memory: MemoryLog) -> None:
    await relayed(house, memory)
    assert await findings(house, memory) == []
    lanes(memory)[3].clear()
    (found,) = await findings(house, memory)
    assert "redress.intake/3 is empty" in found
    assert "redress log reseed intake" in found


async def test_verify_names_what_the_store_has_not(house: House, memory: MemoryLog) -> None:
    await relayed(house, memory)
    one_more(lanes(memory)[3], ce_sequence=b"9999")
    assert await findings(house, memory) == ["the log holds an event here that the store has not"]


async def test_only_whoever_holds_every_partition_may_write(house: House, memory: MemoryLog, database: Any) -> None:
    """Another session leads a single partition, not the one that is lost."""
    await relayed(house, memory)
    lanes(memory)[1].clear()
    other: asyncpg.Connection = await database.connect("intake")
    assert await other.fetchval("select pg_try_advisory_lock(7002, hashtext('intake/6'))")
    with pytest.raises(RelayLeads):
        await reseed(house, memory, patience=0.3).run()
    assert not lanes(memory)[1]
    await other.close()
    await reseed(house, memory).run()
    await assert_each_is_there_once(house, memory)
