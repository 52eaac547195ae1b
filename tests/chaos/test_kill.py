"""Is every acknowledged command there exactly once, however often the whole product is killed under load?"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from tests.running import Running, lines_of, product, start

ROUNDS = int(os.environ.get("KILL_ROUNDS", "10"))
CLIENTS = 6
BEFORE_KILL = (20, 120)  # acknowledged commands in a round before the product is killed

ASSESSMENT = {
    "severity": "ordinary", "nature": "valid", "safety": False, "complexity": "low", "impact": "low", "immediate_action": "possible",
    "pass_on": False, "early_warning": None, "legal": False, "reason": "as ever",
}  # fmt: skip


@dataclass
class Journal:
    """What clients were told. Written before and after each command, so that what was in flight at a kill is known."""

    file: Path
    acknowledged: list[dict[str, object]] = field(default_factory=list)
    pending: dict[str, tuple[str, dict[str, object]]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def write(self, **line: object) -> None:
        with self.file.open("a") as out:
            out.write(json.dumps({"at": time.time(), **line}) + "\n")

    def sent(self, key: str, path: str, body: dict[str, object]) -> None:
        self.pending[key] = (path, body)
        self.write(sent=key, path=path)

    def told(self, key: str, path: str, answer: dict[str, object]) -> None:
        self.pending.pop(key, None)
        self.acknowledged.append({"key": key, "path": path, **answer})
        self.write(acknowledged=key, position=answer["position"])
        self.news.set()


async def client(running: Running, token: str, journal: Journal, name: str) -> None:
    """Posts complaints and assesses them, until the product is gone. What was not answered last time is asked again first."""
    async with running.client(token) as http:
        try:
            for key in [k for k in journal.pending if k.startswith(f"{name}-")]:
                path, body = journal.pending[key]
                await command(http, journal, key, path, body)
            while True:
                number = len(journal.acknowledged) + len(journal.pending)
                key = f"{name}-{number}-{time.monotonic_ns()}"
                body = {"channel": "phone", "content_class": "service_quality", "description": f"by {name}", "issue_codes": [name]}
                receipt = await command(http, journal, key, "/api/v1/complaints", body)
                if receipt is not None and number % 3 == 0:
                    path = f"/api/v1/cases/{receipt['id']}/assessment?min_position={receipt['position']}"
                    await command(http, journal, key + "-assess", path, ASSESSMENT)
        except httpx.TransportError:
            return


async def command(http: httpx.AsyncClient, journal: Journal, key: str, path: str, body: dict[str, object]) -> dict[str, object] | None:
    journal.sent(key, path, body)
    answer = await http.post(path, json=body, headers={"Idempotency-Key": key})
    if answer.status_code in (503, 504):
        return None  # not acknowledged; asked again in the next round
    assert answer.is_success, answer.text
    journal.told(key, path, answer.json())
    return dict(answer.json())


async def test_everything_acknowledged_survives_kills_exactly_once(tmp_path: Path):
    data, random = tmp_path / "data", Random(7)
    journal = Journal(tmp_path / "journal.jsonl")
    running = await start(data)
    token = await running.token("desk", ["desk"], ["desk"])
    for number in range(ROUNDS):
        enough = len(journal.acknowledged) + random.randint(*BEFORE_KILL)
        clients = [asyncio.create_task(client(running, token, journal, f"c{i}")) for i in range(CLIENTS)]
        while len(journal.acknowledged) < enough:
            journal.news.clear()
            await asyncio.wait_for(journal.news.wait(), 30)
        in_flight = len(journal.pending)
        pids = await running.kill_everything()
        journal.write(killed=pids, round=number, in_flight=in_flight)
        await asyncio.gather(*clients)
        assert in_flight, "a round in which nothing was under way proves nothing"
        running = await start(data)

    await _all_there_once(running, token, journal)
    await running.stop()
    findings = await lines_of(data, "verify")
    assert findings[-1] == {"holds": True}, findings


async def _all_there_once(running: Running, token: str, journal: Journal) -> None:
    """By what anybody can ask: each acknowledged complaint once under its number, each assessment in its timeline once."""
    complaints = [a for a in journal.acknowledged if a["path"] == "/api/v1/complaints"]
    numbers = Counter(str(a["number"]) for a in complaints)
    assert max(numbers.values()) == 1
    async with running.client(token) as http:
        for receipt in complaints:
            at = {"number": receipt["number"], "min_position": receipt["position"]}
            answer = await http.get("/api/v1/complaints", params=at)
            assert answer.is_success, answer.text
            assert answer.json()["id"] == receipt["id"]
        for receipt in journal.acknowledged:
            if "/assessment" in str(receipt["path"]):
                at = {"min_position": receipt["position"]}
                timeline = (await http.get(f"/api/v1/cases/{receipt['id']}/timeline", params=at)).json()
                kinds = Counter(item["type"] for item in timeline["items"])
                assert kinds["routing.case-assessed.v1"] == 1
                assert kinds["routing.case-opened.v1"] == 1


async def test_a_clean_stop_ends_with_status_0_and_loses_nothing(tmp_path: Path):
    data = tmp_path / "data"
    async with product(data) as running:
        async with running.client() as http:
            token = await running.token("desk", ["desk"], ["desk"])
            answer = await http.post(
                "/api/v1/complaints", headers={"Authorization": f"Bearer {token}"},
                json={"channel": "web", "content_class": "service_quality", "description": "kept"},
            )  # fmt: skip
            receipt = answer.json()
        assert await running.stop() == 0
    async with product(data) as running, running.client(token) as http:
        assert (await http.get(f"/api/v1/complaints/{receipt['id']}")).json()["number"] == receipt["number"]
