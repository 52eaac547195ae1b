"""Who plays in the whole story, and what do they say? The bodies and the waiting; the chapters are in test_whole_story."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.e2e.conftest import Town

TODAY = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
DONE = {"on": TODAY.isoformat(), "evidence": "Protocol 12."}
CALL: dict[str, Any] = {
    "channel": "phone", "content_class": "product_quality", "issue_codes": ["fire_hazard"], "perceived_seriousness": "serious",
    "description": "The heater smokes.", "remedy_sought": "replacement", "customer": {"ref": "C-2001", "name": "North Stores"},
}  # fmt: skip
MAJOR: dict[str, Any] = {
    "severity": "major", "nature": "valid", "safety": True, "recurrent": True, "complexity": "high", "impact": "high",
    "immediate_action": "possible", "pass_on": True, "responsible_department": "technical", "early_warning": None, "legal": False,
    "reason": "Smoke is a danger.",
}  # fmt: skip
ORDINARY = MAJOR | {
    "severity": "ordinary", "safety": False, "recurrent": False, "complexity": "low", "impact": "low", "pass_on": False,
    "responsible_department": None, "reason": "An everyday matter.",
}  # fmt: skip
OFFER = {"kinds": ["replacement"], "text": "A new heater.", "commitment": "brought tomorrow"}
FOUND = {
    "method": "five_why", "causes": [{"level": "occurrence", "text": "A crushed cable."}, {"level": "non_detection", "text": "No test."}],
    "needed": True, "reason": "It can burn.", "extend_to_others": True,
}  # fmt: skip
YES, NO = {"approved": True, "reason": "It holds."}, {"approved": False, "reason": "The cause is not proven."}


def plan(*owners: tuple[str, str]) -> dict[str, Any]:
    due = (TODAY + timedelta(days=20)).isoformat()
    steps = [{"what": f"Change {n}", "department": at, "owner": who, "due_on": due} for n, (at, who) in enumerate(owners, 1)]
    return {
        "nonconformity": "Cables are crushed.", "returned_quantity": 3, "containment": "Stock is blocked.", "root_cause": "The jig.",
        "corrective": "A new jig.", "preventive": "A test of each cable.", "steps": steps,
    }  # fmt: skip


def good(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, (answer.request.url.path, answer.text)
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: httpx.Response, rule: str) -> None:
    assert (answer.status_code, answer.json().get("type")) == (409, f"/problems/{rule}"), answer.text


@dataclass
class Cast:
    """The people, and the last position of each service: who asks another service waits for it."""

    town: Town
    clients: dict[str, httpx.AsyncClient]
    seen: dict[str, str] = field(default_factory=dict)

    async def get(self, person: str, path: str, **query: Any) -> dict[str, Any]:
        return good(await self.clients[person].get(f"/api/v1{path}", params={**query, "min_position": list(self.seen.values())}))

    async def do(self, person: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.note(good(await self.ask(person, path, body)))

    async def not_done(self, person: str, path: str, body: dict[str, Any] | None, rule: str) -> None:
        refused(await self.ask(person, path, body), rule)

    async def ask(self, person: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.clients[person].post(f"/api/v1{path}", json=body or {}, params={"min_position": list(self.seen.values())})

    def note(self, answer: dict[str, Any]) -> dict[str, Any]:
        position = answer["position"]
        self.seen[position.split("/")[0]] = position
        return answer

    async def read(self, person: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A reading that is a POST, since what it says shall not stand in a URL."""
        return good(await self.ask(person, path, body))

    async def look_up(self, person: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.read(person, "/complaints/lookup", body))["items"]
        return found

    async def logged(self, **changed: Any) -> dict[str, Any]:
        return await self.do("call centre", "/complaints", {**CALL, **changed})

    async def state(self, case_id: str) -> str:
        found: str = (await self.get("desk", f"/cases/{case_id}"))["state"]
        return found

    async def work(self, person: str, department: str, case_id: str, state: str = "open") -> list[str]:
        """The tasks of a department for this case."""
        items = (await self.get(person, f"/queues/{department}", limit=500, state=state))["items"]
        return [item["task"] for item in items if item["complaint_id"] == case_id]


async def cast(town: Town) -> Cast:
    quality = ("quality_assurance",)
    return Cast(town, {
        "call centre": await town.person("call centre", "channel"),
        "desk": await town.person("Li Na", "desk", departments=("desk",)),
        "colleague": await town.person("Chen Jun", "desk", departments=("desk",)),
        "quality": await town.person("Zhao Min", "quality", departments=quality),
        "reviewer": await town.person("Ma Li", "quality", departments=quality),
        "approver": await town.person("Wu Gang", "approver", departments=("leading_group",)),
        "technical": await town.person("Zhou Ke", "department", departments=("technical",)),
        "production": await town.person("He Lin", "department", departments=("production",)),
        "auditor": await town.person("Qian Bo", "auditor"),
    })  # fmt: skip
