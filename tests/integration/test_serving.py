"""Whose word on where a caller is does a process believe? Guessing is throttled by address, so only a named proxy's."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson
import pytest
from starlette.types import Receive, Scope, Send

from services.serving import answering, listen, url_of
from shared.settings import Settings


async def where_from(scope: Scope, receive: Receive, send: Send) -> None:
    body = orjson.dumps([scope["client"][0], scope["scheme"]])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(("trusted", "believed"), [
    (None, ["127.0.0.1", "http"]),
    ("10.0.0.0/8", ["127.0.0.1", "http"]),
    ("10.0.0.0/8, 127.0.0.1", ["192.0.2.7", "https"]),
    ("127.0.0.0/8", ["192.0.2.7", "https"]),
])  # fmt: skip
async def test_only_a_trusted_proxy_says_where_a_caller_is(tmp_path: Path, trusted: str | None, believed: list[str]):
    settings = Settings(_env_file=None, data=tmp_path, port=0, trusted_proxies=trusted)
    ended: list[bool] = []
    with listen(settings) as listening:
        async with answering(where_from, listening, settings, lambda: ended.append(True)), httpx.AsyncClient() as http:
            said = await http.get(url_of(settings, listening), headers={"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"})
    assert said.json() == believed
    assert ended
