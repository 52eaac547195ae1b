"""Has this service seen what the caller has seen? `min_position`, on every call: wait for it, or say that it takes too long."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.progress import Position, parse_position
from shared.web.problems import as_problem, invalid, problem_response

if TYPE_CHECKING:
    from shared.service import Service

WITHIN = 5.0
MOST = 100


class Waiting:
    """Costs nothing where the parameter is not given."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or b"min_position" not in scope["query_string"]:
            await self._app(scope, receive, send)
            return
        try:
            positions = _asked(scope, self._service.settings.partitions)
            parked = bool(positions) and await self._service.progress.caught_up(positions, WITHIN)
        except Exception as error:
            problem = as_problem(error)
            if problem.status == 500:
                raise
            await problem_response(scope, problem)(scope, receive, send)
            return
        scope["redress.positions"] = positions
        await self._app(scope, receive, _saying_parked(send) if parked else send)


def _asked(scope: Scope, partitions: int) -> list[Position]:
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    texts = [value for name, value in pairs if name == "min_position"]
    if len(texts) > MOST:
        raise invalid([("/min_position", f"At most {MOST} positions can be waited for at once.")])
    try:
        return [parse_position(text, partitions) for text in texts]
    except ValueError as error:
        raise invalid([("/min_position", f"{str(error)[:1].upper()}{str(error)[1:]}.")]) from None


def _saying_parked(send: Send) -> Send:
    """Adds `"parked": true` to a JSON object: what was waited for counts as consumed, but waits for a person."""
    head: Message | None = None
    parts: list[bytes] = []

    async def saying(message: Message) -> None:
        nonlocal head
        if message["type"] == "http.response.start" and _is_json(message):
            head = message
        elif head is None or message["type"] != "http.response.body":
            await send(message)
        else:
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                body = _marked(b"".join(parts))
                others = [(name, value) for name, value in head["headers"] if name != b"content-length"]
                await send({**head, "headers": [*others, (b"content-length", str(len(body)).encode())]})
                await send({"type": "http.response.body", "body": body})

    return saying


def _is_json(message: Message) -> bool:
    return any(name == b"content-type" and b"json" in value for name, value in message["headers"])


def _marked(body: bytes) -> bytes:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    return orjson.dumps({**content, "parked": True}) if isinstance(content, dict) else body
