"""How far has a consumer come? The checkpoint is a compare-and-swap, so an instance that lost its partitions cannot write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import asyncpg

from shared.consumer.failures import Fenced
from shared.log.port import TopicPartition

_MAKE = (
    "insert into consumer_checkpoints (consumer, topic, partition, position, log_offset)"
    " select $1, t, p, 0, -1 from unnest($2::text[], $3::smallint[]) as u (t, p) on conflict do nothing"
)
_LOAD = (
    "select c.topic, c.partition, c.position, c.log_offset from consumer_checkpoints c"
    " join unnest($2::text[], $3::smallint[]) as u (t, p) on c.topic = u.t and c.partition = u.p where c.consumer = $1"
)
_MOVE = (
    "update consumer_checkpoints c set position = u.position, log_offset = u.log_offset"
    " from unnest($2::text[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])"
    " as u (topic, partition, was_position, was_offset, position, log_offset)"
    " where c.consumer = $1 and c.topic = u.topic and c.partition = u.partition"
    " and c.position = u.was_position and c.log_offset = u.was_offset"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """The producer's position, which tells duplicates and holes, and the log's offset, which tells where to read on."""

    position: int = 0
    offset: int = -1


async def load(connection: asyncpg.Connection, consumer: str, sources: Collection[TopicPartition]) -> dict[TopicPartition, Mark]:
    """The marks of these partitions, made at the very start where there are none."""
    topics = [topic for topic, _ in sources]
    partitions = [partition for _, partition in sources]
    await connection.execute(_MAKE, consumer, topics, partitions)
    rows = await connection.fetch(_LOAD, consumer, topics, partitions)
    return {(row["topic"], row["partition"]): Mark(row["position"], row["log_offset"]) for row in rows}


async def move(
    connection: asyncpg.Connection, consumer: str, was: Mapping[TopicPartition, Mark], now: Mapping[TopicPartition, Mark]
) -> None:
    """Moves the marks, all or none; raises Fenced when one is not where this instance left it."""
    order = sorted(now)
    done = await connection.execute(
        _MOVE,
        consumer,
        [topic for topic, _ in order],
        [partition for _, partition in order],
        [was[tp].position for tp in order],
        [was[tp].offset for tp in order],
        [now[tp].position for tp in order],
        [now[tp].offset for tp in order],
    )
    if int(done.split()[-1]) != len(order):
        raise Fenced(f"{consumer}: the checkpoint has moved; another instance has these partitions")
