"""What goes over an open queue stream, and from where can it go on? Server-Sent Events with a resume token."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.routing.live import Hub, Listener, Vector, notices, told, written
from services.routing.views import queue

HEARTBEAT = 15.0
GOODBYE = 1.0
LONGEST = 4000  # characters of a token; ours has some twenty a partition


class Unusable(Exception):
    """The token is none of ours, or speaks of what this store has not got."""


@dataclass(frozen=True, slots=True)
class Token:
    """Everything up to this vector was sent, and, while open items are listed, the last of them."""

    seen: Vector
    listed: tuple[datetime, UUID] | None = None

    def text(self) -> str:
        listed = None if self.listed is None else [self.listed[0].isoformat(), str(self.listed[1])]
        return urlsafe_b64encode(orjson.dumps([sorted(self.seen.items()), listed])).decode().rstrip("=")


def parse(text: str, heads: Mapping[int, int], partitions: int) -> Token:
    """Raises Unusable."""
    if len(text) > LONGEST:
        raise Unusable
    try:
        seen, listed = orjson.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        vector = {int(partition): int(position) for partition, position in seen}
        place = None if listed is None else (datetime.fromisoformat(listed[0]), UUID(listed[1]))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
        raise Unusable from error
    if place is not None and place[0].tzinfo is None:
        raise Unusable
    if any(not 0 <= partition < partitions or not 0 <= position <= heads.get(partition, 0) for partition, position in vector.items()):
        raise Unusable
    return Token(vector, place)


@dataclass
class Sending:
    """One stream from its start on: open items if asked for, then what was missed, then what happens."""

    hub: Hub
    listener: Listener
    seen: Vector  # what the receiver has
    upto: Vector  # what is in the store already; the listener is told all behind it
    listing: bool = False
    listed: tuple[datetime, UUID] | None = None
    still_admitted: Callable[[], bool] = field(default=lambda: True)

    async def lines(self) -> AsyncIterator[bytes]:
        """What goes out. The token is looked at before each line: it may have been taken back while there was nothing to say."""
        async for line in self._all():
            if not self.still_admitted():
                return
            yield line

    async def _all(self) -> AsyncIterator[bytes]:
        yield b": open\n\n"
        if self.listing:
            async for line in self._open_items():
                yield line
        async for line in self._missed():
            yield line
        while not self.listener.ended.is_set():
            notice = await self.listener.notices.get()
            if notice is None:
                yield b": heartbeat\n\n"
            elif notice.position > self.seen.get(notice.partition, 0):
                self.seen[notice.partition] = notice.position
                yield self._line(notice.event, notice.content)

    async def _open_items(self) -> AsyncIterator[bytes]:
        """Those offered up to where the receiver is; what was offered later comes as it happened."""
        for row in await queue.every_open(self.hub.pool, self.listener.department):
            place = (row["offered_at"], row["id"])
            if (self.listed is None or place > self.listed) and row["position"] <= self.seen.get(row["partition"], 0):
                self.listed = place
                yield self._line("offered", written(queue.shown(row) | told("offered", row["offered_at"], row["offered_by"])))
        self.listed = None

    async def _missed(self) -> AsyncIterator[bytes]:
        for partition, upto in sorted(self.upto.items()):
            while self.seen.get(partition, 0) < upto:
                events = await self.hub.between(partition, self.seen.get(partition, 0), upto)
                for notice in await notices(self.hub.pool, events):
                    self.seen[partition] = notice.position
                    if self.listener.department in notice.departments:
                        yield self._line(notice.event, notice.content)
                self.seen[partition] = events[-1].recorded.position

    def _line(self, event: str, content: bytes) -> bytes:
        return f"id: {Token(self.seen, self.listed).text()}\nevent: {event}\ndata: ".encode() + content + b"\n\n"


async def begin(hub: Hub, department: str, token: Token | None, *, listing: bool) -> Sending:
    """A stream that goes on behind a token, or starts now."""
    listener, upto = await hub.listen(department)
    if token is not None:
        return Sending(hub, listener, dict(token.seen), upto, listing=token.listed is not None, listed=token.listed)
    return Sending(hub, listener, dict(upto), upto, listing=listing)


class EventStream(Response):
    """Sends until the caller leaves, cannot keep up, or the product stops; no database connection is held meanwhile."""

    media_type = "text/event-stream"

    def __init__(self, sending: Sending) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._sending = sending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        listener = self._sending.listener
        parts = [asyncio.create_task(part) for part in (self._send(send), _left(receive), _beat(listener), listener.ended.wait())]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sending.hub.leave(listener)
            for part in parts:
                part.cancel()
            for part in parts:
                with suppress(asyncio.CancelledError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await part
        with suppress(OSError, TimeoutError):  # who does not read is not waited for
            await asyncio.wait_for(send({"type": "http.response.body", "body": b"", "more_body": False}), GOODBYE)

    async def _send(self, send: Send) -> None:
        async for line in self._sending.lines():
            await send({"type": "http.response.body", "body": line, "more_body": True})


async def _beat(listener: Listener) -> None:
    """Beside the notices: a time limit on each wait for one cost a third of what it takes to send it."""
    while True:
        await asyncio.sleep(HEARTBEAT)
        if listener.notices.empty():
            listener.notices.put_nowait(None)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
