"""How far has each service got? On Kafka a compacted topic tells: read from its beginning at first, then followed.

The record is described in `contracts/asyncapi.py`.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from aiokafka.errors import OffsetOutOfRangeError

from shared.chain import Checkpoint
from shared.log.kafka_direct import EARLIEST, LATEST, SHORT_PATIENCE, Direct
from shared.log.port import LogLost, Outgoing, Watermark

KNOWN_WITHIN = 10.0  # seconds
BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0)

_CHUNK = 4 * 1024 * 1024
_WAIT = 0.5

log = structlog.get_logger("redress.kafka")


class Follower:
    """Keeps the newest watermark of every service and partition; connects again whenever the broker was away."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._marks: dict[tuple[str, int], Watermark] = {}
        self._known = asyncio.Event()
        self._next: int | None = None
        self._following: asyncio.Task[None] | None = None
        self._failures = 0  # in a row

    async def marks(self) -> Mapping[tuple[str, int], Watermark]:
        """All there were when this was first called, or newer ones."""
        if self._following is None:
            self._following = asyncio.create_task(self._follow(), name="watermarks")
        if self._known.is_set():
            await asyncio.sleep(0)  # whoever asks again and again lets the follower follow
        else:
            try:
                await asyncio.wait_for(self._known.wait(), KNOWN_WITHIN)
            except TimeoutError:
                raise LogLost("the watermarks cannot be read") from None
        return dict(self._marks)

    def hear(self, service: str, partition: int, mark: Watermark) -> None:
        before = self._marks.get((service, partition))
        if before is None or (before.position, before.time) <= (mark.position, mark.time):
            self._marks[service, partition] = mark

    async def close(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])

    async def _follow(self) -> None:
        while True:
            direct = Direct(self._bootstrap, [self._topic])
            try:
                await self._read(direct)
            except Exception as error:  # whatever it was, somebody must go on listening
                if not self._failures:
                    log.warning("kafka is away", error=type(error).__name__)
                await asyncio.sleep(BACK_OFF[min(self._failures, len(BACK_OFF) - 1)])
                self._failures += 1
            finally:
                await direct.close()

    async def _read(self, direct: Direct) -> None:
        source = (self._topic, 0)
        # What was written while we did not listen was not heard now, however new it is to us.
        old_until = (await direct.offsets([source], LATEST))[source]
        at = self._next if self._next is not None else (await direct.offsets([source], EARLIEST))[source]
        if self._failures:
            self._failures = 0
            log.info("kafka is back")
        while True:
            if at >= old_until:
                self._known.set()
            try:  # with little patience: what comes after a long silence would else pass for new
                chunk = await direct.fetch(self._topic, 0, at, most_bytes=_CHUNK, wait=_WAIT, patience=SHORT_PATIENCE)
            except OffsetOutOfRangeError:  # the topic was made anew
                at = (await direct.offsets([source], EARLIEST))[source]
                continue
            for record in chunk.records():
                self._take(record, live=record.offset >= old_until)
            self._next = at = chunk.after

    def _take(self, record: Any, *, live: bool) -> None:
        now = datetime.now(UTC)
        heard = now if live else min(now, datetime.fromtimestamp(record.timestamp / 1000, UTC))
        try:
            service, partition = (record.key or b"").decode().split("/")
            self.hear(service, int(partition), replace(_unpack(record.value), heard=heard))
        except (AttributeError, KeyError, TypeError, ValueError):
            log.warning("not a watermark", offset=record.offset)


def record_of(service: str, partition: int, mark: Watermark) -> Outgoing:
    """The record that tells a watermark."""
    told: dict[str, Any] = {"position": mark.position, "time": mark.time.isoformat()}
    if (signed := mark.checkpoint) is not None:
        told["checkpoint"] = {
            "position": signed.position,
            "hash": signed.hash.hex(),
            "signed_at": signed.signed_at.isoformat(),
            "signature": base64.b64encode(signed.signature).decode(),
        }
    return Outgoing(0, f"{service}/{partition}", {}, orjson.dumps(told))


def _unpack(value: bytes) -> Watermark:
    told = orjson.loads(value)
    signed = told.get("checkpoint")
    checkpoint = signed and Checkpoint(
        signed["position"],
        bytes.fromhex(signed["hash"]),
        datetime.fromisoformat(signed["signed_at"]),
        base64.b64decode(signed["signature"], validate=True),
    )
    return Watermark(int(told["position"]), datetime.fromisoformat(told["time"]), checkpoint)
