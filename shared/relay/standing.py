"""May a relay go on where it stopped? Only if the topic still holds what it put there: what is lost must not be published over.

Looked at by its two ends, at each claim; between claims an end that went back tells.
"""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg
import structlog

from shared.log.port import Log, LogRecord, topic_of

log = structlog.get_logger("redress.relay")

_CHECKPOINTS = "select partition, position from relay_checkpoints"
_HASH = "select hash from events where partition = $1 and position = $2"


class TopicLost(Exception):
    """The topic is not, or no longer, the one that the relay's checkpoints speak of. A person must look; the sentence says how."""


class Standing:
    """How one service's topic stood when last looked at."""

    def __init__(self, service: str, topic: Log, partitions: int) -> None:
        self._service = service
        self._log = topic
        self._partitions = range(partitions)
        self._ends: dict[int, int] = {}

    async def start(self, connection: asyncpg.Connection) -> Mapping[int, int]:
        """Where to go on in each partition. Raises TopicLost for a topic without its beginning, or with somebody else's.

        One that only lost its end, as brokers may in a power cut, is told and gone on with from there.
        """
        stored = {row["partition"]: row["position"] for row in await connection.fetch(_CHECKPOINTS)}
        ends = await self._ends_now()
        start: dict[int, int] = {}
        for partition in self._partitions:
            relayed = stored.get(partition, 0)
            held = await self._held(connection, partition, ends[partition], relayed)
            if held < relayed:
                log.warning("topic lost its end", service=self._service, partition=partition, held=held, relayed=relayed)
            start[partition] = min(held, relayed)
        self._ends = ends
        return start

    async def hold(self, reached: Mapping[int, int]) -> None:
        """Raises TopicLost when a partition ends before where it ended, or where it must. `reached` are the positions on it."""
        ends = await self._ends_now()
        for partition, end in ends.items():
            least = max(self._ends[partition], reached.get(partition, 0) - 1)  # position n has n - 1 records before it
            if end < least:
                raise TopicLost(f"{self._at(partition)} ends at offset {end}, where it reached {least} before. {self._advice}")
        self._ends = ends

    async def _held(self, connection: asyncpg.Connection, partition: int, end: int, relayed: int) -> int:
        """The position the partition reaches; 0 when it is empty and may be."""
        if end < 0:
            if relayed:
                raise TopicLost(f"{self._at(partition)} is empty, and should hold {relayed} events. {self._advice}")
            return 0
        first, last = _identity(await self._record(partition, 0)), _identity(await self._record(partition, end))
        if first is None or first[0] != 1:
            raise TopicLost(f"{self._at(partition)} does not begin with the store's first event. {self._advice}")
        recorded = None if last is None else await connection.fetchval(_HASH, partition, last[0])
        if last is None or recorded is None or last[1] != recorded.hex():
            raise TopicLost(f"{self._at(partition)} ends with an event that is not the store's. {self._advice}")
        return last[0]

    async def _record(self, partition: int, offset: int) -> LogRecord:
        records = await self._log.read(self._service, partition, offset - 1, 1)
        if not records:
            raise ConnectionError(f"{self._at(partition)} ends behind offset {offset}, and cannot be read there")
        return records[0]

    async def _ends_now(self) -> dict[int, int]:
        topic = topic_of(self._service)
        ends = await self._log.ends(self._service)
        return {partition: ends[topic, partition] for partition in self._partitions}

    def _at(self, partition: int) -> str:
        return f"{topic_of(self._service)}/{partition}"

    @property
    def _advice(self) -> str:
        return f"Nothing more is published; `redress log reseed {self._service}` looks at it and says what to do."


def _identity(record: LogRecord) -> tuple[int, str] | None:
    """Position and chained hash, which vouches for all before it; None for what is no event at all."""
    try:
        return int(record.headers["ce_sequence"]), record.headers["ce_hash"].decode()
    except (KeyError, ValueError):
        return None
