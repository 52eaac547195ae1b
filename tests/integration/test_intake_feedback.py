"""Other feedback and the directory of customers, through intake's doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from conftest import Database
from services.intake.service import wire
from services.intake.shown import ComplaintReceipt, CustomerList, FeedbackList, ShownCustomer, ShownFeedback
from shared.contracts.routing import WorkItemOffered
from shared.settings import Settings
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_intake import since
from tests.integration.test_intake_correspondence import good

ASKED: dict[str, Any] = {
    "kind": "inquiry", "channel": "phone", "text": "What does a seal cost?", "topic": "price",
    "complainant": {"name": "Li Wei", "phone": "138 0013 8000"}, "product": {"code": "P-20"},
}  # fmt: skip


@pytest.fixture
async def intake(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("intake", wire, database, settings) as running:
        yield running


async def ask(intake: Alone, **changed: Any) -> dict[str, Any]:
    async with intake.client("channel") as channel:
        return good(await channel.post("/api/v1/feedback", json=ASKED | changed), 201)


async def test_unanswered_inquiries_are_a_list_by_age(intake: Alone):
    second = await ask(intake, received_at="2026-11-02T09:00:00+08:00")
    first = await ask(intake, received_at="2026-11-01T09:00:00+08:00")
    praise = await ask(intake, kind="praise", text="Well done.")
    async with intake.client("desk") as desk:
        params = {"kind": "inquiry", "state": "unanswered", **since(first, second, praise)}
        listed = documented(FeedbackList, good(await desk.get("/api/v1/feedback", params=params)))
        assert [one["id"] for one in listed["items"]] == [first["id"], second["id"]]
        assert all(one["due_at"] for one in listed["items"])
        done = good(await desk.post(f"/api/v1/feedback/{first['id']}/answer", json={"text": "Twelve yuan."}))
        assert rule(await desk.post(f"/api/v1/feedback/{first['id']}/answer", json={"text": "Ten."})) == (409, "already-decided")
        shown = documented(ShownFeedback, good(await desk.get(f"/api/v1/feedback/{first['id']}", params=since(done))))
        assert (shown["state"], shown["answer"], shown["topic"]) == ("answered", "Twelve yuan.", "price")
        left = good(await desk.get("/api/v1/feedback", params={"kind": "inquiry", "state": "unanswered"}))["items"]
        assert [one["id"] for one in left] == [second["id"]]


async def test_feedback_that_is_a_complaint_goes_on_as_one(intake: Alone):
    asked = await ask(intake)
    async with intake.client("quality") as quality:
        body = {"content_class": "product_quality", "issue_codes": ["leakage"], "reason": "His seal leaks."}
        answer = await quality.post(f"/api/v1/feedback/{asked['id']}/promotion", json=body)
        told = documented(ComplaintReceipt, good(answer, 201))
        complaint = good(await quality.get(f"/api/v1/complaints/{told['id']}", params=since(told)))
        assert (complaint["description"], complaint["complainant"]["name"], complaint["channel"]) == (ASKED["text"], "Li Wei", "phone")
        shown = good(await quality.get(f"/api/v1/feedback/{asked['id']}"))
        assert (shown["state"], shown["complaint_id"]) == ("promoted", told["id"])
        assert rule(await quality.post(f"/api/v1/feedback/{asked['id']}/promotion", json=body)) == (409, "already-decided")
        found = good(await quality.post("/api/v1/complaints/lookup", json={"phone": "+8613800138000"}))
        assert [one["number"] for one in found["items"]] == [told["number"]]


async def test_a_department_answers_what_is_its_work(intake: Alone):
    asked = await ask(intake)
    offered = WorkItemOffered(feedback_id=UUID(asked["id"]), item_id=uuid4(), department="finance", task="answer", topic="price")
    async with intake.client("department", departments=["finance"]) as finance:
        assert rule(await finance.get(f"/api/v1/feedback/{asked['id']}", params=since(asked))) == (404, "not-found")
        seen = await intake.publish(*intake.ledger.record(UUID(asked["id"]), offered))
        shown = good(await finance.get(f"/api/v1/feedback/{asked['id']}", params={"min_position": seen}))
        assert shown["text"] == ASKED["text"]
        good(await finance.post(f"/api/v1/feedback/{asked['id']}/answer", json={"text": "Twelve."}))


async def test_what_was_said_lies_sealed(intake: Alone):
    asked = await ask(intake)
    async with intake.client("desk") as desk:
        good(await desk.post(f"/api/v1/feedback/{asked['id']}/answer", json={"text": "Twelve yuan."}))
    stored = b"".join([row["data"] for row in await intake.service.pool.fetch("select data from events")])
    for text in (b"seal cost", b"Li Wei", b"Twelve yuan"):
        assert text not in stored
    async with intake.client("auditor") as auditor:
        shown = good(await auditor.get(f"/api/v1/feedback/{asked['id']}"))
        assert (shown["text"], shown["complainant"], shown["sealed"]) == (ASKED["text"], None, True)


async def test_the_directory_of_customers(intake: Alone):
    entry = {"ref": "C-1", "name": "Harbour Foods", "group": "north", "annual_sales": {"amount": "1200000", "currency": "CNY"}, "rank": 2}
    async with intake.client("desk") as desk, intake.client("analyst") as analyst:
        made = good(await desk.post("/api/v1/customers", json=entry), 201)
        assert rule(await desk.post("/api/v1/customers", json=entry)) == (409, "already-registered")
        other = good(await desk.post("/api/v1/customers", json={"ref": "C-2", "name": "Harbour Food Ltd"}), 201)
        changed = good(await desk.patch("/api/v1/customers/C-1", json={"status": "lost", "rank": None}))
        shown = documented(ShownCustomer, good(await analyst.get("/api/v1/customers/C-1", params=since(made, other, changed))))
        assert (shown["status"], shown["rank"], shown["annual_sales"]) == ("lost", None, {"amount": "1200000", "currency": "CNY"})
        listed = documented(CustomerList, good(await analyst.get("/api/v1/customers", params={"search": "harbour"})))
        assert [one["ref"] for one in listed["items"]] == ["C-1", "C-2"]
        assert rule(await analyst.post("/api/v1/customers", json=entry))[0] == 403
        merged = good(await desk.post("/api/v1/customers/C-2/merge", json={"into": "C-1", "reason": "The same firm."}))
        assert good(await desk.get("/api/v1/customers/C-2", params=since(merged)))["merged_into"] == "C-1"
        assert rule(await desk.post("/api/v1/customers/C-1/merge", json={"into": "C-2", "reason": "?"})) == (422, "invalid")
        assert rule(await desk.patch("/api/v1/customers/C-9", json={"name": "Nobody"})) == (404, "not-found")
