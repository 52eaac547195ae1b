"""How does a reader know that nothing earlier is missing? The relay tells it: "position n was the last at time T".

Told each second, and only once everything up to n is on the log. With it goes the newest signed checkpoint of the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.chain import Checkpoint, sign
from shared.clock import Clock
from shared.log.port import Log, Watermark

EVERY = 1.0  # seconds
SIGNED_EVERY = 1000  # positions; and once a day

_TAKE = 'select "partition", "position", "time" from watermark($1::smallint[], $2)'
_NEWEST = (
    "select distinct on (partition) partition, position, hash, signed_at, signature from chain_checkpoints"
    " where partition = any($1::smallint[]) order by partition, position desc"
)
_HASHES = (
    "select partition, position, hash from events join unnest($1::smallint[], $2::bigint[]) as u (partition, position)"
    " using (partition, position) order by partition, position"
)
_KEEP = (  # another leader may have signed the same position before us; one signature is enough
    "insert into chain_checkpoints (partition, position, hash, signed_at, signature)"
    " select * from unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::timestamptz[], $5::bytea[])"
    " on conflict (partition, position) do nothing"
)


class Watermarks:
    """Of the partitions one relay leads, on the relay's connection."""

    def __init__(self, service: str, log: Log, key: Ed25519PrivateKey, clock: Clock, now: Callable[[], float]) -> None:
        self.heads: dict[int, int] = {}  # each partition's last position when last looked at
        self._service = service
        self._log = log
        self._key = key
        self._clock = clock
        self._now = now
        self._due = now()
        self._waiting: dict[int, Watermark] = {}  # taken, but the log has not got that far
        self._signed: dict[int, Checkpoint] = {}

    @property
    def due(self) -> float:
        return self._due

    def hurry(self) -> None:
        self._due = self._now()

    async def begin(self, connection: asyncpg.Connection, partitions: Iterable[int]) -> None:
        """These partitions are ours now; how far are their chains signed?"""
        for partition, *newest in await connection.fetch(_NEWEST, list(partitions)):
            self._signed[partition] = Checkpoint(*newest)

    async def tend(self, connection: asyncpg.Connection, relayed: Mapping[int, int]) -> bool:
        """Takes and publishes what is due; `relayed` is each partition's last position on the log. True if it published."""
        if self._now() >= self._due:
            self._due = self._now() + EVERY
            await self._take(connection, [p for p in relayed if p not in self._waiting])
        reached = {p: mark for p, mark in self._waiting.items() if mark.position <= relayed.get(p, -1)}
        if not reached:
            return False
        await self._sign(connection, {p: relayed[p] for p in reached})
        marks = {p: Watermark(mark.position, mark.time, self._signed.get(p)) for p, mark in reached.items()}
        await self._log.publish_watermarks(self._service, marks)
        for partition in reached:
            del self._waiting[partition]
        return True

    async def _take(self, connection: asyncpg.Connection, partitions: list[int]) -> None:
        for partition, position, time in await connection.fetch(_TAKE, partitions, self._clock.recorded_now()):
            self._waiting[partition] = Watermark(position, time)
            self.heads[partition] = position

    async def _sign(self, connection: asyncpg.Connection, relayed: Mapping[int, int]) -> None:
        now = self._clock.now()
        due = [(p, position) for p, last in relayed.items() for position in self._unsigned(p, last, now.date().toordinal())]
        if not due:
            return
        rows = await connection.fetch(_HASHES, [p for p, _ in due], [position for _, position in due])
        made = [(p, sign(self._key, self._service, p, position, hash, now)) for p, position, hash in rows]
        await connection.execute(
            _KEEP,
            [p for p, _ in made],
            [c.position for _, c in made],
            [c.hash for _, c in made],
            [c.signed_at for _, c in made],
            [c.signature for _, c in made],
        )
        self._signed.update(made)  # in order of position: the newest stays

    def _unsigned(self, partition: int, last: int, today: int) -> Iterator[int]:
        signed = self._signed.get(partition)
        position = signed.position if signed else 0
        yield from range(position - position % SIGNED_EVERY + SIGNED_EVERY, last + 1, SIGNED_EVERY)
        if last > position and last % SIGNED_EVERY and (signed is None or signed.signed_at.date().toordinal() < today):
            yield last
