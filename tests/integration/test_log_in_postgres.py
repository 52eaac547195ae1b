"""What is particular to the log in PostgreSQL: one publisher at a time, and partitions that end with their connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import pytest

from shared.log.port import Outgoing, Subscription, TopicPartition
from shared.log.postgres import PostgresLog

PARTITIONS = 8
PATIENCE = 20.0


@pytest.fixture
async def log(database: Any) -> AsyncIterator[PostgresLog]:
    found = await PostgresLog.open(database.owner, PARTITIONS)
    yield found
    await found.close()


def outgoing(n: int, partition: int = 0) -> Outgoing:
    return Outgoing(partition, "k", {"ce_sequence": str(n).encode()}, b"{}")


async def from_the_start(assigned: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
    return dict.fromkeys(assigned, -1)


async def until_assigned(subscription: Subscription, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(subscription.assigned) < count:
            await subscription.fetch(10, 0.05)


async def test_a_second_publisher_is_refused_and_the_offsets_stay_dense(log: PostgresLog, database: Any) -> None:
    zombie = await PostgresLog.open(database.owner, PARTITIONS)
    await zombie.publish("intake", [outgoing(1)])
    await log.publish("intake", [outgoing(2)])
    with pytest.raises(asyncpg.UniqueViolationError):
        await zombie.publish("intake", [outgoing(3), outgoing(4, partition=1)])
    await zombie.publish("intake", [outgoing(3)])  # who knows where the topic ends now may go on
    records = await log.read("intake", 0, -1, 10)
    assert [(r.offset, int(r.headers["ce_sequence"])) for r in records] == [(0, 1), (1, 2), (2, 3)]
    assert await log.read("intake", 1, -1, 10) == []  # a batch is written whole or not at all
    await zombie.close()


async def test_who_loses_the_connection_has_lost_the_partitions_and_another_member_gets_them(log: PostgresLog, database: Any) -> None:
    one = await log.subscribe("intake.views", ["intake"], from_the_start)
    await until_assigned(one, PARTITIONS)
    two = await log.subscribe("intake.views", ["intake"], from_the_start)
    assert await two.fetch(10, 0.0) == []
    dsn = database.owner
    owner = await asyncpg.connect(host=dsn.host, port=dsn.port, user=dsn.user, password=dsn.password, database=dsn.database)
    await owner.execute(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 7003 and mode = 'ExclusiveLock'"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    await owner.close()
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError, OSError)):
        await one.fetch(10, 5.0)
    assert one.assigned == frozenset()
    await until_assigned(two, PARTITIONS)
    await one.close()
    await two.close()


async def test_a_group_belongs_to_a_service_of_the_house(log: PostgresLog) -> None:
    for group, service in (("nobody.views", "intake"), ("intake.views", "nobody")):
        with pytest.raises(ValueError, match="there is no service 'nobody'"):
            await log.subscribe(group, [service], from_the_start)
