"""Do several readers of a log share it as they must, and does each hear the watermarks?"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from shared.chain import Checkpoint
from shared.contracts.vocabulary import SERVICES
from shared.log.port import Log, LogRecord, Subscription, TopicPartition, Watermark
from tests.contract.conftest import PARTITIONS, OpenAs
from tests.contract.reading import NOON, PATIENCE, after, numbers, outgoing, settle, take


async def test_a_consumer_of_several_topics_gets_all_of_them(open_as: OpenAs) -> None:
    expected = Counter[str]()
    for service in SERVICES:
        await (await open_as(service)).publish(service, [outgoing(n, n % PARTITIONS) for n in range(30)])
        expected[f"redress.{service}"] = 30
    subscription = await (await open_as("reporting")).subscribe("reporting.views", SERVICES, after())
    records = await take(subscription, 30 * len(SERVICES))
    assert Counter(r.topic for r in records) == expected
    await subscription.close()


async def test_two_groups_each_get_everything(open_as: OpenAs) -> None:
    log = await open_as("intake")
    await log.publish("intake", [outgoing(n, n % PARTITIONS) for n in range(16)])
    for group in ("intake.views", "intake.reactions"):
        subscription = await log.subscribe(group, ["intake"], after())
        assert sorted(numbers(await take(subscription, 16))) == list(range(16))
        await subscription.close()


async def test_two_members_share_the_partitions_and_when_one_leaves_the_other_has_all(open_as: OpenAs) -> None:
    log = await open_as("intake")
    one = await log.subscribe("intake.shared", ["intake"], after())
    two = await log.subscribe("intake.shared", ["intake"], after())
    await settle(one, two)
    assert not one.assigned & two.assigned
    assert abs(len(one.assigned) - len(two.assigned)) <= 1
    await one.close()
    assert one.assigned == frozenset()
    await settle(two)
    assert two.assigned == {("redress.intake", p) for p in range(PARTITIONS)}
    await two.close()


async def test_the_same_partition_of_all_topics_belongs_to_one_member(open_as: OpenAs) -> None:
    log = await open_as("routing")
    one = await log.subscribe("routing.together", ["intake", "routing", "capa"], after())
    two = await log.subscribe("routing.together", ["intake", "routing", "capa"], after())
    await settle(one, two, until=3 * PARTITIONS)
    assert not {p for _, p in one.assigned} & {p for _, p in two.assigned}
    await one.close()
    await two.close()


async def test_members_that_come_and_go_lose_nothing_when_each_goes_on_behind_the_groups_checkpoint(open_as: OpenAs) -> None:
    log = await open_as("intake")
    applied: dict[TopicPartition, int] = {}
    seen: dict[TopicPartition, list[int]] = defaultdict(list)

    async def resume(assigned: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {source: applied.get(source, -1) for source in assigned}

    def apply(records: Sequence[LogRecord]) -> None:
        for r in records:
            seen[r.topic, r.partition].append(int(r.headers["ce_sequence"]))
            applied[r.topic, r.partition] = r.offset

    members: list[Subscription] = []
    published = 0
    for round_ in range(6):
        await log.publish("intake", [outgoing(n, n % PARTITIONS) for n in range(published, published + 64)])
        published += 64
        if round_ % 3 == 2:
            await members.pop(0).close()
        else:
            members.append(await log.subscribe("intake.flow", ["intake"], resume))
        for member in members:
            apply(await member.fetch(20, 0.05))
    async with asyncio.timeout(PATIENCE):
        while sum(map(len, seen.values())) < published:
            for member in members:
                apply(await member.fetch(50, 0.05))
    assert {partition: lane for (_, partition), lane in seen.items()} == {
        p: list(range(p, published, PARTITIONS)) for p in range(PARTITIONS)
    }
    for member in members:
        await member.close()


async def until_marked(log: Log, service: str, partition: int, time: datetime) -> Watermark:
    async with asyncio.timeout(PATIENCE):
        while True:
            mark = (await log.watermarks()).get((service, partition))
            if mark is not None and mark.time >= time:
                return mark


async def test_a_watermark_is_heard_by_every_service(open_as: OpenAs) -> None:
    signed = Checkpoint(1000, b"h" * 32, NOON, b"s" * 64)
    intake = await open_as("intake")
    await intake.publish_watermarks("intake", {0: Watermark(1200, NOON, signed), 1: Watermark(0, NOON)})
    survey = await open_as("survey")
    mark = await until_marked(survey, "intake", 0, NOON)
    assert (mark.position, mark.time, mark.checkpoint) == (1200, NOON, signed)
    assert mark.heard is not None
    bare = await until_marked(survey, "intake", 1, NOON)
    assert (bare.position, bare.checkpoint) == (0, None)


async def test_a_newer_watermark_replaces_an_older_one_never_the_other_way_round(open_as: OpenAs) -> None:
    log = await open_as("intake")
    second = timedelta(seconds=1)
    await log.publish_watermarks("intake", {0: Watermark(5, NOON)})
    await log.publish_watermarks("intake", {0: Watermark(9, NOON + second)})
    await log.publish_watermarks("intake", {0: Watermark(7, NOON)})
    await log.publish_watermarks("intake", {0: Watermark(9, NOON + 2 * second)})
    assert (await until_marked(log, "intake", 0, NOON + 2 * second)).position == 9
    await log.publish_watermarks("intake", {0: Watermark(8, NOON + second), 1: Watermark(1, NOON)})
    await until_marked(log, "intake", 1, NOON)
    assert (await log.watermarks())["intake", 0].position == 9
