"""Which signed checkpoints of every service's chains were heard of? The log tells the newest only; a proof wants the next one.

No view: nothing is ever decided by it, and one that was missed only makes a proof longer, to the checkpoint after it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg
import structlog

from shared.chain import Checkpoint
from shared.service import Service

EVERY = 5.0  # seconds; a service signs each thousand positions, and daily

_KEEP = (
    "insert into heard_checkpoints (service, partition, position, hash, signed_at, signature)"
    " select * from unnest($1::text[], $2::smallint[], $3::bigint[], $4::bytea[], $5::timestamptz[], $6::bytea[])"
    " on conflict (service, partition, position) do nothing"
)
_NEXT = (
    "select position, hash, signed_at, signature from heard_checkpoints"
    " where service = $1 and partition = $2 and position >= $3 order by position limit 1"
)

log = structlog.get_logger("redress.checkpoints")


class Listening:
    """Keeps what the watermarks bring, until it is stopped."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        known: dict[tuple[str, int], int] = {}
        while not self._stopping.is_set():
            try:
                known = await keep(self._service, known)
            except Exception as error:
                log.warning("checkpoints unheard", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), EVERY)

    def stop(self) -> None:
        self._stopping.set()


async def keep(service: Service, known: dict[tuple[str, int], int] | None = None) -> dict[tuple[str, int], int]:
    """Writes down what is newer than `known`; answers what is known then."""
    before = known or {}
    marks = {source: mark.checkpoint for source, mark in (await service.log.watermarks()).items() if mark.checkpoint is not None}
    fresh = [(name, p, cp) for (name, p), cp in marks.items() if cp.position > before.get((name, p), 0)]
    if fresh:
        await service.pool.execute(
            _KEEP,
            [name for name, _, _ in fresh],
            [partition for _, partition, _ in fresh],
            [cp.position for _, _, cp in fresh],
            [cp.hash for _, _, cp in fresh],
            [cp.signed_at for _, _, cp in fresh],
            [cp.signature for _, _, cp in fresh],
        )
    return before | {(name, p): cp.position for name, p, cp in fresh}


async def following(connection: asyncpg.Pool, service: str, partition: int, position: int) -> Checkpoint | None:
    """The first known checkpoint that vouches for this position; None while there is none yet."""
    row = await connection.fetchrow(_NEXT, service, partition, position)
    return None if row is None else Checkpoint(*row)
