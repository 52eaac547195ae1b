"""What is particular to the log in Kafka: topics that lose nothing, groups that share out and no more, producers that are put down."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.kafka.broker import free_port
from shared.cannot_start import CannotStart
from shared.contracts.vocabulary import SERVICES
from shared.log.kafka import KafkaLog
from shared.log.kafka_topics import MESSAGE_LIMIT, TopicRefused, Topics
from shared.log.port import LogLost, LogRecord, Outgoing, Resume, Subscription, Watermark
from shared.log.port import TopicPartition as Source
from tests.broker import own_broker

PARTITIONS = 8
PATIENCE = 30.0
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@asynccontextmanager
async def administration(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@pytest.fixture
async def open_log(kafka_topics: Topics) -> AsyncIterator[Callable[..., asyncio.Future[KafkaLog]]]:
    """The log as another process would open it."""
    opened: list[KafkaLog] = []

    async def another(partitions: int = PARTITIONS, **more: float) -> KafkaLog:
        opened.append(await KafkaLog.open(kafka_topics.bootstrap, partitions, prefix=kafka_topics.prefix, **more))
        return opened[-1]

    yield another
    await asyncio.gather(*(log.close() for log in opened))


def outgoing(n: int, partition: int = 0) -> Outgoing:
    return Outgoing(partition, "k", {"ce_sequence": str(n).encode()}, b"{}")


def numbers(records: Sequence[LogRecord]) -> list[int]:
    return [int(r.headers["ce_sequence"]) for r in records]


def from_(offset: int) -> Resume:
    async def resume(assigned: frozenset[Source]) -> Mapping[Source, int]:
        return dict.fromkeys(assigned, offset)

    return resume


async def until_assigned(*members: Subscription, count: int = PARTITIONS) -> None:
    async with asyncio.timeout(PATIENCE):
        while sum(len(member.assigned) for member in members) != count or not all(member.assigned for member in members):
            await asyncio.gather(*(member.fetch(100, 0.1) for member in members))


# Topics


async def settings_of(topics: Topics) -> dict[str, dict[str, str]]:
    async with administration(topics.bootstrap) as admin:
        (found,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in topics.names])
        return {name: {entry[0]: entry[1] for entry in entries} for _, _, _, name, entries in found.resources}


async def test_topics_are_made_such_that_they_keep_everything(open_log, kafka_topics: Topics) -> None:
    await open_log()
    found = await settings_of(kafka_topics)
    for service in SERVICES:
        topic = found[kafka_topics.of(service)]
        assert (topic["retention.ms"], topic["retention.bytes"], topic["cleanup.policy"]) == ("-1", "-1", "delete")
        assert int(topic["max.message.bytes"]) >= MESSAGE_LIMIT
        assert topic["min.insync.replicas"] == "1"
    assert found[kafka_topics.watermarks]["cleanup.policy"] == "compact"


async def test_ten_processes_that_start_at_once_make_them_together(open_log, kafka_topics: Topics) -> None:
    await asyncio.gather(*(open_log() for _ in range(10)))
    async with administration(kafka_topics.bootstrap) as admin:
        found = {t["topic"]: len(t["partitions"]) for t in await admin.describe_topics(kafka_topics.names)}
    assert found == {**dict.fromkeys(map(kafka_topics.of, SERVICES), PARTITIONS), kafka_topics.watermarks: 1}


@pytest.mark.parametrize(("setting", "value", "must_be"), [
    ("retention.ms", "604800000", "-1"),
    ("retention.bytes", "1000000000", "-1"),
    ("cleanup.policy", "compact", "delete"),
    ("max.message.bytes", "100000", "1048588"),
])  # fmt: skip
async def test_a_topic_that_would_lose_or_refuse_events_is_refused_with_the_command_that_mends_it(
    open_log, kafka_topics: Topics, setting: str, value: str, must_be: str
) -> None:
    topic = kafka_topics.of("capa")
    kept = {"retention.ms": "-1", "retention.bytes": "-1"}
    async with administration(kafka_topics.bootstrap) as admin:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1, topic_configs={**kept, setting: value})])
    with pytest.raises(TopicRefused) as refused:
        await open_log()
    assert refused.value.sentence == (
        f"The topic {topic} has {setting}={value}; events would be lost or refused. Set what must be:"
        f" kafka-configs.sh --bootstrap-server {kafka_topics.bootstrap} --alter --entity-type topics --entity-name {topic}"
        f" --add-config {setting}={must_be}"
    )


async def test_a_topic_with_another_number_of_partitions_is_refused(open_log, kafka_topics: Topics) -> None:
    topic = kafka_topics.of("intake")
    async with administration(kafka_topics.bootstrap) as admin:
        await admin.create_topics([NewTopic(topic, 12, 1)])
    with pytest.raises(TopicRefused) as refused:
        await open_log()
    said = refused.value.sentence
    assert said.startswith(f"The topic {topic} has 12 partitions; it must have 8, and that cannot be changed")
    assert "REDRESS_PARTITIONS=12" in said
    assert f"kafka-topics.sh --bootstrap-server {kafka_topics.bootstrap} --delete --topic {topic}" in said
    assert said.endswith("redress log reseed intake")


async def test_fewer_copies_than_asked_for_are_refused(open_log) -> None:
    await open_log()
    with pytest.raises(TopicRefused, match=r"has min\.insync\.replicas=1; .* --add-config min\.insync\.replicas=2$"):
        await open_log(replication=2, min_insync=2)


async def test_more_copies_than_brokers_cannot_be_made(open_log) -> None:
    with pytest.raises(TopicRefused, match=r"cannot keep 5 copies of .* set REDRESS_KAFKA_REPLICATION"):
        await open_log(replication=5)


async def test_a_broker_that_is_not_there_is_told_in_a_sentence() -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with pytest.raises(CannotStart) as told:
        await KafkaLog.open(nowhere, PARTITIONS, patience=0.3)
    assert told.value.sentence == (
        f"No Kafka broker answers at {nowhere}, asked for 0 seconds. Start it, or let REDRESS_KAFKA_BOOTSTRAP say where it is."
    )


# Reading


async def test_records_of_other_programs_are_read_as_they_are(open_log, kafka_topics: Topics) -> None:
    log = await open_log()
    producer = AIOKafkaProducer(bootstrap_servers=kafka_topics.bootstrap)
    await producer.start()
    await producer.send_and_wait(kafka_topics.of("intake"), b"hello", partition=0)
    await producer.send_and_wait(kafka_topics.watermarks, b"hello", key=b"what is this", partition=0)
    await producer.send_and_wait(kafka_topics.watermarks, b"[]", key=b"intake/0", partition=0)
    await producer.stop()
    (record,) = await log.read("intake", 0, -1, 10)
    assert (record.key, record.headers, record.value) == ("", {}, b"hello")
    assert await log.watermarks() == {}


async def test_two_who_read_the_same_partition_page_by_page_do_not_disturb_each_other(open_log) -> None:
    log = await open_log()
    await log.publish("intake", [outgoing(n) for n in range(3_000)])
    one: list[LogRecord] = []
    two: list[LogRecord] = []
    while len(two) < 3_000:
        one += await log.read("intake", 0, one[-1].offset if one else -1, 70)
        two += await log.read("intake", 0, two[-1].offset if two else -1, 50)
    assert numbers(one) == numbers(two) == list(range(3_000))


# Watermarks


async def test_what_was_told_before_somebody_listened_was_not_heard_now(open_log) -> None:
    await (await open_log()).publish_watermarks("intake", {0: Watermark(3, NOON)})
    before = datetime.now(UTC)
    log = await open_log()
    mark = (await log.watermarks())["intake", 0]
    assert mark.position == 3
    assert mark.heard is not None
    assert mark.heard <= before


# Groups


async def test_a_member_that_is_killed_leaves_its_partitions_to_the_others(open_log, kafka_topics: Topics, tmp_path: Path) -> None:
    log = await open_log(session=1.0)
    script = tmp_path / "member.py"
    script.write_text(_MEMBER.format(bootstrap=kafka_topics.bootstrap, prefix=kafka_topics.prefix))
    member = await asyncio.create_subprocess_exec(sys.executable, str(script), stdout=asyncio.subprocess.PIPE)
    assert member.stdout is not None
    assert (await member.stdout.readline()).strip() == b"8"
    mine = await log.subscribe("intake.views", ["intake"], from_(-1))
    async with asyncio.timeout(PATIENCE):
        while len(mine.assigned) != PARTITIONS // 2:
            await mine.fetch(10, 0.1)
    os.kill(member.pid, signal.SIGKILL)
    await member.wait()
    await until_assigned(mine)
    await mine.close()


_MEMBER = """
import asyncio
from shared.log.kafka import KafkaLog

async def resume(assigned):
    return {{}}

async def main():
    log = await KafkaLog.open("{bootstrap}", 8, prefix="{prefix}", session=1.0)
    member = await log.subscribe("intake.views", ["intake"], resume)
    while len(member.assigned) < 8:
        await member.fetch(10, 0.1)
    print(len(member.assigned), flush=True)
    while True:
        await member.fetch(10, 0.1)

asyncio.run(main())
"""


async def test_partitions_change_hands_only_when_the_batch_in_work_is_done(open_log) -> None:
    log = await open_log(session=6.0)
    await log.publish("intake", [outgoing(1)])
    member = await log.subscribe("intake.views", ["intake"], from_(-1))
    async with asyncio.timeout(PATIENCE):
        while not await member.fetch(10, 0.1):
            pass
    letting_go = asyncio.create_task(member.on_partitions_revoked([]))
    await asyncio.wait([letting_go], timeout=0.3)
    assert not letting_go.done()
    assert await member.fetch(10, 0.0) == []
    await letting_go
    assert not member.assigned
    await member.close()


async def test_how_far_a_reader_has_come_is_noted_with_the_group_for_others_to_see_and_never_believed(
    open_log, kafka_topics: Topics
) -> None:
    log = await open_log()
    await log.publish("intake", [outgoing(n) for n in range(50)])
    one = await log.subscribe("intake.views", ["intake"], from_(-1))
    read: list[LogRecord] = []
    async with asyncio.timeout(PATIENCE):
        while len(read) < 50:
            read += await one.fetch(100, 0.1)
    await one.fetch(100, 0.0)  # all of it is done
    await one.close()
    async with administration(kafka_topics.bootstrap) as admin:
        noted = await admin.list_consumer_group_offsets(f"{kafka_topics.prefix}intake.views")
    assert noted[TopicPartition(kafka_topics.of("intake"), 0)].offset == 50
    again = await log.subscribe("intake.views", ["intake"], from_(-1))
    async with asyncio.timeout(PATIENCE):
        while not (first := await again.fetch(100, 0.1)):
            pass
    assert numbers(first)[0] == 0
    await again.close()


# A broker that goes away


async def test_nothing_of_a_batch_that_failed_appears_later(tmp_path: Path) -> None:
    with own_broker(tmp_path) as broker:
        log = await KafkaLog.open(broker.bootstrap, PARTITIONS)
        await log.publish("intake", [outgoing(1)])
        broker.kill()
        failing = asyncio.create_task(log.publish("intake", [outgoing(2)]))
        await asyncio.wait([failing], timeout=0.5)
        failing.cancel()
        with pytest.raises((asyncio.CancelledError, LogLost)):
            await failing
        await asyncio.to_thread(broker.start)
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await log.publish("intake", [outgoing(3)])
                    break
                except LogLost:
                    continue
        assert numbers(await log.read("intake", 0, -1, 10)) == [1, 3]
        await log.close()
