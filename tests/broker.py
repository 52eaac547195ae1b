"""Which Kafka broker do tests use? A given one, else one started with Java and Maven, else with Docker, else none: then they are
skipped, counted, and the end of the run says so. With CI=true a missing broker is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.kafka.broker import Broker, BrokerFailed, came_up, free_port, obtainable
from shared.log.kafka_topics import Topics

MISSING = "no Kafka broker"

_IMAGE = "apache/kafka:4.3.1"


@dataclass(frozen=True)
class Elsewhere:
    """A broker that somebody else runs."""

    bootstrap: str


@contextmanager
def a_broker(folder: Path) -> Iterator[Broker | Elsewhere]:
    """One for reading and writing; it may be shared, so tests take topics of their own."""
    if given := os.environ.get("REDRESS_KAFKA_BOOTSTRAP"):
        yield Elsewhere(given)
    elif (lack := obtainable()) is None:
        with own_broker(folder) as broker:
            yield broker
    elif shutil.which("docker"):
        with _in_docker() as bootstrap:
            yield Elsewhere(bootstrap)
    else:
        without(f"{lack}, docker not found")


@contextmanager
def own_broker(folder: Path) -> Iterator[Broker]:
    """One that a test may kill and start again: it needs Java and Maven."""
    if lack := obtainable():
        without(lack)
    broker = Broker(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


def without(lack: str) -> NoReturn:
    """Ends the test that wanted a broker."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"There is {MISSING}: {lack}. Name one in REDRESS_KAFKA_BOOTSTRAP.")
    pytest.skip(f"{MISSING}: {lack}")


async def delete(topics: Topics) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=topics.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(topics.names)
    finally:
        await admin.close()


@contextmanager
def _in_docker() -> Iterator[str]:
    port = free_port()
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://localhost:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "500",
    }
    options = [option for name, value in settings.items() for option in ("--env", f"{name}={value}")]
    publish = ("--publish", f"127.0.0.1:{port}:{port}")
    started = subprocess.run(("docker", "run", "--detach", "--rm", *publish, *options, _IMAGE), capture_output=True, text=True, check=False)
    if started.returncode:
        without(f"docker cannot run {_IMAGE}")
    try:
        if not came_up(port, lambda: True, within=60):
            raise BrokerFailed(f"Kafka in {_IMAGE} does not answer.")
        yield f"127.0.0.1:{port}"
    finally:
        subprocess.run(("docker", "kill", started.stdout.strip()), capture_output=True, check=False)
