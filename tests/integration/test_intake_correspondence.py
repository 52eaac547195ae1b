"""What is said after the receipt, through intake's doors: information, messages, withdrawal, duplicates, confirmation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conftest import Database
from services.intake.service import wire
from services.intake.shown import Followed, Messages, ShownComplaint
from shared.contracts.intake import ComplaintMerged, SettlementConfirmed
from shared.settings import Settings
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_intake import LEAST, post, since


@pytest.fixture
async def intake(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("intake", wire, database, settings) as running:
        yield running


def good(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_what_came_in_later_is_told_with_the_complaint(intake: Alone):
    told = await post(intake)
    at = f"/api/v1/complaints/{told['id']}"
    async with intake.client("desk") as desk:
        body = {"text": "It smokes now.", "product": {"batch": "B2292"}, "issue_codes": ["smoke", "leakage"], "occurred_on": "2026-11-19"}
        added = good(await desk.post(f"{at}/information", json=body))
        shown = documented(ShownComplaint, good(await desk.get(at, params=since(added))))
        assert (shown["product"]["code"], shown["product"]["batch"]) == ("P-20", "B2292")
        assert (shown["issue_codes"], shown["occurred_on"]) == (["smoke", "leakage"], "2026-11-19")
        assert [one["text"] for one in shown["additions"]] == ["It smokes now."]
        assert shown["description"] == "The pump leaks since Monday."
        nothing = await desk.post(f"{at}/information", json={})
        assert rule(nothing) == (422, "invalid")
    async with intake.client("analyst") as analyst:
        hidden = good(await analyst.get(at))
        assert (hidden["additions"], hidden["sealed"]) == ([], True)


async def test_messages_go_both_ways_and_internal_ones_stay_inside(intake: Alone):
    told = await post(intake)
    at = f"/api/v1/complaints/{told['id']}/messages"
    async with intake.client("desk", person="Li") as desk, intake.client("channel") as channel, intake.stranger() as complainant:
        good(await desk.post(at, json={"text": "We look into it.", "visible": True}), 201)
        good(await desk.post(at, json={"text": "Ask finance.", "visible": False, "topic": "price"}), 201)
        good(await complainant.post("/api/v1/tracking/messages", json={**told["tracking"], "text": "When?", "topic": "delivery"}), 201)
        last = good(await channel.post(at, json={"text": "He called again.", "visible": True}), 201)
        inside = documented(Messages, good(await desk.get(at, params=since(last))))["items"]
        assert [(one["by"], one["text"], one["visible"], one["topic"]) for one in inside] == [
            ("staff", "We look into it.", True, "other"), ("staff", "Ask finance.", False, "price"),
            ("complainant", "When?", True, "delivery"), ("complainant", "He called again.", True, "other"),
        ]  # fmt: skip
        assert [one["person"] for one in inside] == ["Li", "Li", None, None]
        outside = good(await channel.get(at))["items"]
        assert [one["text"] for one in outside] == ["We look into it.", "When?", "He called again."]
        followed = documented(Followed, good(await complainant.post("/api/v1/tracking", json=told["tracking"])))
        assert [one["text"] for one in followed["messages"]] == ["We look into it.", "When?", "He called again."]
        first = good(await desk.get(at, params={"limit": 3}))
        rest = good(await desk.get(at, params={"limit": 3, "cursor": first["next"]}))
        assert [one["id"] for one in first["items"] + rest["items"]] == [one["id"] for one in inside]
        assert rest["next"] is None


async def test_a_complaint_is_withdrawn_by_its_complainant_once(intake: Alone):
    told = await post(intake)
    async with intake.stranger() as complainant, intake.client("desk") as desk:
        good(await complainant.post("/api/v1/tracking/withdrawal", json=told["tracking"], params=since(told)))
        again = await complainant.post("/api/v1/tracking/withdrawal", json={**told["tracking"], "reason": "Settled."})
        assert rule(again) == (409, "case-closed")
        said = await desk.post(f"/api/v1/complaints/{told['id']}/withdrawal", json={"reason": "He said so."})
        assert rule(said) == (409, "case-closed")
        followed = good(await complainant.post("/api/v1/tracking", json=told["tracking"], headers={"accept-language": "en"}))
        assert followed["progress"][-1]["text"] == "The complaint has been withdrawn."


async def test_both_numbers_of_a_duplicate_keep_working(intake: Alone):
    first = await post(intake)
    second = await post(intake, LEAST)
    async with intake.client("desk") as desk, intake.stranger() as complainant:
        at = f"/api/v1/complaints/{second['id']}"
        body = {"number": first["number"].lower(), "reason": "The same pump."}
        merged = good(await desk.post(f"{at}/duplicate-of", json=body, params=since(first, second)))
        shown = good(await desk.get("/api/v1/complaints", params={"number": second["number"], **since(merged)}))
        assert (shown["id"], shown["duplicate_of"]) == (second["id"], first["number"])
        good(await complainant.post("/api/v1/tracking/messages", json={**second["tracking"], "text": "Any news?"}), 201)
        followed = good(await complainant.post("/api/v1/tracking", json=first["tracking"]))
        assert [one["text"] for one in followed["messages"]] == ["Any news?"]
        for number, of in (("C-2099-000001", second), (second["number"], first), (first["number"], first)):
            wrong = await desk.post(f"/api/v1/complaints/{of['id']}/duplicate-of", json={"number": number, "reason": "?"})
            assert (rule(wrong), wrong.json()["errors"][0]["at"]) == ((422, "invalid"), "/number")
    kinds = [type(event.data) for event in await intake.service.store.stream(second["id"])]
    assert kinds[-1] is ComplaintMerged


async def test_the_complainant_says_whether_it_is_settled(intake: Alone):
    told = await post(intake)
    async with intake.stranger() as complainant:
        good(await complainant.post("/api/v1/tracking/confirmation", json={**told["tracking"], "satisfied": False}, params=since(told)))
    last = (await intake.service.store.stream(told["id"]))[-1].data
    assert isinstance(last, SettlementConfirmed)
    assert last.satisfied is False


@pytest.mark.parametrize(("role", "status"), [("analyst", 403), ("auditor", 403), ("approver", 403), ("admin", 403), ("department", 404)])
async def test_who_has_no_part_in_it_writes_nothing(intake: Alone, role, status: int):
    told = await post(intake)
    async with intake.client(role, departments=["technical"]) as caller:
        for call, body in (("messages", {"text": "Hello.", "visible": True}), ("information", {"text": "More."})):
            assert (await caller.post(f"/api/v1/complaints/{told['id']}/{call}", json=body)).status_code == status


async def test_there_is_nothing_under_an_unknown_id(intake: Alone):
    async with intake.client("desk") as desk:
        assert rule(await desk.post(f"/api/v1/complaints/{uuid4()}/withdrawal", json={"reason": "?"})) == (404, "not-found")
