"""Who sees what of a case, of the list of cases, of queues and of the timeline?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conftest import Database
from services.routing import seeing
from services.routing.service import wire
from services.routing.shown import Cases, CaseSummary, Offered, ShownCase, ShownEvent, Timeline
from shared.access import Sight
from shared.contracts.capa import CapaOpened
from shared.contracts.vocabulary import Role
from shared.settings import Settings
from shared.testing import NOON
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_routing import ASSESSMENT, MAJOR, OFFER, ask, received, walk

READS: list[tuple[Role, int, bool]] = [  # role, status, texts shown
    ("desk", 200, True),
    ("quality", 200, True),
    ("approver", 200, True),
    ("auditor", 200, True),
    ("analyst", 200, False),
    ("admin", 403, False),
    ("channel", 404, False),
    ("department", 404, False),
]


@pytest.fixture
async def routing(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings) as running:
        yield running


async def test_each_role_sees_its_part_of_a_case(routing: Alone):
    complaint, seen = await received(routing)
    await walk(routing, complaint, *seen, upto="remedies")
    for role, status, texts in READS:
        async with routing.client(role, person="somebody", departments=["production"]) as client:
            answer = await client.get(f"/api/v1/cases/{complaint}")
        assert answer.status_code == status
        if status == 200:
            assert (answer.json()["rounds"][0]["text"] is not None, answer.json().get("sealed", False)) == (texts, not texts)
    for role, departments, person in (("channel", ["north"], "x"), ("channel", [], "dealer-7"), ("department", ["final_inspection"], "x")):
        async with routing.client(role, person=person, departments=departments) as client:
            assert (await client.get(f"/api/v1/cases/{complaint}")).json()["rounds"][0]["text"] == OFFER["text"]
    reads = await routing.service.pool.fetchval("select count(*) from events where type = 'routing.personal-data-read.v1'")
    assert reads == 4 + 3


async def test_cases_are_listed_as_far_as_one_may_see_them(routing: Alone):
    first, _ = await received(routing, 1, received_at=NOON.replace(day=1))
    second, seen = await received(routing, 2, departments=())
    third, more = await received(routing, 3, received_at=NOON.replace(day=2))
    async with routing.client("desk") as desk:
        told = await ask(desk, first, "assessment", MAJOR, *seen, *more)
        after = {"min_position": told["position"]}

        async def listed(client: httpx.AsyncClient, **query: Any) -> list[str]:
            body = (await client.get("/api/v1/cases", params=query)).json()
            return [item["id"] for item in body["items"]]

        assert await listed(desk, **after) == [str(second), str(third), str(first)]
        assert await listed(desk, state="received") == [str(second), str(third)]
        assert await listed(desk, severity="major", department="technical") == [str(first)]
        assert await listed(desk, department="desk") == [str(second), str(third)]
        page = documented(Cases, (await desk.get("/api/v1/cases", params={"limit": 2})).json())
        documented(CaseSummary, page["items"][0])
        assert await listed(desk, limit=2, cursor=page["next"]) == [str(first)]
    async with routing.client("department", departments=["quality_management"]) as filing:
        assert await listed(filing) == [str(first)]
    async with routing.client("channel", departments=["north"]) as north:
        assert await listed(north) == [str(third), str(first)]
    async with routing.client("admin") as admin:
        assert (await admin.get("/api/v1/cases")).status_code == 403


async def test_queues_are_the_departments_own(routing: Alone):
    for role, departments, department, status in [
        ("desk", [], "desk", 200), ("desk", ["technical"], "technical", 404), ("quality", [], "finance", 200), ("auditor", [], "finance", 200),
        ("department", ["technical"], "technical", 200), ("department", ["technical"], "desk", 404), ("approver", ["legal"], "legal", 200),
        ("approver", [], "legal", 404), ("quality", [], "kitchen", 404), ("analyst", ["desk"], "desk", 403), ("channel", ["desk"], "desk", 403),
    ]:  # fmt: skip
        async with routing.client(role, departments=departments) as client:
            assert (await client.get(f"/api/v1/queues/{department}")).status_code == status, (role, department)


async def test_work_of_another_department_is_not_there_to_take(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk") as desk:
        told = await ask(desk, complaint, "assessment", MAJOR, *seen)
    async with routing.client("quality", departments=["quality_assurance"]) as quality:
        items = (await quality.get("/api/v1/queues/quality_assurance", params={"min_position": told["position"]})).json()["items"]
        others = (await quality.get("/api/v1/queues/technical_director")).json()["items"]
        assert rule(await quality.post(f"/api/v1/work-items/{others[0]['id']}/take")) == (403, "forbidden")
        assert (await quality.post(f"/api/v1/work-items/{items[0]['id']}/take")).status_code == 200
        assert (await quality.post(f"/api/v1/work-items/{uuid4()}/take")).status_code == 404
    async with routing.client("department", departments=["finance"]) as finance:
        assert (await finance.post(f"/api/v1/work-items/{others[0]['id']}/take")).status_code == 404
    async with routing.client("auditor") as auditor:
        assert (await auditor.post(f"/api/v1/work-items/{items[0]['id']}/take")).status_code == 403


async def test_the_timeline_tells_all_services_in_order(routing: Alone):
    complaint, seen = await received(routing)
    told = await walk(routing, complaint, *seen)
    capa = uuid4()
    opened = CapaOpened(
        capa_id=capa, number="CA-2026-0001", trigger="complaint", title="Seal", severity="ordinary", owner_department="technical",
        complaints=(complaint,),
    )  # fmt: skip
    more = await routing.publish(*routing.ledger.record(capa, opened))
    async with routing.client("desk") as desk:
        query = {"min_position": [told["position"], *more]}
        items = documented(Timeline, (await desk.get(f"/api/v1/cases/{complaint}/timeline", params=query)).json())["items"]
        documented(ShownEvent, items[0])
        assert [item["recorded_at"] for item in items] == sorted(item["recorded_at"] for item in items)
        assert {item["type"].partition(".")[0] for item in items} == {"intake", "routing", "capa"}
        assessed = next(item for item in items if item["type"] == "routing.case-assessed.v1")
        assert assessed["reason"] == ASSESSMENT["reason"]
        assert assessed["actor"] == {"person": "anna", "name": "Anna", "role": "desk"}
        assert assessed["summary"] == "Assessed as ordinary, valid; path: customer service desk"
        chinese = (await desk.get(f"/api/v1/cases/{complaint}/timeline", headers={"accept-language": "zh"})).json()["items"]
        assert next(item for item in chinese if item["type"] == "routing.case-assessed.v1")["summary"].startswith("初步评估：一般")
        case = (await desk.get(f"/api/v1/cases/{complaint}")).json()
        assert case["capas"] == [str(capa)]
        paged: list[str] = []
        cursor = None
        while True:
            page = (
                await desk.get(f"/api/v1/cases/{complaint}/timeline", params={"limit": 4} | ({"cursor": cursor} if cursor else {}))
            ).json()
            paged += [item["position"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert paged == [item["position"] for item in items]
    stored = await routing.service.pool.fetch("select reason::text from timeline where reason is not null")
    assert stored
    assert all("seal" not in row["reason"].replace("sealed", "") for row in stored)
    for role, status in (("channel", 403), ("analyst", 403), ("department", 404), ("auditor", 200)):
        async with routing.client(role, person="dealer-7", departments=["north"]) as client:
            assert (await client.get(f"/api/v1/cases/{complaint}/timeline")).status_code == status


async def test_a_timeline_shows_what_the_roles_of_its_door_may_see(routing: Alone, monkeypatch: pytest.MonkeyPatch):
    complaint, seen = await received(routing)
    told = await walk(routing, complaint, *seen, upto="assessment")
    call = f"/api/v1/cases/{complaint}/timeline"
    async with routing.client("analyst", "department", departments=["production"]) as elsewhere:
        assert (await elsewhere.get(f"/api/v1/cases/{complaint}")).status_code == 200
        assert (await elsewhere.get(call, params={"min_position": told["position"]})).status_code == 404
    async with routing.client("analyst", "department", departments=["final_inspection"]) as holder:
        assert ASSESSMENT["reason"] in [item["reason"] for item in (await holder.get(call)).json()["items"]]
    monkeypatch.setattr(seeing, "sight", lambda *_, **__: Sight(complainant=False, texts=False))
    async with routing.client("desk") as desk:
        body = documented(Timeline, (await desk.get(call)).json())
    assert body["sealed"]
    assert {item["reason"] for item in body["items"]} == {None}


async def test_an_amount_is_text_and_what_costs_nothing_is_offered_as_is(routing: Alone):
    complaint, seen = await received(routing)
    told = await walk(routing, complaint, *seen, upto="assessment")
    offers = f"/api/v1/cases/{complaint}/remedies"
    async with routing.client("desk") as desk:
        for wrong in ({"amount": 0, "currency": "CNY"}, {"amount": "-1", "currency": "CNY"}, {"amount": "0", "currency": "yuan"}, "0"):
            assert (await desk.post(offers, json=OFFER | {"amount": wrong})).status_code == 422
        assert (await desk.get(f"/api/v1/cases/{complaint}")).json()["version"] == told["version"]
        free = {"amount": "0.00", "currency": "CNY"}
        made = documented(Offered, await ask(desk, complaint, "remedies", OFFER | {"amount": free}))
        assert (made["round"], made["state"]) == (1, "offered")
        case = documented(ShownCase, (await desk.get(f"/api/v1/cases/{complaint}")).json())
        assert case["rounds"][0]["amount"] == free


async def test_what_is_not_there_is_not_found(routing: Alone):
    async with routing.client("desk") as desk:
        for call in ("", "/timeline"):
            assert (await desk.get(f"/api/v1/cases/{uuid4()}{call}")).status_code == 404
        assert rule(await desk.post(f"/api/v1/cases/{uuid4()}/assessment", json=ASSESSMENT)) == (404, "not-found")
        assert (await desk.get("/api/v1/cases/17")).status_code == 404


async def test_if_match_refuses_what_has_moved(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk") as desk:
        case = await desk.get(f"/api/v1/cases/{complaint}", params={"min_position": seen})
        stale = {"if-match": case.headers["etag"]}
        await ask(desk, complaint, "assessment", ASSESSMENT)
        answer = await desk.post(f"/api/v1/cases/{complaint}/remedies", json=OFFER, headers=stale)
        assert rule(answer) == (412, "version-conflict")
