"""Work items through their doors: each move, who may make it, what the stream tells, and who should do it (RT-7, RT-8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conftest import Database
from services.routing.service import wire
from services.routing.shown_work import Candidates, Moved, Queue, Workload
from shared.settings import Settings
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_deadlines import Timed, timed
from tests.integration.test_routing import ASSESSMENT, ask, received
from tests.integration.test_routing_stream import listening

__all__ = ["timed"]  # a fixture of another file

WHY = {"reason": "They know it."}
PASSED_ON = ASSESSMENT | {"pass_on": True, "responsible_department": "finance"}


@pytest.fixture
async def routing(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings) as running:
        yield running


async def queue(client: httpx.AsyncClient, department: str, *seen: str, state: str = "open") -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/queues/{department}", params={"min_position": seen, "state": state})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = documented(Queue, answer.json())["items"]
    return items


async def move(client: httpx.AsyncClient, item: dict[str, Any], call: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/work-items/{item['id']}/{call}", json=body or {})
    assert answer.status_code == 200, answer.text
    return documented(Moved, answer.json())


async def refused(client: httpx.AsyncClient, item: dict[str, Any], call: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    return rule(await client.post(f"/api/v1/work-items/{item['id']}/{call}", json=body or {}))


async def for_finance(routing: Alone, number: int = 1, **facts: Any) -> dict[str, Any]:
    """Work that waits in finance."""
    complaint, seen = await received(routing, number, **facts)
    async with routing.client("desk", "quality") as desk:
        told = await ask(desk, complaint, "assessment", PASSED_ON, *seen)
        (item,) = [one for one in await queue(desk, "finance", told["position"]) if one["complaint_id"] == str(complaint)]
    return item


async def test_work_goes_from_hand_to_hand_until_it_is_done(routing: Alone):
    item = await for_finance(routing)
    async with (
        routing.client("department", person="fan", departments=["finance"]) as fan,
        routing.client("department", person="pu", departments=["production"]) as pu,
        routing.client("desk") as desk,
    ):
        assert await refused(fan, item, "hand-over", {"to": "production", **WHY}) == (409, "not-holder")
        assert (await move(fan, item, "take"))["holder"] == "fan"
        assert (await fan.post(f"/api/v1/work-items/{item['id']}/hand-over", json={"to": "production"})).status_code == 422
        assert (await fan.post(f"/api/v1/work-items/{item['id']}/hand-over", json={"to": "kitchen", **WHY})).status_code == 422
        over = await move(fan, item, "hand-over", {"to": "production", **WHY})
        assert (over["state"], over["department"], over["holder"]) == ("open", "production", None)
        assert await queue(fan, "finance", over["position"]) == []
        (there,) = await queue(pu, "production")
        assert (there["id"], there["version"], there["offered_at"]) == (item["id"], over["version"], item["offered_at"])
        assert (await pu.get(f"/api/v1/cases/{item['complaint_id']}")).status_code == 200  # it holds work of the case now
        await move(pu, item, "take")
        back = await move(pu, item, "return", {"reason": "Not ours."})
        assert (back["state"], back["department"]) == ("open", "finance")
        assert (await move(desk, item, "reminder", {"text": "The customer waits."}))["reminders"] == 1
        taken = await move(fan, item, "take")
        (held,) = await queue(fan, "finance", taken["position"], state="taken")
        assert (held["holder"], held["reminders"]) == ("fan", 1)
        done = await move(fan, item, "done", {"result": "Paid back."})
        (ended,) = await queue(fan, "finance", done["position"], state="done")
        assert (ended["state"], ended["holder"]) == ("done", "fan")
        for call, body in (("take", {}), ("done", {"result": "Again."}), ("reminder", {"text": "?"})):
            assert await refused(desk if call == "reminder" else fan, item, call, body) == (409, "already-done")


async def test_a_result_lies_sealed(routing: Alone):
    item = await for_finance(routing)
    async with routing.client("department", person="fan", departments=["finance"]) as fan:
        await move(fan, item, "take")
        await move(fan, item, "done", {"result": "Paid back."})
    stored = b"".join([row["data"] for row in await routing.service.pool.fetch("select data from events")])
    assert b"Paid back" not in stored


async def test_of_two_heads_who_assign_at_once_one_gets_through(routing: Alone):
    item = await for_finance(routing)
    async with routing.client("desk", head_of=["finance"]) as head:
        body = [{"person": person} for person in ("fan", "pu")]
        answers = await asyncio.gather(*(head.post(f"/api/v1/work-items/{item['id']}/assign", json=one) for one in body))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert rule(next(a for a in answers if a.status_code == 409)) == (409, "already-taken")


async def test_work_is_assigned_by_the_head_alone_and_to_anybody(routing: Alone):
    item = await for_finance(routing)
    async with routing.client("quality") as quality, routing.client("department", departments=["production"]) as elsewhere:
        assert await refused(quality, item, "assign", {"person": "fan"}) == (403, "forbidden")
        assert await refused(elsewhere, item, "assign", {"person": "fan"}) == (404, "not-found")
    async with routing.client("analyst", person="head", head_of=["finance"]) as head:
        given = await move(head, item, "assign", {"person": "pu"})
        assert (given["state"], given["holder"]) == ("taken", "pu")
        assert await refused(head, item, "assign", {"person": "fan"}) == (409, "already-taken")
    async with routing.client("department", person="pu", departments=["production"]) as pu:
        after = {"min_position": given["position"]}
        answer = await pu.post(f"/api/v1/work-items/{item['id']}/done", json={"result": "Done."}, params=after)
        assert answer.status_code == 200, answer.text


async def test_each_role_moves_its_own_work_only(routing: Alone):
    item = await for_finance(routing)
    moves = {"take": {}, "return": WHY, "hand-over": {"to": "desk", **WHY}, "done": {"result": "Done."}}
    async with (
        routing.client("quality") as quality,
        routing.client("department", departments=["production"]) as elsewhere,
        routing.client("auditor") as auditor,
        routing.client("desk") as desk,
    ):
        for call, body in moves.items():
            assert await refused(quality, item, call, body) == (403, "forbidden")
            assert await refused(auditor, item, call, body) == (403, "forbidden")
            assert await refused(elsewhere, item, call, body) == (404, "not-found")
            assert await refused(desk, item, call, body) == (404, "not-found")
            assert (await desk.post(f"/api/v1/work-items/{uuid4()}/{call}", json=body)).status_code == 404
        assert await refused(elsewhere, item, "reminder", {"text": "?"}) == (404, "not-found")
        assert await refused(auditor, item, "reminder", {"text": "?"}) == (403, "forbidden")
        for client in (quality, desk):
            await move(client, item, "reminder", {"text": "Please."})
    async with routing.client("department", departments=["finance"]) as fan:
        assert await refused(fan, item, "reminder", {"text": "?"}) == (403, "forbidden")
    async with routing.client("department", departments=["finance"], head_of=["finance"]) as head:
        await move(head, item, "reminder", {"text": "Please."})


async def test_an_assessment_ends_its_work_and_is_not_declared_done(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk") as desk:
        (item,) = await queue(desk, "desk", *seen)
        await move(desk, item, "take")
        assert await refused(desk, item, "done", {"result": "Looked at."}) == (409, "not-assessed")
        told = await ask(desk, complaint, "assessment", ASSESSMENT)
        assert [one["task"] for one in await queue(desk, "desk", told["position"], state="done")] == ["assess"]


async def test_the_stream_tells_every_move_to_each_department_it_concerns(routing: Alone):
    item = await for_finance(routing)
    async with (
        routing.client("department", person="fan", departments=["finance"], head_of=["finance", "production"]) as fan,
        routing.client("department", person="pu", departments=["production"]) as pu,
        listening(routing, department="finance") as finance,
        listening(routing, department="production") as production,
    ):
        await move(fan, item, "take")
        moved = await move(fan, item, "hand-over", {"to": "production", **WHY})
        await queue(fan, "finance", moved["position"])
        await move(pu, item, "take")
        await move(pu, item, "return", {"reason": "Not ours."})
        await move(fan, item, "assign", {"person": "fan"})
        await move(fan, item, "reminder", {"text": "Today."})
        last = await move(fan, item, "done", {"result": "Paid back."})
        told = await finance.take(6)
        assert [(one["event"], one["state"], one["department"], one["holder"], one["by"]) for one in told] == [
            ("taken", "taken", "finance", "fan", "fan"), ("handed_over", "open", "production", None, "fan"),
            ("returned", "open", "finance", None, "pu"), ("assigned", "taken", "finance", "fan", "fan"),
            ("reminded", "taken", "finance", "fan", "fan"), ("done", "done", "finance", "fan", "fan"),
        ]  # fmt: skip
        assert [one["event"] for one in await production.take(3)] == ["handed_over", "taken", "returned"]
        assert production._blocks.empty()
        await queue(fan, "finance", last["position"], state="done")
    async with listening(routing, token=told[1]["token"], department="finance") as again:
        assert [one["event"] for one in await again.take(4)] == ["returned", "assigned", "reminded", "done"]
        assert again._blocks.empty()


async def test_what_was_handed_over_is_listed_where_it_waits_now(routing: Alone):
    item = await for_finance(routing)
    async with routing.client("department", person="fan", departments=["finance"]) as fan:
        await move(fan, item, "take")
        over = await move(fan, item, "hand-over", {"to": "production", **WHY})
        await queue(fan, "finance", over["position"])
    async with listening(routing, "from=open", department="production") as production:
        assert (await production.next())["id"] == item["id"]
        assert production._blocks.empty()


PEOPLE = [
    {"person": "fan", "name": "Fan Li", "department": "finance", "skills": ["leakage"]},
    {"person": "gu", "name": "Gu Wen", "department": "finance", "skills": ["leakage", "act"], "location": "Ningbo"},
    {"person": "he", "name": "He Jin", "department": "finance", "skills": ["leakage", "act"], "head": True},
    {"person": "pu", "name": "Pu Tao", "department": "production"},
]


async def with_people(routing: Alone) -> str:
    """Adopted for today; answers the position to wait for."""
    today = datetime.now(routing.service.zone).date()
    absent = [{"from": (today - timedelta(days=1)).isoformat(), "to": (today + timedelta(days=3)).isoformat()}]
    people = [one | ({"absences": absent} if one["person"] == "he" else {}) for one in PEOPLE]
    async with routing.client("admin") as admin:
        policy = (await admin.get("/api/v1/policy")).json()["policy"] | {"people": people}
        answer = await admin.put("/api/v1/policy", json={"policy": policy, "effective_on": today.isoformat(), "reason": "People."})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["position"])


async def test_who_should_do_it_is_answered_with_reasons(routing: Alone):
    known = await with_people(routing)
    item, busy = [await for_finance(routing, number, issue_codes=("leakage",)) for number in (1, 2)]
    async with routing.client("department", person="gu", departments=["finance"]) as gu:
        taken = await move(gu, busy, "take")
        asked = {"headers": {"accept-language": "en"}, "params": {"min_position": [known, taken["position"]]}}
        answer = await gu.get(f"/api/v1/work-items/{item['id']}/candidates", **asked)
        found = documented(Candidates, answer.json())["items"]
        assert [(one["person"], one["available"], one["matched"], one["taken"]) for one in found] == [
            ("gu", True, ["leakage", "act"], 1), ("fan", True, ["leakage"], 0), ("he", False, ["leakage", "act"], 0),
        ]  # fmt: skip
        assert found[0]["reasons"][1:] == ["Knows: leakage, act.", "Work items held: 1; overdue: 0."]
        answer = await gu.get("/api/v1/queues/finance/workload")
        load = documented(Workload, answer.json())
        assert (load["open"], load["taken"], load["overdue"]) == (1, 1, 0)
        assert [(one["person"], one["open"], one["taken"]) for one in load["items"]] == [
            (None, 1, 0),
            ("fan", 0, 0),
            ("gu", 0, 1),
            ("he", 0, 0),
        ]
        assert (await gu.get("/api/v1/queues/production/workload")).status_code == 404
    async with routing.client("department", departments=["production"]) as elsewhere:
        assert (await elsewhere.get(f"/api/v1/work-items/{item['id']}/candidates")).status_code == 404


async def test_the_stream_tells_what_is_due_soon_and_overdue(timed: Timed):
    _, seen = await timed.received()
    async with timed.routing.client("desk") as desk:
        (item,) = await queue(desk, "desk", *seen)
    async with listening(timed.routing) as stream:
        await timed.at(4.5)  # assessment: four working hours from 13:00 on, after lunch
        soon = await stream.next()
        await timed.at(24 * 7)
        late = await stream.take(2)
    assert (soon["id"], soon["event"], soon["clock"], soon["state"]) == (item["id"], "due_soon", "assessment", "open")
    assert {(one["id"], one["event"], one["clock"]) for one in late} == {(item["id"], "overdue", clock) for clock in ("assessment", "take")}
    assert soon["due_at"] == next(one["due_at"] for one in late if one["clock"] == "assessment") == item["due_at"]
    async with timed.routing.client("desk") as desk:
        load = documented(Workload, (await desk.get("/api/v1/queues/desk/workload")).json())
        assert (load["open"], load["overdue"], load["near"]) == (1, 1, 0)


async def test_work_is_near_before_it_is_overdue(timed: Timed):
    _, seen = await timed.received()
    async with timed.routing.client("desk") as desk:
        await queue(desk, "desk", *seen)
        await timed.at(4.5)  # assessment: four working hours from 13:00 on, after lunch
        load = documented(Workload, (await desk.get("/api/v1/queues/desk/workload")).json())
        assert (load["open"], load["near"], load["overdue"]) == (1, 1, 0)
