"""Does the AsyncAPI document say what is so? Whoever follows the log from outside has nothing else to go by."""

from __future__ import annotations

import asyncio
import hashlib
import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.contracts import CATALOGUE
from shared.contracts.asyncapi import asyncapi
from shared.contracts.vocabulary import SERVICES
from shared.log.kafka import KafkaLog
from shared.log.kafka_topics import Topics
from tests.house import PARTITIONS, House, running

DOCUMENT = asyncapi(partitions=PARTITIONS)
HEADERS = DOCUMENT["components"]["messageTraits"]["cloudevent"]["headers"]


@pytest.mark.parametrize("kind", CATALOGUE)
def test_the_example_of_a_message_keeps_to_its_schema(kind: str) -> None:
    message = DOCUMENT["components"]["messages"][kind]
    whole = {**message["payload"], "components": DOCUMENT["components"]}
    (shown,) = message["examples"]
    jsonschema_rs.validator_for(whole).validate(shown["payload"])


async def test_the_topics_are_as_their_channels_say(kafka_topics: Topics) -> None:
    log = await KafkaLog.open(kafka_topics.bootstrap, PARTITIONS, prefix=kafka_topics.prefix)
    await log.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_topics.bootstrap)
    await admin.start()
    try:
        for name in (*SERVICES, "watermarks"):
            topic = kafka_topics.prefix + name
            promised = DOCUMENT["channels"][name]["bindings"]["kafka"]
            (described,) = await admin.describe_topics([topic])
            assert len(described["partitions"]) == promised["partitions"]
            (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
            settings = {entry[0]: entry[1] for *_, entries in answer.resources for entry in entries}
            for setting, value in promised["topicConfiguration"].items():
                assert settings[setting] == (",".join(value) if isinstance(value, list) else str(value)), f"{topic}: {setting}"
    finally:
        await admin.close()


async def test_the_hash_chain_can_be_computed_from_what_the_headers_descriptions_say(database: Any, kafka_topics: Topics) -> None:
    async with database.pool("intake") as pool:
        house = House(database, pool)
        await house.record(40, partition=3)
        log = await KafkaLog.open(kafka_topics.bootstrap, PARTITIONS, prefix=kafka_topics.prefix)
        relay = house.relay(log)
        async with running(relay):
            await relay.idle()
        await log.close()
    hash_before = b""
    for record in await read_by_others(kafka_topics, "intake", 3, 40):
        headers = {name: value.decode() for name, value in record.headers}
        jsonschema_rs.validator_for(HEADERS, validate_formats=True).validate(headers)
        digest = hashlib.sha256(canonical(headers, record.value)).digest()
        hash_before = hashlib.sha256(hash_before + digest).digest()
        assert (headers["ce_digest"], headers["ce_hash"]) == (digest.hex(), hash_before.hex())


async def read_by_others(topics: Topics, service: str, partition: int, count: int) -> list[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=topics.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topics.of(service), partition)])
        async with asyncio.timeout(20):
            return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


def canonical(headers: Mapping[str, str], body: bytes) -> bytes:
    """Written from the description of ce_digest alone."""
    kind = headers["ce_type"].encode()
    names = {"key": "ce_subject", **{name: f"ce_{name}" for name in ("correlationid", "causationid", "traceparent", "policyversion")}}
    attributes = json.dumps({name: headers.get(header) for name, header in names.items()}, separators=(",", ":")).encode()
    place = struct.pack(">hqi", int(headers["ce_partition"]), int(headers["ce_sequence"]), int(headers["ce_streamversion"]))
    ids = UUID(headers["ce_streamid"]).bytes + UUID(headers["ce_id"]).bytes
    times = struct.pack(">qq", *(microseconds(headers[name]) for name in ("ce_time", "ce_recordedtime")))
    version = struct.pack(">h", int(headers["ce_type"].rpartition(".v")[2]))
    return place + ids + times + version + struct.pack(">iii", len(kind), len(body), len(attributes)) + kind + body + attributes


def microseconds(moment: str) -> int:
    return (datetime.fromisoformat(moment) - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
