"""The communication matrix, tightened inspections and like cases through routing's doors (RT-10, RT-5, RT-1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from conftest import Database
from services.routing.service import wire
from services.routing.shown import Inspections, ShownCase, Similar
from shared.contracts.intake import FeedbackAnswered, FeedbackReceived, InformationAdded, MessagePosted
from shared.contracts.reporting import FrequencyClassChanged
from shared.contracts.vocabulary import Actor, ComplaintId, Customer, Product
from shared.settings import Settings
from shared.testing import NOON
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_routing import TODAY, received, walk
from tests.integration.test_routing_stream import listening
from tests.integration.test_routing_work import move, queue

COMPLAINANT = Actor(person="complainant", name="Complainant", role="complainant")
CAUGHT = {"quantity": 3, "on": TODAY, "text": "Seals cracked."}


@pytest.fixture
async def routing(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings) as running:
        yield running


async def written(routing: Alone, complaint: UUID, **more: Any) -> list[str]:
    message = {"complaint_id": complaint, "message_id": uuid4(), "by": "complainant", "text": "How much is it?", "visible": True}
    said = MessagePosted.model_validate(message | more)
    if said.by == "complainant":
        said = said.model_copy(update={"actor": COMPLAINANT, "occurred_at": NOON})
    return await routing.publish(*routing.ledger.record(complaint, said))


async def test_a_question_reaches_its_department_and_ends_with_its_answer(routing: Alone):
    complaint, seen = await received(routing)
    seen += await written(routing, complaint, topic="price")
    async with routing.client("department", departments=["finance"]) as finance, routing.client("quality") as quality:
        (item,) = await queue(finance, "finance", *seen)
        assert (item["task"], item["topic"], item["complaint_id"]) == ("answer", "price", str(complaint))
        assert (await finance.get(f"/api/v1/cases/{complaint}")).status_code == 200
        seen = await written(routing, complaint, by="staff", topic="price", text="Twelve yuan.")
        assert await queue(finance, "finance", *seen) == []
        seen = await written(routing, complaint, by="staff", visible=False, topic="delivery")
        assert [one["task"] for one in await queue(quality, "production", *seen)] == ["answer"]


async def test_a_message_on_a_closed_case_is_news_for_the_desk(routing: Alone):
    complaint, seen = await received(routing)
    await walk(routing, complaint, *seen)
    seen = await written(routing, complaint, topic="price")
    async with routing.client("desk", "quality") as desk:
        assert [one["task"] for one in await queue(desk, "desk", *seen)] == ["news"]
        assert await queue(desk, "finance") == []


async def test_an_inquiry_is_work_without_a_case_until_it_is_answered(routing: Alone):
    feedback = uuid4()
    asked = FeedbackReceived(feedback_id=feedback, kind="inquiry", channel="web", received_at=NOON, topic="delivery", text="When?")
    async with routing.client("department", departments=["production"]) as pu, listening(routing, department="production") as stream:
        seen = await routing.publish(*routing.ledger.record(feedback, asked))
        (item,) = await queue(pu, "production", *seen)
        assert (item["feedback_id"], item["complaint_id"], item["number"], item["version"]) == (str(feedback), None, None, 1)
        assert (item["task"], item["topic"], item["clock"], item["due_at"] is not None) == ("answer", "delivery", "inquiry", True)
        taken = await move(pu, item, "take")
        assert (taken["feedback_id"], taken["version"], taken["holder"]) == (str(feedback), 2, "anna")
        seen = await routing.publish(*routing.ledger.record(feedback, FeedbackAnswered(feedback_id=feedback, text="Soon.")))
        assert [one["id"] for one in await queue(pu, "production", *seen, state="done")] == [item["id"]]
        assert [(one["event"], one["feedback_id"]) for one in await stream.take(3)] == [
            (e, str(feedback)) for e in ("offered", "taken", "done")
        ]


async def test_inspection_is_tightened_by_a_quality_complaint_until_it_is_lifted(routing: Alone):
    complaint, seen = await received(routing, 1, product=Product(code="P-20", batch="B1"))
    async with routing.client("department", departments=["final_inspection"]) as inspector:
        await inspector.get("/api/v1/inspections", params={"min_position": seen})  # or the second complaint might be heard of first
        _, more = await received(routing, 2, product=Product(code="P-20", batch="B1"))
        _, other = await received(routing, 3, product=Product(code="P-20", batch="B2"), content_class="service_quality")
        answer = await inspector.get("/api/v1/inspections", params={"state": "open", "min_position": [*more, *other]})
        (found,) = documented(Inspections, answer.json())["items"]
        assert (found["product_code"], found["batch"], found["complaint_id"], found["number"]) == (
            "P-20",
            "B1",
            str(complaint),
            "C-2026-000001",
        )
        call = f"/api/v1/inspections/{found['id']}"
        for body in (CAUGHT | {"quantity": 0}, CAUGHT | {"on": "2190-01-01"}, {"quantity": 3, "on": TODAY}):
            assert (await inspector.post(f"{call}/catches", json=body)).status_code == 422
        told = await inspector.post(f"{call}/catches", json=CAUGHT)
        assert (told.status_code, told.json()["version"]) == (201, 2)
        (found,) = (await inspector.get("/api/v1/inspections", params={"min_position": told.json()["position"]})).json()["items"]
        assert (found["caught"], found["catches"][0]["text"], found["catches"][0]["by"]) == (3, CAUGHT["text"], "anna")
        assert (await inspector.post(f"{call}/lift", json={})).status_code == 422
        lifted = (await inspector.post(f"{call}/lift", json={"reason": "Three clean batches."})).json()
        assert rule(await inspector.post(f"{call}/catches", json=CAUGHT)) == (409, "inspection-lifted")
        assert rule(await inspector.post(f"/api/v1/inspections/{uuid4()}/lift", json={"reason": "?"})) == (404, "not-found")
        after = {"min_position": lifted["position"]}
        assert (await inspector.get("/api/v1/inspections", params={"state": "open", **after})).json()["items"] == []
        (found,) = (await inspector.get("/api/v1/inspections", params={"state": "lifted"})).json()["items"]
        assert (found["reason"], found["lifted_by"], found["caught"]) == ("Three clean batches.", "anna", 3)
    stored = b"".join([row["data"] for row in await routing.service.pool.fetch("select data from events")])
    assert b"Seals cracked" not in stored


async def test_a_batch_that_becomes_known_later_is_the_cases_and_tightens_its_inspection(routing: Alone):
    complaint, seen = await received(routing, product=Product(code="P-20"))
    added = InformationAdded(
        complaint_id=complaint, product=Product(batch="B9"), issue_codes=("noise",), content_class="product_quality",
        known_product=Product(code="P-20", batch="B9"),
    )  # fmt: skip
    seen += await routing.publish(*routing.ledger.record(complaint, added))
    async with routing.client("quality") as quality:
        case = documented(ShownCase, (await quality.get(f"/api/v1/cases/{complaint}", params={"min_position": seen})).json())
        assert (case["product_code"], case["batch"], case["issue_codes"]) == ("P-20", "B9", ["noise"])
        found = (await quality.get("/api/v1/inspections")).json()["items"]
        assert {(one["product_code"], one["batch"]) for one in found} == {("P-20", None), ("P-20", "B9")}


async def test_who_may_see_and_lift_tightened_inspections(routing: Alone):
    _, seen = await received(routing, product=Product(code="P-20", batch="B1"))
    expected = {
        "quality": 200,
        "auditor": 200,
        "department": 403,
        "desk": 403,
        "approver": 403,
        "channel": 403,
        "analyst": 403,
        "admin": 403,
    }
    for role, status in expected.items():
        async with routing.client(role, departments=["production"]) as client:
            answer = await client.get("/api/v1/inspections", params={"min_position": seen})
            assert (role, answer.status_code) == (role, status)
    (found,) = (await _inspections(routing))["items"]
    for role, status in (expected | {"quality": 201, "auditor": 403, "department": 404}).items():
        async with routing.client(role, departments=["production"]) as client:
            answer = await client.post(f"/api/v1/inspections/{found['id']}/catches", json=CAUGHT)
            assert (role, answer.status_code) == (role, status)


async def _inspections(routing: Alone) -> dict[str, Any]:
    async with routing.client("quality") as quality:
        return documented(Inspections, (await quality.get("/api/v1/inspections")).json())


async def like(client: httpx.AsyncClient, complaint: ComplaintId, *seen: str) -> dict[str, list[str]]:
    answer = await client.get(f"/api/v1/cases/{complaint}/similar", params={"min_position": seen})
    assert answer.status_code == 200, answer.text
    return {one["complaint_id"]: one["matched_on"] for one in documented(Similar, answer.json())["items"]}


async def test_two_complaints_of_one_batch_find_each_other_and_a_third_of_another_batch_and_customer_does_not(routing: Alone):
    facts = {"product": Product(code="P-20", batch="B1"), "customer": Customer(ref="C-1")}
    first, seen = await received(routing, 1, **facts, issue_codes=("leakage",))
    second, more = await received(routing, 2, **facts | {"customer": Customer(ref="C-2")}, issue_codes=("noise",))
    third, last = await received(routing, 3, product=Product(code="P-20", batch="B2"), customer=Customer(ref="C-3"), issue_codes=("smell",))
    async with routing.client("desk") as desk:
        assert await like(desk, first, *seen, *more, *last) == {str(second): ["batch"]}
        assert await like(desk, second) == {str(first): ["batch"]}
        assert await like(desk, third) == {}
    async with routing.client("department", departments=["production"]) as elsewhere:
        assert (await elsewhere.get(f"/api/v1/cases/{first}/similar")).status_code == 404


async def test_like_is_the_same_issue_with_the_same_product_or_the_same_customer_within_two_years(routing: Alone):
    near = NOON - timedelta(days=700)
    long_ago = NOON - timedelta(days=800)
    asked = {"product": Product(code="P-20", batch="B1"), "customer": Customer(ref="C-1"), "issue_codes": ("leakage", "noise")}
    mine, seen = await received(routing, 1, **asked)
    others = [
        {"product": Product(code="P-20"), "issue_codes": ("smell", "noise"), "received_at": near},
        {"customer": Customer(ref="C-1")},
        {"product": Product(code="P-20", batch="B1"), "customer": Customer(ref="C-1"), "issue_codes": ("leakage",)},
        {"product": Product(code="P-20"), "issue_codes": ("smell",)},
        {"product": Product(code="P-21", batch="B1")},
        {"product": Product(batch="B1")},
        {**asked, "received_at": long_ago},
    ]
    ids = []
    for number, facts in enumerate(others, 2):
        complaint, more = await received(routing, number, **facts)
        ids.append(str(complaint))
        seen += more
    async with routing.client("quality") as quality:
        assert await like(quality, mine, *seen) == {
            ids[0]: ["issue_and_product"], ids[1]: ["customer"], ids[2]: ["issue_and_product", "batch", "customer"], ids[5]: ["batch"],
        }  # fmt: skip
    async with routing.client("channel", departments=["south"], person="dealer-7") as dealer:
        assert len(await like(dealer, mine)) == 4


async def test_the_computed_class_is_the_last_one_published_and_unknown_before(routing: Alone):
    facts = {"product": Product(code="P-20"), "customer": Customer(ref="C-1"), "issue_codes": ("leakage",)}
    complaint, seen = await received(routing, **facts)
    said = {"scope": "product", "issue_code": "leakage", "product_code": "P-20", "month": "2026-10", "basis": "share"}
    async with routing.client("quality") as quality:
        call = f"/api/v1/cases/{complaint}"
        assert (await quality.get(f"{call}/similar", params={"min_position": seen})).json()["computed_class"] == "unknown"
        for steps, known in (
            ([{"frequency_class": "systematic"}, {"frequency_class": "sporadic"}], "sporadic"),
            ([{"frequency_class": "recurrent", "scope": "customer", "product_code": None, "customer_ref": "C-1"}], "recurrent"),
            ([{"frequency_class": "systematic", "issue_code": "noise"}], "recurrent"),
        ):
            events = [FrequencyClassChanged.model_validate(said | step) for step in steps]
            seen = await routing.publish(*routing.ledger.record(uuid4(), *events))
            assert (await quality.get(f"{call}/similar", params={"min_position": seen})).json()["computed_class"] == known
            assert (await quality.get(call)).json()["recurrence"] == {"human": None, "computed": known}
