"""Routing through its doors: a complaint's case goes the straight road, and each role does its part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from conftest import Database
from services.routing.service import wire
from services.routing.shown import ShownCase
from services.routing.shown_work import Moved, Queue, ShownWorkItem
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived, History, HistoryRound, RemedyAnswerGiven
from shared.contracts.survey import CallbackAnswered
from shared.contracts.vocabulary import Actor, ComplaintId
from shared.settings import Settings
from shared.testing import NOON
from tests.alone import Alone, alone, documented, rule

TODAY = datetime.now(UTC).date().isoformat()
ASSESSMENT = {
    "severity": "ordinary", "nature": "valid", "safety": False, "recurrent": False, "complexity": "low", "impact": "low",
    "immediate_action": "possible", "pass_on": False, "early_warning": None, "legal": False, "reason": "Leaks at the seal.",
}  # fmt: skip
MAJOR = ASSESSMENT | {"severity": "major", "safety": True, "pass_on": True, "responsible_department": "technical"}
OFFER = {"kinds": ["repair"], "text": "We repair it at your place.", "commitment": "within a week"}
ACCEPTED = {"accepted": True, "medium": "phone"}
DONE = {"on": TODAY, "evidence": "Invoice 8."}
POSTER = Actor(person="dealer-7", name="Dealer 7", role="channel")


@pytest.fixture
async def routing(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings) as running:
        yield running


async def received(routing: Alone, number: int = 1, **changed: Any) -> tuple[ComplaintId, list[str]]:
    complaint = ComplaintId(uuid4())
    event = ComplaintReceived.model_validate(
        {
            "complaint_id": complaint, "number": f"C-2026-{number:06}", "channel": "phone", "content_class": "product_quality",
            "received_at": NOON, "departments": ("north",), "actor": POSTER, "occurred_at": NOON,
        } | changed
    )  # fmt: skip
    told = ComplaintAcknowledged(complaint_id=complaint, medium="phone")
    return complaint, await routing.publish(*routing.ledger.record(complaint, event, told))


async def ask(client: httpx.AsyncClient, complaint: UUID, call: str, body: dict[str, Any], *seen: str) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/cases/{complaint}/{call}", json=body, params={"min_position": seen})
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, Any] = answer.json()
    return told


async def walk(routing: Alone, complaint: UUID, *seen: str, upto: str = "close") -> dict[str, Any]:
    """The desk's straight road."""
    told: dict[str, Any] = {}
    steps = {
        "assessment": ASSESSMENT, "remedies": OFFER, "remedies/1/answer": ACCEPTED, "remedies/1/carried-out": DONE,
        "remedies/1/verification": DONE, "telling": {"medium": "phone", "text": "It is repaired."}, "close": {"outcome": "satisfied"},
    }  # fmt: skip
    async with routing.client("desk") as desk:
        for call, body in steps.items():
            told = await ask(desk, complaint, call, body, *seen)
            if call == upto:
                break
    return told


async def test_a_received_complaint_is_work_for_the_desk_until_it_is_assessed(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk") as desk:
        body = (await desk.get("/api/v1/queues/desk", params={"min_position": seen})).json()
        (item,) = documented(Queue, body)["items"]
        documented(ShownWorkItem, item)
        assert (item["complaint_id"], item["number"], item["task"], item["state"]) == (str(complaint), "C-2026-000001", "assess", "open")
        take = f"/api/v1/work-items/{item['id']}/take"
        assert (await desk.post(take, json={"holder": "bo"})).status_code == 422
        taken = await desk.post(take, headers={"if-match": f'"{item["version"]}"'}, json={"on_behalf_of": "Bo"})
        assert taken.status_code == 200, taken.text
        documented(Moved, taken.json())
        assert (taken.json()["id"], taken.json()["state"], taken.json()["holder"]) == (item["id"], "taken", "anna")
        after = {"min_position": taken.json()["position"]}
        (item,) = (await desk.get("/api/v1/queues/desk", params={"state": "taken", **after})).json()["items"]
        assert (item["holder"], item["version"]) == ("anna", taken.json()["version"])
        assessed = await ask(desk, complaint, "assessment", ASSESSMENT)
        after = {"min_position": assessed["position"]}
        (item,) = (await desk.get("/api/v1/queues/desk", params={"state": "done", **after})).json()["items"]
        assert item["task"] == "assess"
        (item,) = (await desk.get("/api/v1/queues/desk", params=after)).json()["items"]
        assert (item["task"], item["severity"]) == ("remedy", "ordinary")


async def test_of_two_who_take_at_once_one_gets_it(routing: Alone):
    _, seen = await received(routing)
    async with routing.client("desk") as anna, routing.client("desk", person="bo") as bo:
        (item,) = (await anna.get("/api/v1/queues/desk", params={"min_position": seen})).json()["items"]
        answers = await asyncio.gather(*(who.post(f"/api/v1/work-items/{item['id']}/take") for who in (anna, bo)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert rule(next(a for a in answers if a.status_code == 409)) == (409, "already-taken")


async def test_the_straight_road_ends_in_a_closed_case(routing: Alone):
    complaint, seen = await received(routing)
    told = await walk(routing, complaint, *seen)
    async with routing.client("desk") as desk:
        answer = await desk.get(f"/api/v1/cases/{complaint}")
        assert answer.headers["etag"] == f'"{told["version"]}"'
        case = documented(ShownCase, answer.json())
        (round_one,) = case["rounds"]
        assert (case["state"], round_one["state"], round_one["text"]) == ("closed", "verified", OFFER["text"])
        assert (round_one["answer"]["accepted"], round_one["carried_out_on"]) == (True, TODAY)
        (closing,) = case["closings"]
        assert (closing["outcome"], closing["customer_confirmed"]) == ("satisfied", False)
        assert (case["path"], case["reopened"], case["imported"], case["capas"]) == ("desk", 0, False, [])
        assert len(case["work_items"]) == 3
        waiting = (await desk.get("/api/v1/queues/desk", params={"min_position": told["position"]})).json()["items"]
        assert waiting == []


async def test_a_major_case_goes_through_quality_and_a_meeting(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk") as desk, routing.client("quality", person="qi") as quality:
        wrong = await desk.post(f"/api/v1/cases/{complaint}/assessment", json=MAJOR | {"pass_on": False}, params={"min_position": seen})
        assert [error["at"] for error in wrong.json()["errors"]] == ["/pass_on"]
        await ask(desk, complaint, "assessment", MAJOR)
        assert rule(await desk.post(f"/api/v1/cases/{complaint}/assessment", json=MAJOR)) == (409, "already-assessed")
        assert rule(await desk.post(f"/api/v1/cases/{complaint}/remedies", json=OFFER)) == (403, "forbidden")
        assert rule(await quality.post(f"/api/v1/cases/{complaint}/remedies", json=OFFER)) == (409, "meeting-first")
        meeting = {"held_at": datetime.now(UTC).isoformat(), "attendees": ["qi", "tan"], "decision": "Replace the batch."}
        assert rule(await desk.post(f"/api/v1/cases/{complaint}/meetings", json=meeting)) == (403, "forbidden")
        await ask(quality, complaint, "meetings", meeting)
        assert (await ask(quality, complaint, "remedies", OFFER))["round"] == 1
        assert rule(await desk.post(f"/api/v1/cases/{complaint}/remedies/1/verification", json=DONE)) == (403, "forbidden")
        assert rule(await desk.post(f"/api/v1/cases/{complaint}/close", json={"outcome": "satisfied"})) == (409, "not-accepted")


async def test_who_holds_work_of_the_case_says_it_was_carried_out(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk") as desk, routing.client("quality", person="qi") as quality:
        await ask(desk, complaint, "assessment", ASSESSMENT | {"pass_on": True, "responsible_department": "finance"}, *seen)
        await ask(quality, complaint, "remedies", OFFER)
        told = await ask(desk, complaint, "remedies/1/answer", ACCEPTED)
    call = f"/api/v1/cases/{complaint}/remedies/1/carried-out"
    async with routing.client("department", departments=["production"]) as production:
        assert rule(await production.post(call, json=DONE)) == (404, "not-found")
    async with routing.client("department", person="fan", departments=["finance"]) as finance:
        assert rule(await finance.post(call, json=DONE)) == (403, "forbidden")
        queue = (await finance.get("/api/v1/queues/finance", params={"min_position": told["position"]})).json()["items"]
        assert [item["task"] for item in queue] == ["act"]
        assert (await finance.post(f"/api/v1/work-items/{queue[0]['id']}/take")).status_code == 200
        assert (await finance.post(call, json=DONE)).status_code == 200


async def test_the_complainants_own_answer_is_heard_and_the_first_of_two_wins(routing: Alone):
    complaint, seen = await received(routing)
    told = await walk(routing, complaint, *seen, upto="remedies")
    given = RemedyAnswerGiven(complaint_id=complaint, round=told["round"], accepted=False)
    seen = await routing.publish(*routing.ledger.record(complaint, given, given))
    async with routing.client("desk") as desk:
        case = (await desk.get(f"/api/v1/cases/{complaint}", params={"min_position": seen})).json()
        assert (case["state"], case["rounds"][0]["state"]) == ("refused", "refused")
        assert rule(await desk.post(f"/api/v1/cases/{complaint}/remedies/1/answer", json=ACCEPTED)) == (409, "already-decided")


async def test_a_dissatisfied_customer_reopens_the_case(routing: Alone):
    complaint, seen = await received(routing)
    await walk(routing, complaint, *seen)
    answered = CallbackAnswered(
        callback_id=uuid4(), complaint_id=complaint, closing_round=1, satisfied_with_handling="not", satisfied_with_remedy="very",
        satisfied=False,
    )  # fmt: skip
    seen = await routing.publish(*routing.ledger.record(uuid4(), answered, key=complaint))
    async with routing.client("desk") as desk:
        case = (await desk.get(f"/api/v1/cases/{complaint}", params={"min_position": seen})).json()
        assert (case["state"], case["reopened"], len(case["closings"])) == ("assessed", 1, 1)
        waiting = (await desk.get("/api/v1/queues/desk")).json()["items"]
        assert [item["task"] for item in waiting] == ["reopened"]
        assert rule(await desk.post(f"/api/v1/cases/{complaint}/close", json={"outcome": "satisfied"})) == (409, "not-accepted")
        assert (await ask(desk, complaint, "remedies", OFFER))["round"] == 2


async def test_an_imported_case_starts_nothing(routing: Alone):
    history = History(source="tsa", rounds=(HistoryRound(received_at=NOON, severity="major", closed=True, outcome="satisfied"),))
    complaint, seen = await received(routing, history=history)
    async with routing.client("desk") as desk:
        case = (await desk.get(f"/api/v1/cases/{complaint}", params={"min_position": seen})).json()
        assert (case["state"], case["imported"], case["severity"], case["work_items"]) == ("closed", True, "major", [])
        assert (await desk.get("/api/v1/queues/desk")).json()["items"] == []
