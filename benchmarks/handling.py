"""How fast is a case worked on over HTTP: its page, and the commands from assessment to closing?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count, cycle
from typing import Any

import httpx

from benchmarks.apart import HOST, apart
from benchmarks.figures import Figure, percentile
from benchmarks.load import Load, Request, get, load, post

CLIENTS = 32
CASES = 1_600
SECONDS = 8.0
COMPLAINT = {"channel": "phone", "content_class": "service_quality", "issue_codes": ["late_delivery"], "description": "Nobody came. " * 8}
_DONE = {"on": "2026-01-05", "evidence": "Protocol 12."}
ROAD: Sequence[tuple[str, dict[str, Any]]] = (
    ("assessment", {
        "severity": "ordinary", "nature": "valid", "safety": False, "complexity": "low", "impact": "low", "immediate_action": "possible",
        "pass_on": False, "early_warning": None, "legal": False, "reason": "An everyday matter.",
    }),
    ("remedies", {"kinds": ["apology"], "text": "We are sorry. " * 8, "commitment": "today"}),
    ("remedies/1/answer", {"accepted": True, "medium": "phone"}),
    ("remedies/1/carried-out", _DONE),
    ("remedies/1/verification", _DONE),
    ("telling", {"medium": "phone", "text": "Done."}),
    ("close", {"outcome": "satisfied"}),
)  # fmt: skip


async def run() -> list[Figure]:
    async with apart("product") as (port, token):
        cases = await _opened(port, token)
        page = await _read(port, token, cases, "")
        clocks = await _read(port, token, cases, "/clocks")
        worked = await load(HOST, port, [_walk(token, cases[n::CLIENTS]) for n in range(CLIENTS)], seconds=600.0)
    assert not worked.bad, f"{worked.bad} of {len(worked.taken)} commands were refused"
    return [
        Figure("handling.case_page", page.rate, "req/s", 1_000, note=f"GET of a case, {CLIENTS} clients"),
        Figure("handling.case_page.p99", percentile(page.taken, 0.99), "ms", 50, "less"),
        Figure("handling.clocks", clocks.rate, "req/s", note="GET of its clocks, with the arithmetic in words"),
        Figure("handling.clocks.p99", percentile(clocks.taken, 0.99), "ms", None, "less"),
        Figure("handling.commands", worked.rate, "req/s", 1_500, note=f"{len(ROAD)} commands a case, all services reacting meanwhile"),
        Figure("handling.commands.p99", percentile(worked.taken, 0.99), "ms", None, "less"),
    ]


async def _opened(port: int, token: str) -> list[str]:
    """Cases whose department knows of them."""
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=120, headers={"Authorization": f"Bearer {token}"}) as http:
        receipts: list[dict[str, Any]] = []
        while len(receipts) < CASES:
            answer = await http.post("/api/v1/complaints/batch", json=[COMPLAINT] * min(400, CASES - len(receipts)))
            receipts += answer.raise_for_status().json()["items"]
        for receipt in receipts:
            while (await http.get(f"/api/v1/cases/{receipt['id']}", params={"min_position": receipt["position"]})).status_code == 504:
                continue
    return [receipt["id"] for receipt in receipts]


async def _read(port: int, token: str, cases: Sequence[str], more: str) -> Load:
    wanted = cycle([get(f"/api/v1/cases/{case}{more}", token) for case in cases])
    await load(HOST, port, [lambda: next(wanted)] * CLIENTS, seconds=1.0)
    found = await load(HOST, port, [lambda: next(wanted)] * CLIENTS, seconds=SECONDS)
    assert not found.bad, f"{found.bad} answers were not good"
    return found


def _walk(token: str, cases: Sequence[str]) -> Request:
    """One client's work: case after case, each command when the one before is answered."""
    numbers = count()

    def requests() -> Iterator[bytes]:
        for case in cases:
            for call, body in ROAD:
                key = f"{case}-{next(numbers)}"
                yield post(f"/api/v1/cases/{case}/{call}", json.dumps(body).encode(), token, **{"Idempotency-Key": key})

    going = requests()
    return lambda: next(going, None)
