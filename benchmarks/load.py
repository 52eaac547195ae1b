"""How is an HTTP server loaded? Keep-alive connections that each send the next request when the last is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httptools


@dataclass
class Load:
    """What came back: the time of each answer, and how many were not good."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    bad: int = 0

    @property
    def rate(self) -> float:
        return len(self.taken) / self.seconds


Request = Callable[[], bytes | None]  # the next one as it goes over the wire; None when there is none left


class _Connection(asyncio.Protocol):
    def __init__(self, request: Request, load: Load, end: float) -> None:
        self._request = request
        self._load = load
        self._end = end
        self._parser: Any = httptools.HttpResponseParser(self)
        self._begin = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self._load.taken.append(now - self._begin)
        if self._parser.get_status_code() >= 300:
            self._load.bad += 1
        self._parser = httptools.HttpResponseParser(self)
        if now < self._end:
            self._send()
        else:
            self._transport.close()
            self._finish()

    def connection_lost(self, error: Exception | None) -> None:
        self._finish()

    def _send(self) -> None:
        request = self._request()
        if request is None:
            self._transport.close()
            self._finish()
            return
        self._begin = time.perf_counter()
        self._transport.write(request)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def load(host: str, port: int, requests: Sequence[Request], *, seconds: float) -> Load:
    """Loads a server on this machine for so long, or until there are no requests left; each of them has its own connection."""
    found = Load()
    begin = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda request=request: _Connection(request, found, begin + seconds), host, port)
        for request in requests
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    found.seconds = time.perf_counter() - begin
    return found


def get(path: str, token: str) -> bytes:
    """A request as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def post(path: str, body: bytes, token: str, **headers: str) -> bytes:
    """A request as it goes over the wire."""
    lines = [
        f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", f"Content-Length: {len(body)}",
        f"Authorization: Bearer {token}", *(f"{name}: {value}" for name, value in headers.items()),
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
