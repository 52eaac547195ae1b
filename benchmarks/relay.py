"""How many events a second does the relay bring to Kafka, beside a producer that does nothing but send the same records?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from statistics import median

from aiokafka import AIOKafkaProducer

from benchmarks import backlog
from benchmarks.broker import broker, own_log, own_topics
from benchmarks.figures import Figure
from benchmarks.ground import Ground, ground
from shared.envelope import Recorded
from shared.log.kafka_topics import MESSAGE_LIMIT
from shared.log.port import Outgoing
from shared.relay.leader import outgoing

EVENTS = 60_000
ROUNDS = 3


async def run() -> list[Figure]:
    """In turn, so that both have the same hours; each round on new topics."""
    relays, raws = [], []
    async with broker() as bootstrap, ground() as at:
        await backlog.stored(at, EVENTS)
        records = await _records(at)
        for _ in range(ROUNDS):
            async with own_topics(bootstrap) as topics:
                raws.append(EVENTS / await _sent(bootstrap, topics.of("intake"), records))
            async with own_log(bootstrap) as log:
                relays.append(EVENTS / await backlog.relayed(at, log))
            await _forgotten(at)
    share = median(100 * relay / raw for relay, raw in zip(relays, raws, strict=True))
    return [
        Figure("relay.kafka", median(relays), "events/s", note=f"median of {ROUNDS} times {EVENTS:,}: read, digest, headers, acknowledged"),
        Figure("relay.floor.send", median(raws), "events/s", note="aiokafka's send of the same records, as safe: acks=all, idempotent"),
        Figure("relay.share_of_send", share, "%", 40),
    ]


async def _records(at: Ground) -> list[Outgoing]:
    connection = await at.connect("intake")
    columns = "partition, position, stream_id, version, type, schema_version, data, meta, event_id, occurred_at, recorded_at, hash"
    rows = await connection.fetch(f"select {columns} from events order by recorded_at")
    await connection.close()
    return [outgoing(Recorded("intake", *row)) for row in rows]


async def _sent(bootstrap: str, topic: str, records: Sequence[Outgoing]) -> float:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_batch_size=MESSAGE_LIMIT)
    await producer.start()
    begin = time.perf_counter()
    sent = [
        await producer.send(topic, record.value, record.key.encode(), record.partition, headers=list(record.headers.items()))
        for record in records
    ]
    await asyncio.gather(*sent)
    taken = time.perf_counter() - begin
    await producer.stop()
    return taken


async def _forgotten(at: Ground) -> None:
    """The relay starts again at the beginning."""
    connection = await at.connect("intake")
    await connection.execute("update relay_checkpoints set position = 0")
    await connection.close()
