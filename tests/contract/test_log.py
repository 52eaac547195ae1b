"""What may a relay and a consumer rely on, whichever log is underneath? Every adapter passes every test here.

Nothing is assumed of a broker: offsets only rise, partitions are assigned in their own time, reading may lag behind publishing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import pairwise

import pytest

from shared.contracts.vocabulary import SERVICES
from shared.log.port import Log, LogRecord, Outgoing, TopicPartition
from tests.contract.conftest import PARTITIONS, OpenAs
from tests.contract.reading import after, nothing_more, numbers, outgoing, take


@pytest.fixture(params=["intake", "routing"])
async def reader(request: pytest.FixtureRequest, open_as: OpenAs) -> Log:
    """Once the log that also publishes, once another process's."""
    return await open_as(request.param)


async def test_a_fresh_consumer_reads_everything_from_the_beginning(open_as: OpenAs) -> None:
    intake = await open_as("intake")
    await intake.publish("intake", [outgoing(n, n % PARTITIONS) for n in range(50)])
    subscription = await (await open_as("routing")).subscribe("routing.fresh", ["intake"], after())
    records = await take(subscription, 50)
    assert sorted(numbers(records)) == list(range(50))
    assert subscription.assigned == {("redress.intake", p) for p in range(PARTITIONS)}
    await subscription.close()


async def test_records_of_a_partition_come_in_the_order_they_were_published(open_as: OpenAs, reader: Log) -> None:
    log = await open_as("intake")
    subscription = await reader.subscribe("intake.order", ["intake"], after())
    for start in range(0, 400, 40):
        await log.publish("intake", [outgoing(n, n % 3) for n in range(start, start + 40)])
    records = await take(subscription, 400)
    for partition in range(3):
        lane = [r for r in records if r.partition == partition]
        assert numbers(lane) == list(range(partition, 400, 3))
        assert all(one.offset < two.offset for one, two in pairwise(lane))
    await subscription.close()


async def test_a_record_comes_back_byte_for_byte(open_as: OpenAs, reader: Log) -> None:
    log = await open_as("intake")
    headers = {"ce_type": b"intake.complaint-received.v1", "ce_subject": "投诉 ü".encode(), "empty": b"", "raw": bytes(range(256))}
    sent = Outgoing(5, "c0ffee00-0000-7000-8000-000000000001", headers, '{"text": "退货 \\u0000"}'.encode() + bytes(range(256)))
    await log.publish("intake", [sent])
    (read,) = await reader.read("intake", 5, -1, 10)
    subscription = await reader.subscribe("intake.bytes", ["intake"], after())
    (fetched,) = await take(subscription, 1)
    for got in (read, fetched):
        assert (got.topic, got.partition, got.key, got.value) == ("redress.intake", 5, sent.key, sent.value)
        assert dict(got.headers) == headers
    await subscription.close()


async def test_the_largest_event_fits_and_many_of_them_do_not_come_all_at_once_or_get_lost(open_as: OpenAs, reader: Log) -> None:
    log = await open_as("intake")
    largest = b"x" * 512 * 1024
    for start in range(0, 40, 10):
        await log.publish("intake", [outgoing(n, n % 2, value=largest) for n in range(start, start + 10)])
    subscription = await reader.subscribe("intake.large", ["intake"], after())
    records = await take(subscription, 40)
    assert sorted(numbers(records)) == list(range(40))
    assert {len(r.value) for r in records} == {512 * 1024}
    await subscription.close()


async def test_a_consumer_goes_on_behind_its_checkpoint(open_as: OpenAs) -> None:
    log = await open_as("intake")
    await log.publish("intake", [outgoing(n, n % 2) for n in range(20)])
    first = await log.subscribe("intake.resume", ["intake"], after())
    half = (await take(first, 20))[:10]
    await first.close()
    checkpoint = {(r.topic, r.partition): r.offset for r in half}
    second = await log.subscribe("intake.resume", ["intake"], after(checkpoint))
    rest = await take(second, 20 - len(half))
    assert sorted(numbers(half) + numbers(rest)) == list(range(20))
    await second.close()


async def test_what_is_published_again_is_delivered_again_with_a_new_offset(open_as: OpenAs, reader: Log) -> None:
    log = await open_as("intake")
    await log.publish("intake", [outgoing(1), outgoing(2)])
    await log.publish("intake", [outgoing(1), outgoing(2), outgoing(3)])
    subscription = await reader.subscribe("intake.again", ["intake"], after())
    records = await take(subscription, 5)
    assert numbers(records) == [1, 2, 1, 2, 3]
    assert len({r.offset for r in records}) == 5
    await subscription.close()


async def test_fetch_waits_for_what_is_published_later_and_gives_up_after_its_time(open_as: OpenAs, reader: Log) -> None:
    log = await open_as("intake")
    subscription = await reader.subscribe("intake.later", ["intake"], after())
    await nothing_more(subscription)
    waiting = asyncio.create_task(take(subscription, 1))
    await log.publish("intake", [outgoing(7)])
    assert numbers(await waiting) == [7]
    await nothing_more(subscription)
    await subscription.close()


async def test_a_checkpoint_behind_the_end_is_another_topics_and_all_is_read_again(open_as: OpenAs) -> None:
    log = await open_as("intake")
    await log.publish("intake", [outgoing(n, n % 2) for n in range(20)])
    subscription = await log.subscribe("intake.elsewhere", ["intake"], after({("redress.intake", 0): 4711, ("redress.intake", 1): 9}))
    assert numbers(await take(subscription, 10)) == list(range(0, 20, 2))
    await subscription.close()


async def test_after_a_rewind_the_same_records_come_again(open_as: OpenAs, reader: Log) -> None:
    log = await open_as("intake")
    await log.publish("intake", [outgoing(n) for n in range(10)])
    subscription = await reader.subscribe("intake.rewind", ["intake"], after())
    records = await take(subscription, 10)
    subscription.rewind({("redress.intake", 0): records[3].offset})
    again = await take(subscription, 6)
    assert [r.offset for r in again] == [r.offset for r in records[4:]]
    subscription.rewind({("redress.intake", 0): -1})
    assert [r.offset for r in await take(subscription, 10)] == [r.offset for r in records]
    await subscription.close()


async def test_a_failing_resume_is_raised_and_asked_again(open_as: OpenAs) -> None:
    log = await open_as("intake")
    await log.publish("intake", [outgoing(1)])
    failures = [ConnectionError("the checkpoint could not be read")]

    async def resume(assigned: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        if failures:
            raise failures.pop()
        return dict.fromkeys(assigned, -1)

    subscription = await log.subscribe("intake.failing", ["intake"], resume)
    with pytest.raises(ConnectionError):
        await take(subscription, 1)
    assert numbers(await take(subscription, 1)) == [1]
    await subscription.close()


async def test_a_backlog_of_a_hundred_thousand_is_read_whole_and_in_order(open_as: OpenAs, reader: Log) -> None:
    log = await open_as("intake")
    for start in range(0, 100_000, 5_000):
        await log.publish("intake", [outgoing(n, n % 7) for n in range(start, start + 5_000)])
    subscription = await reader.subscribe("intake.backlog", ["intake"], after())
    records = await take(subscription, 100_000)
    for partition in range(7):
        assert numbers([r for r in records if r.partition == partition]) == list(range(partition, 100_000, 7))
    await subscription.close()


async def test_reading_a_partition_in_pages_gives_all_of_it(open_as: OpenAs) -> None:
    log = await open_as("intake")
    await log.publish("intake", [outgoing(n, 2) for n in range(25)])
    reader = await open_as("reporting")
    read: list[LogRecord] = []
    while page := await reader.read("intake", 2, read[-1].offset if read else -1, 10):
        read += page
    assert numbers(read) == list(range(25))
    assert await reader.read("intake", 3, -1, 10) == []


async def test_one_record_is_found_by_its_offset_wherever_it_stands_and_nothing_behind_the_end(open_as: OpenAs) -> None:
    log = await open_as("intake")
    await log.publish("intake", [outgoing(n, 2) for n in range(25)])
    reader = await open_as("reporting")
    assert [numbers(await reader.read("intake", 2, n - 1, 1)) for n in (24, 0, 7, 8)] == [[24], [0], [7], [8]]
    assert await reader.read("intake", 2, 24, 1) == await reader.read("intake", 2, 10_000, 100) == []
    await log.publish("intake", [outgoing(25, 2)])
    assert numbers(await reader.read("intake", 2, 24, 1)) == [25]


async def test_what_is_published_while_somebody_reads_page_by_page_is_read_too(open_as: OpenAs, reader: Log) -> None:
    log = await open_as("intake")
    read: list[LogRecord] = []
    for start in range(0, 600, 200):
        await log.publish("intake", [outgoing(n, 2) for n in range(start, start + 200)])
        while len(read) < start + 200:  # and not once more: what is read ahead now is the end, and soon is it no longer
            read += (page := await reader.read("intake", 2, read[-1].offset if read else -1, 75))
            assert page
    assert numbers(read) == list(range(600))


async def test_ends_tell_the_last_offset_of_every_partition(open_as: OpenAs) -> None:
    log = await open_as("intake")
    await log.publish("intake", [outgoing(n, n % 2) for n in range(7)])
    ends = await log.ends()
    assert ends.keys() == {(f"redress.{service}", p) for service in SERVICES for p in range(PARTITIONS)}
    last = {p: (await log.read("intake", p, -1, 100))[-1].offset for p in (0, 1)}
    assert (ends["redress.intake", 0], ends["redress.intake", 1]) == (last[0], last[1])
    assert ends["redress.intake", 2] == ends["redress.survey", 0] == -1
    assert await log.ends("intake") == {source: end for source, end in ends.items() if source[0] == "redress.intake"}
