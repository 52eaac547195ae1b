"""Corrective action through its doors: planned, returned, approved, worked off, reviewed, begun anew, closed, and on paper."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from conftest import Database
from services.capa.actions_api import Capas
from services.capa.service import wire
from services.capa.shown import ShownCapa
from shared.clock import ManualClock
from shared.contracts.capa import StepOverdue, StepReminded
from shared.settings import Settings
from shared.testing import NOON
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_capa import FOUND, handled

STEP = {"what": "Grease the seals", "department": "production", "owner": "wang", "due_on": "2026-11-30"}
PLAN = {
    "nonconformity": "Seals leak.", "returned_quantity": 12, "containment": "Stock is blocked.", "root_cause": "Fitted dry.",
    "corrective": "Grease them.", "preventive": "Instruction changed.",
    "steps": [STEP, {**STEP, "what": "Change the instruction", "department": "technical", "owner": "liu", "due_on": "2026-12-10"}],
}  # fmt: skip
YES, NO = {"approved": True, "reason": "It fits."}, {"approved": False, "reason": "The cause is not proven."}
DONE = {"on": "2026-11-20", "evidence": "Photo 7"}


@pytest.fixture
async def capa(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("capa", wire, database, settings, ManualClock(NOON)) as running:
        yield running


def good(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.json()


async def opened(capa: Alone) -> str:
    """An action of the department production."""
    complaint, seen = await handled(capa)
    async with capa.client("quality", person="author") as quality:
        done = good(await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND, params={"min_position": seen}))
    return f"/api/v1/capas/{done['capa_id']}"


async def shown(capa: Alone, action: str, after: dict[str, Any], role: str = "auditor") -> dict[str, Any]:
    async with capa.client(role) as reader:
        return documented(ShownCapa, good(await reader.get(action, params={"min_position": after["position"]})))


async def test_a_plan_is_returned_then_approved_and_ineffective_then_effective(capa: Alone):
    action = await opened(capa)
    async with capa.client("quality", person="author") as author, capa.client("approver", person="boss") as boss:
        assert rule(await boss.post(f"{action}/plan/approval", json=YES)) == (409, "plan-missing")
        good(await author.post(f"{action}/containment", json={"on": "2026-11-20", "text": "Stock is blocked."}))
        good(await author.post(f"{action}/plan", json=PLAN))
        assert rule(await author.post(f"{action}/plan", json=PLAN)) == (409, "plan-pending")
        assert rule(await author.post(f"{action}/plan/approval", json=YES)) == (409, "second-person")
        returned = good(await boss.post(f"{action}/plan/approval", json=NO))
        body = await shown(capa, action, returned)
        assert (body["state"], body["steps"], body["plan"]["decision"]["approved"]) == ("planning", [], False)
        good(await author.post(f"{action}/plan", json=PLAN))
        approved = good(await boss.post(f"{action}/plan/approval", json=YES))
        body = await shown(capa, action, approved)
        assert (body["state"], body["round"], len(body["containment"])) == ("in_work", 1, 1)
        assert [(step["n"], step["what"], step["state"]) for step in body["steps"]] == [
            (1, "Grease the seals", "open"), (2, "Change the instruction", "open"),
        ]  # fmt: skip
    async with capa.client("department", person="wang", departments=["production"]) as wang:
        good(await wang.post(f"{action}/steps/1/done", json=DONE))
        assert rule(await wang.post(f"{action}/steps/1/done", json=DONE)) == (409, "already-done")
        assert (await wang.post(f"{action}/steps/2/extension", json={"due_on": "2026-12-20", "reason": "Late."})).status_code == 403
    async with capa.client("quality", person="zhao") as quality:
        review = {"verdict": "ineffective", "evidence": "It came back."}
        assert rule(await quality.post(f"{action}/effectiveness", json=review)) == (409, "steps-open")
        good(await quality.post(f"{action}/steps/2/extension", json={"due_on": "2026-12-20", "reason": "Parts are late."}))
        good(await quality.post(f"{action}/steps/2/reminder", json={"text": "Please."}))
    async with capa.client("department", person="liu", departments=["technical"]) as liu:
        last = good(await liu.post(f"{action}/steps/2/done", json=DONE))
        body = await shown(capa, action, last)
        assert body["state"] == "awaiting_review"
        [extension] = body["steps"][1]["extensions"]
        assert (extension["from"], extension["to"], extension["reason"]) == ("2026-12-10", "2026-12-20", "Parts are late.")
        assert body["steps"][1]["reminders"][0]["text"] == "Please."
    async with capa.client("quality", person="zhao") as quality, capa.client("approver", person="boss") as boss:
        again = good(await quality.post(f"{action}/effectiveness", json=review))
        body = await shown(capa, action, again)
        assert (body["state"], body["round"], body["plan"], body["steps"]) == ("planning", 2, None, [])
        assert [(one["round"], len(one["steps"])) for one in body["rounds"]] == [(1, 2)]
        good(await quality.post(f"{action}/plan", json={**PLAN, "steps": [STEP]}))
        good(await boss.post(f"{action}/plan/approval", json=YES))
        good(await quality.post(f"{action}/steps/1/done", json=DONE))
        effective = {"verdict": "effective", "evidence": "Quiet for 90 days."}
        assert rule(await quality.post(f"{action}/effectiveness", json=effective)) == (409, "second-person")
    async with capa.client("quality", person="qian") as reviewer:
        closed = good(await reviewer.post(f"{action}/effectiveness", json=effective))
        body = await shown(capa, action, closed)
        assert (body["state"], [one["verdict"] for one in body["reviews"]]) == ("closed", ["ineffective", "effective"])
        assert rule(await reviewer.post(f"{action}/plan", json=PLAN)) == (409, "case-closed")


async def test_the_report_stands_in_8d_order_in_both_languages(capa: Alone):
    action = await opened(capa)
    async with capa.client("quality", person="author") as author, capa.client("approver", person="boss") as boss:
        good(await author.post(f"{action}/plan", json=PLAN))
        good(await boss.post(f"{action}/plan/approval", json=YES))
        done = good(await author.post(f"{action}/steps/1/done", json=DONE))
        english = await author.get(f"{action}/report", params={"min_position": done["position"]}, headers={"accept-language": "en"})
        chinese = await author.get(f"{action}/report", headers={"accept-language": "zh-CN"})
    assert english.headers["content-type"] == "text/html; charset=utf-8"
    order = [english.text.index(f"<h2>D{n} ") for n in range(1, 9)]
    assert order == sorted(order)
    for said in (
        "C-2026-000123", "Author", "Boss", "Seals leak.", "12", "Stock is blocked.", "Fitted dry.", "The seal was fitted dry.", "Photo 7",
        "2026-11-30", "Instruction changed.", "Time-control table",
    ):  # fmt: skip
        assert said in english.text
    assert "纠正/预防措施报告" in chinese.text
    assert "整改时控表" in chinese.text
    assert chinese.headers["content-language"] == "zh-CN"


async def test_steps_are_reminded_of_and_told_overdue_by_the_clock(capa: Alone):
    action = await opened(capa)
    async with capa.client("quality", person="author") as author, capa.client("approver", person="boss") as boss:
        good(await author.post(f"{action}/plan", json={**PLAN, "steps": [STEP]}))
        approved = good(await boss.post(f"{action}/plan/approval", json=YES))
        await shown(capa, action, approved)
        connection = await capa.service.connect()
        kinds = []
        for days in (9, 11):
            capa.service.clock.set(NOON + timedelta(days=days))  # type: ignore[attr-defined]  # a clock by hand
            await capa.service.timers.fire(connection)
            stream = await capa.service.store.stream(UUID(action.rpartition("/")[2]))
            kinds.append([type(envelope.data) for envelope in stream][-1])
        await connection.close()
        assert kinds == [StepReminded, StepOverdue]
        late = documented(Capas, good(await author.get("/api/v1/capas", params={"overdue": "true"})))
        assert [item["steps"][0]["state"] for item in late["items"]] == ["overdue"]
        assert good(await author.get("/api/v1/capas", params={"overdue": "false"}))["items"] == []


async def test_an_action_is_opened_by_hand_for_an_audit(capa: Alone):
    body = {"trigger": {"kind": "audit", "ref": "A-7"}, "title": "Seals are not greased", "severity": "important", "issue_code": "leakage"}
    async with capa.client("quality") as quality:
        made = good(await quality.post("/api/v1/capas", json=body), 201)
        found = await shown(capa, f"/api/v1/capas/{made['id']}", made)
        assert (found["trigger"], found["owner_department"], found["complaints"]) == ({"kind": "audit", "ref": "A-7"}, "technical", [])
        unknown = await quality.post("/api/v1/capas", json={**body, "complaints": [str(uuid4())]})
        assert (rule(unknown), unknown.json()["errors"][0]["at"]) == ((422, "invalid"), "/complaints/0")


async def test_who_has_no_part_in_it_is_told_that_there_is_nothing(capa: Alone):
    action = await opened(capa)
    async with capa.client("department", departments=["purchasing"]) as others:
        for call, body in (("plan", PLAN), ("containment", {"on": "2026-11-20", "text": "Blocked."}), ("steps/1/done", DONE)):
            assert rule(await others.post(f"{action}/{call}", json=body)) == (404, "not-found"), call
        assert rule(await others.get(f"{action}/report")) == (404, "not-found")


async def test_plan_texts_lie_sealed(capa: Alone):
    action = await opened(capa)
    async with capa.client("quality") as quality:
        good(await quality.post(f"{action}/plan", json=PLAN))
    stored = b"".join([row["data"] for row in await capa.service.pool.fetch("select data from events")])
    for text in (b"Seals leak", b"Grease", b"Instruction changed"):
        assert text not in stored
