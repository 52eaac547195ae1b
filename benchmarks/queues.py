"""How fast is a department's list when a hundred thousand items wait, and how soon do five hundred listeners hear of a new one?"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import cast

import httpx

from benchmarks.apart import HOST, apart
from benchmarks.figures import Figure, percentile
from benchmarks.handling import COMPLAINT
from benchmarks.load import get, load

ITEMS = 100_000
AT_ONCE = 1_000
SECONDS = 8.0
STREAMS = 500
OFFERS = 50
EVERY = 0.2
LOOKS = 10

_COMPLAINT = re.compile(rb'"complaint_id":"([0-9a-f-]{36})"')


class _Stream(asyncio.Protocol):
    """An open stream that notes when it heard of which complaint."""

    def __init__(self, token: str, heard: Mapping[str, list[float]]) -> None:
        self._heard = heard
        self._token = token
        self._rest = b""
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.WriteTransport", transport).write(get("/api/v1/queues/desk/stream", self._token))

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not self.open.done():
            answered, _, _ = data.partition(b"\r\n")
            if answered == b"HTTP/1.1 200 OK":
                self.open.set_result(None)
            else:
                self.open.set_exception(ConnectionError(answered.decode()))
        *whole, self._rest = (self._rest + data).split(b"\n\n")
        for notice in whole:
            if found := _COMPLAINT.search(notice):
                self._heard[found[1].decode()].append(now)


async def run() -> list[Figure]:
    async with apart("product") as (port, token), caller(port, token) as http:
        await fill(http, ITEMS)
        return await measured(http, port, token)


async def measured(http: httpx.AsyncClient, port: int, token: str) -> list[Figure]:
    """Where so many items wait."""
    found = await load(HOST, port, [lambda: get("/api/v1/queues/desk", token)], seconds=SECONDS)
    assert not found.bad
    heard: dict[str, list[float]] = defaultdict(list)
    offered = await _offered_to_all(http, port, token, heard)
    taken = [at - offered[complaint] for complaint in offered for at in heard[complaint]]
    assert len(taken) == STREAMS * OFFERS, len(taken)
    return [
        Figure("queues.list.p50", percentile(found.taken, 0.5), "ms", None, "less", "the fifty most urgent of 100,000 open items"),
        Figure("queues.list.p99", percentile(found.taken, 0.99), "ms", 30, "less"),
        Figure("queues.streams.p50", percentile(taken, 0.5), "ms", None, "less", f"from the answer to the call until {STREAMS} streams have the item"),
        Figure("queues.streams.p99", percentile(taken, 0.99), "ms", 250, "less"),
    ]  # fmt: skip


def caller(port: int, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=120, headers={"Authorization": f"Bearer {token}"})


async def fill(http: httpx.AsyncClient, complaints: int) -> None:
    """So many complaints, and every service has done what follows of them, to the last acknowledgement."""
    last = ""
    for _ in range(0, complaints, AT_ONCE):
        answer = await http.post("/api/v1/complaints/batch", json=[COMPLAINT] * AT_ONCE)
        last = answer.raise_for_status().json()["items"][-1]["id"]
    quiet = 0  # looks in a row at which nobody lay behind: whoever hands letters over makes new events as he goes
    while quiet < LOOKS:
        quiet = 0 if await _behind(http) or not await _told(http, last) else quiet + 1
        await asyncio.sleep(EVERY)


async def _behind(http: httpx.AsyncClient) -> bool:
    answer = await http.get("/api/v1/consumers")  # `503` while the relay lies so far behind that nobody is let in
    return answer.status_code == 503 or any(item["lag_events"] for item in answer.raise_for_status().json()["items"])


async def _told(http: httpx.AsyncClient, complaint: str) -> bool:
    """The oldest are told first: of the last one it is known once all are."""
    answer = await http.get(f"/api/v1/complaints/{complaint}/notifications")
    if answer.status_code == 503:
        return False
    items = answer.raise_for_status().json()["items"]
    return bool(items) and all(item["state"] in ("sent", "failed") for item in items)


async def _offered_to_all(http: httpx.AsyncClient, port: int, token: str, heard: Mapping[str, list[float]]) -> dict[str, float]:
    """When each complaint was acknowledged, while all streams listen."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: _Stream(token, heard), HOST, port) for _ in range(STREAMS)]
    await asyncio.gather(*(stream.open for _, stream in made))
    offered: dict[str, float] = {}
    for _ in range(OFFERS):
        receipt = (await http.post("/api/v1/complaints", json=COMPLAINT)).raise_for_status().json()
        offered[receipt["id"]] = time.perf_counter()
        await asyncio.sleep(EVERY)
    async with asyncio.timeout(60):
        while any(len(heard[complaint]) < STREAMS for complaint in offered):
            await asyncio.sleep(EVERY)
    for transport, _ in made:
        transport.close()
    return offered
