"""Can this request be read at all? Its size, its content type, its encoding; checked while it comes in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.invalid import pointer
from shared.web.problems import Problem, invalid, problem_response

LIMIT = 1024 * 1024
BATCH_LIMIT = 16 * LIMIT

_WITH_BODY = frozenset(("POST", "PUT", "PATCH", "DELETE"))
_SUSPECT = (b"\\u0000", b"\\ud", b"\\uD")  # escapes that may make text no database takes


class Readable:
    """Hands the body on in one piece, or answers 400, 413, 415 or 422 itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _check_address(scope)
            if scope["method"] in _WITH_BODY:
                receive = _again(await _body(scope, receive), receive)
        except Problem as problem:
            await problem_response(scope, problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _check_address(scope: Scope) -> None:
    if "\0" in scope["path"]:
        raise Problem(404, "There is nothing at this address.")
    if b"%00" in scope["query_string"]:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        raise invalid((pointer([name]), "This holds a NUL character.") for name, value in pairs if "\0" in name + value)


async def _body(scope: Scope, receive: Receive) -> bytes:
    headers = dict(scope["headers"])
    limit = BATCH_LIMIT if scope["path"].endswith("/batch") else LIMIT
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise _too_large(limit)
    body = await _collected(receive, limit)
    if body and scope["path"].startswith("/api/"):
        _check_type(headers.get(b"content-type", b""))
        check_text(body)
    return body


async def _collected(receive: Receive, limit: int) -> bytes:
    message = await receive()
    if message["type"] != "http.request":
        return b""
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts, size = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                break
        body = b"".join(parts)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> Problem:
    return Problem(413, f"The body may have at most {limit // LIMIT} MiB.", headers={"connection": "close"})


def _check_type(content_type: bytes) -> None:
    kind = content_type.partition(b";")[0].strip().lower()
    if kind != b"application/json" and not (kind.startswith(b"application/") and kind.endswith(b"+json")):
        raise Problem(415, "Send the body as JSON, with `Content-Type: application/json`.")


def check_text(body: bytes) -> None:
    """Whether it is text that JSON and the database take. Raises Problem."""
    try:
        body.decode()
    except UnicodeDecodeError:
        raise Problem(400, "The body is not valid UTF-8.") from None
    if any(escape in body for escape in _SUSPECT):
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Problem(400, "The body is not JSON, or holds half of a surrogate pair.") from None
        raise_for = list(_with_nul(content, ()))
        if raise_for:
            raise invalid((pointer(place), "This holds a NUL character.") for place in raise_for[:50])


def _with_nul(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, str):
        if "\0" in value:
            yield place
    elif isinstance(value, dict):
        for name, part in value.items():
            if "\0" in name:
                yield place
            else:
                yield from _with_nul(part, (*place, name))
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield from _with_nul(part, (*place, n))


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read already, then goes on with the connection."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
