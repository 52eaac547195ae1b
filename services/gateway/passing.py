"""How does a request reach its service, and the answer its caller? Unchanged, but for what belongs to each connection alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress

import httpx
import structlog
from starlette.types import Receive, Scope, Send

from services.gateway.upstream import Asked, Headers, Upstreams

_OF_THE_CONNECTION = frozenset((
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
    b"transfer-encoding", b"upgrade",
))  # fmt: skip
# Who asks and how is for the gateway to say; the body is sent anew, in one piece.
_SAID_ANEW = frozenset((b"forwarded", b"x-real-ip", b"content-length", b"expect", b"traceparent"))
_OURS = frozenset((b"date", b"server", b"traceparent", b"x-content-type-options"))

log = structlog.get_logger("redress.gateway")


async def pass_on(service: str, upstreams: Upstreams, scope: Scope, receive: Receive, send: Send) -> None:
    """The whole way there and back; the body is handed on as it comes, so that streams flow."""
    answer = await upstreams.send(service, await asked(scope, receive))
    try:
        await send({"type": "http.response.start", "status": answer.status_code, "headers": returned(answer.headers.raw)})
        if "content-length" in answer.headers:
            await _hand_over(service, answer, send)
        else:
            await _stream(service, answer, upstreams.ending, receive, send)
    finally:
        with suppress(httpx.TransportError):
            await answer.aclose()


async def asked(scope: Scope, receive: Receive) -> Asked:
    """The request as the service gets it."""
    message = await receive()
    query = scope["query_string"]
    target = scope.get("raw_path") or scope["path"].encode()
    return Asked(
        scope["method"], target + (b"?" + query if query else b""), tuple(sent(scope)), message.get("body", b"")
    )  # fmt: skip


def sent(scope: Scope) -> Iterator[tuple[bytes, bytes]]:
    """The headers on the way there. Where the caller is, only the gateway says."""
    for name, value in _kept(scope["headers"]):
        if name not in _SAID_ANEW and not name.startswith(b"x-forwarded-"):
            yield name, value
    client = scope.get("client")
    yield b"x-forwarded-for", (client[0] if client else "unknown").encode()
    yield b"x-forwarded-proto", scope["scheme"].encode()
    if (trace := scope.get("redress.trace")) is not None:
        yield b"traceparent", trace.parent.encode()


def returned(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers on the way back, without those that are added here again."""
    return [(name, value) for name, value in _kept(headers) if name not in _OURS]


def _kept(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    lowered = [(name.lower(), value) for name, value in headers]
    named = {part.strip().lower() for name, value in lowered if name == b"connection" for part in value.split(b",")}
    for name, value in lowered:
        if name not in _OF_THE_CONNECTION and name not in named:
            yield name, value


async def _hand_over(service: str, answer: httpx.Response, send: Send) -> None:
    """The body; when it breaks off, so does the connection to the caller: half an answer must not look like a whole one."""
    try:
        async for part in answer.stream:  # type: ignore[union-attr]  # the transport only makes asynchronous ones
            await send({"type": "http.response.body", "body": part, "more_body": True})
    except httpx.TransportError as error:
        log.warning("broke off", service=service, error=type(error).__name__)
        return
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _stream(service: str, answer: httpx.Response, ending: asyncio.Event, receive: Receive, send: Send) -> None:
    """A body of unknown length may have no end: it ends when the caller leaves, or the gateway stops."""
    parts = [asyncio.create_task(part) for part in (_hand_over(service, answer, send), _left(receive), ending.wait())]
    try:
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
