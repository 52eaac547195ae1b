"""How many complaints a second are taken in over HTTP, beside a POST of the same body that does nothing?"""

from __future__ import annotations

import json
from itertools import count

from benchmarks.apart import HOST, apart
from benchmarks.figures import Figure, percentile
from benchmarks.load import Load, load, post

CONNECTIONS = 32
SECONDS = 8.0
BODY = json.dumps({
    "channel": "phone", "content_class": "product_quality", "issue_codes": ["leakage"], "description": "The pump leaks at the seal. " * 8,
    "remedy_sought": "replacement", "occurred_on": "2026-11-18", "perceived_seriousness": "serious",
    "complainant": {"name": "Wang Wei", "phone": "13800138000", "email": "wang.wei@example.com", "address": "1 Harbour Road"},
    "customer": {"ref": "C-1007", "name": "Harbour Foods"},
    "product": {"code": "P-20", "name": "Pump", "batch": "B2291", "serial": "S-1", "quantity_affected": 12, "damaged_parts": ["seal"]},
}).encode()  # fmt: skip


async def run() -> list[Figure]:
    async with apart("no-op") as (port, _):
        nothing = await _loaded(port, "", keys=False)
    async with apart("intake") as (port, token):
        alone = await _loaded(port, token, keys=True)
    async with apart("product") as (port, token):
        whole = await _loaded(port, token, keys=True)
    share = 100 * alone.rate / nothing.rate
    return [
        Figure("post.intake", alone.rate, "req/s", note="intake's own process: checked, sealed, numbered, idempotent, appended, fsync"),
        Figure("post.intake.p99", percentile(alone.taken, 0.99), "ms", 50, "less"),
        Figure("post.share_of_no_op", share, "%", 40),
        Figure("post.floor.no_op", nothing.rate, "req/s", note="the same body parsed and checked by the same model, nothing done"),
        Figure("post.product", whole.rate, "req/s", note="all five services reacting in the same process meanwhile"),
        Figure("post.product.p99", percentile(whole.taken, 0.99), "ms"),
    ]


async def _loaded(port: int, token: str, *, keys: bool) -> Load:
    numbers = count()

    def request() -> bytes:
        more = {"Idempotency-Key": f"bench-{next(numbers)}"} if keys else {}
        return post("/api/v1/complaints", BODY, token, **more)

    await load(HOST, port, [request] * CONNECTIONS, seconds=1.0)
    found = await load(HOST, port, [request] * CONNECTIONS, seconds=SECONDS)
    assert not found.bad, f"{found.bad} answers were not good"
    return found
