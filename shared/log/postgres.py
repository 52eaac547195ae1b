"""The log kept in PostgreSQL: a table per topic, in a schema of its own that only the relays write to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import asyncpg

from shared.chain import Checkpoint
from shared.contracts.vocabulary import SERVICES
from shared.log.bell import Bell
from shared.log.port import LogRecord, Outgoing, Resume, TopicPartition, Watermark, topic_of
from shared.log.postgres_publisher import PostgresPublisher
from shared.log.postgres_rows import BY_INDEX, ends_of, record
from shared.log.postgres_subscription import PostgresSubscription
from shared.log.tail import Tail
from shared.postgres.connect import Dsn, connect, open_pool

_READ = 'select partition, "offset", key, headers, value from log.{} where partition = $1 and "offset" > $2 order by "offset" limit $3'
_MARKS = "select service, partition, position, time, heard_at, signed_position, signed_hash, signed_at, signature from log.watermarks"


class PostgresLog:
    """One for a process, whichever services it runs: for each it publishes and subscribes with that service's rights, and
    the database refuses it any topic but its own. Made by `open`.
    """

    def __init__(self, dsn: Dsn, partitions: int, reader: asyncpg.Pool) -> None:
        self._dsn = dsn
        self._partitions = partitions
        self._reader = reader
        self._publishers: dict[str, PostgresPublisher] = {}
        self._opening = asyncio.Lock()
        self._bell = Bell()
        self._tail = Tail()

    @classmethod
    async def open(cls, dsn: Dsn, partitions: int, *, reader: str = SERVICES[0]) -> PostgresLog:
        """`reader` is the service to read as outside of subscriptions; every service may read every topic."""
        return cls(dsn, partitions, await open_pool(dsn.for_role(reader), reader, min_size=0, max_size=4, **BY_INDEX))

    async def publish(self, service: str, records: Sequence[Outgoing]) -> None:
        if records:
            await (await self._publisher(service)).publish(records)

    async def publish_watermarks(self, service: str, marks: Mapping[int, Watermark]) -> None:
        if marks:
            await (await self._publisher(service)).publish_watermarks(marks)

    async def watermarks(self) -> Mapping[tuple[str, int], Watermark]:
        return {(row["service"], row["partition"]): _watermark(row) for row in await self._reader.fetch(_MARKS)}

    async def subscribe(self, group: str, services: Sequence[str], resume: Resume) -> PostgresSubscription:
        """A group's name begins with the service it belongs to: "routing.views" reads as routing."""
        reader, topics = known(group.partition(".")[0]), [known(service) for service in services]
        connection = await connect(self._dsn.for_role(reader), reader, **BY_INDEX)
        subscription = PostgresSubscription(
            group,
            topics,
            resume,
            connection=connection,
            partitions=self._partitions,
            bell=self._bell,
            tail=self._tail,
        )
        await subscription.join()
        return subscription

    async def read(self, service: str, partition: int, after: int, limit: int) -> Sequence[LogRecord]:
        rows = await self._reader.fetch(_READ.format(known(service)), partition, after, limit)
        return [record(topic_of(service), *row) for row in rows]

    async def ends(self, *services: str) -> Mapping[TopicPartition, int]:
        found: dict[TopicPartition, int] = {}
        for service in map(known, services or SERVICES):
            for partition, end in (await ends_of(self._reader, service, range(self._partitions))).items():
                found[topic_of(service), partition] = end
        return found

    async def close(self) -> None:
        for publisher in self._publishers.values():
            await publisher.close()
        await self._reader.close()

    async def _publisher(self, service: str) -> PostgresPublisher:
        async with self._opening:
            if service not in self._publishers:
                pool = await open_pool(self._dsn.for_role(known(service)), service, min_size=0, max_size=2, **BY_INDEX)
                self._publishers[service] = PostgresPublisher(service, pool, self._bell, self._tail)
            return self._publishers[service]


def known(service: str) -> str:
    """The name becomes a table's: only those of the house do."""
    if service not in SERVICES:
        raise ValueError(f"there is no service {service!r}")
    return service


def _watermark(row: asyncpg.Record) -> Watermark:
    signed = row["signed_position"]
    checkpoint = None if signed is None else Checkpoint(signed, row["signed_hash"], row["signed_at"], row["signature"])
    return Watermark(row["position"], row["time"], checkpoint, row["heard_at"])
