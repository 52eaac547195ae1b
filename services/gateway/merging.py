"""How is one answer made of all services'? Lists are joined, and who did not answer is named in them; documents are whole or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
from starlette.responses import Response

from services.gateway.passing import returned
from services.gateway.upstream import Asked, Upstreams
from shared.web import Problem, reply
from shared.web.openapi import merged

_UNAVAILABLE = 503


async def joined(upstreams: Upstreams, asked: Asked) -> Response:
    """`items` of all services. `missing` names the services that could not be asked, and why: an operator needs the rest then most."""
    answers = await _all(upstreams, asked)
    missing = [{"service": name, "detail": _detail(body)} for name, (status, body, _) in answers.items() if status >= _UNAVAILABLE]
    if len(missing) == len(answers):
        raise Problem(503, "No service can be asked at the moment. Ask again.", headers={"retry-after": "1"})
    if (refusal := _refusal(answers)) is not None:
        return refusal
    items = [item for status, body, _ in answers.values() if status == 200 for item in body["items"]]
    return reply({"items": items, "missing": missing})


async def whole(upstreams: Upstreams, asked: Asked) -> Response:
    """One OpenAPI document of all services; programs are made from it, so none may be left out."""
    answers = await _all(upstreams, asked)
    missing = [name for name, (status, _, _) in answers.items() if status >= _UNAVAILABLE]
    if missing:
        raise Problem(503, f"The document is not whole without {', '.join(missing)}. Ask again.", headers={"retry-after": "1"})
    return _refusal(answers) or reply(merged([body for _, body, _ in answers.values()]))


_Answers = dict[str, tuple[int, Any, httpx.Headers]]


async def _all(upstreams: Upstreams, asked: Asked) -> _Answers:
    names = list(upstreams.services)
    return dict(zip(names, await asyncio.gather(*(_one(upstreams, name, asked) for name in names)), strict=True))


async def _one(upstreams: Upstreams, name: str, asked: Asked) -> tuple[int, Any, httpx.Headers]:
    try:
        answer = await upstreams.send(name, asked)
        try:
            body = await answer.aread()
        finally:
            await answer.aclose()
        return answer.status_code, orjson.loads(body), answer.headers
    except Problem as problem:
        return problem.status, {"detail": problem.detail}, httpx.Headers()
    except (httpx.TransportError, orjson.JSONDecodeError):
        return _UNAVAILABLE, {"detail": f"The answer of {name} broke off."}, httpx.Headers()


def _refusal(answers: _Answers) -> Response | None:
    """What a service says against the call itself (no good token, wrong role) is said once."""
    for status, body, headers in answers.values():
        if 400 <= status < _UNAVAILABLE:
            kept = {name.decode(): value.decode("latin-1") for name, value in returned(headers.raw) if name != b"content-length"}
            return Response(orjson.dumps(body), status, kept)
    return None


def _detail(body: Any) -> str:
    return str(body.get("detail", "It answered with an error.")) if isinstance(body, dict) else "It answered with an error."
