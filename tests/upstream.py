"""What stands behind a gateway in tests? Small servers on ports of their own that tell what reached them and misbehave when told to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

Answer = Callable[[Scope, bytes, Receive, Send], Awaitable[None]]


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]


@dataclass
class Behind:
    """One instance of a service. `answers` are those of paths that do not get the usual answer."""

    name: str
    ready: bool = True
    seen: list[Seen] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/readyz":
            await tell(send, {"ready": self.ready}, 200 if self.ready else 503)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        headers = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]]
        self.seen.append(Seen(scope["method"], (scope["raw_path"] + query).decode(), headers, body))
        if scope["path"] in self.answers:
            await self.answers[scope["path"]](scope, body, receive, send)
        else:
            await tell(send, {"service": self.name})


async def tell(send: Send, body: Any, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    content = orjson.dumps(body)
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json"), length, *headers]})
    await send({"type": "http.response.body", "body": content})


def says(body: Any, status: int = 200, *headers: tuple[bytes, bytes]) -> Answer:
    """An answer that is always the same."""

    async def answer(scope: Scope, given: bytes, receive: Receive, send: Send) -> None:
        await tell(send, body, status, *headers)

    return answer


async def breaks_off(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    """Goes away in the middle of its answer."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """On a port of its own; answers its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = _Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, proxy_headers=False, timeout_keep_alive=60))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.force_exit = server.should_exit = True
            await serving


@asynccontextmanager
async def hanging_up(calls: list[bytes]) -> AsyncIterator[str]:
    """Reads each request and goes away without an answer."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(await reader.readuntil(b"\r\n"))
        writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def nobody() -> str:
    """A URL at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
