"""A case in full through its doors: judged again, approved, paused, reminded, ended by each outcome, and begun again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from conftest import Database
from services.routing.service import wire
from services.routing.shown import Cases, Offered, ShownCase
from shared.settings import Settings
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_routing import ACCEPTED, ASSESSMENT, DONE, MAJOR, OFFER, TODAY, ask, received, walk

WHY = {"reason": "A second car caught fire."}
WARNING = {"class": "A", "cause": "A reporter called.", "forecast": "In the papers tomorrow.", **WHY}
DEAR = OFFER | {"kinds": ["refund"], "amount": {"amount": "800.00", "currency": "CNY"}}
REFUSED = {"accepted": False, "medium": "phone", "comment": "Too late."}
RECOURSE = {"body": "consumer association", "told_on": TODAY}
REMINDER = {"medium": "letter"}


@pytest.fixture
async def routing(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings) as running:
        yield running


async def refused(client: httpx.AsyncClient, complaint: UUID, call: str, body: Any) -> tuple[int, str]:
    return rule(await client.post(f"/api/v1/cases/{complaint}/{call}", json=body))


async def shown(client: httpx.AsyncClient, complaint: UUID, *seen: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/cases/{complaint}", params={"min_position": seen})
    return documented(ShownCase, answer.json())


async def tasks(client: httpx.AsyncClient, department: str, *seen: str) -> list[str]:
    """What waits in a department's queue."""
    answer = await client.get(f"/api/v1/queues/{department}", params={"min_position": seen})
    return sorted(item["task"] for item in answer.json()["items"])


async def test_severity_is_changed_with_a_reason_and_the_new_paths_work_is_there(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk", "quality") as anna:
        assert rule(await anna.post(f"/api/v1/cases/{complaint}/severity", json={"severity": "major", **WHY}, params={"min_position": seen})) == (
            409, "not-assessed",
        )  # fmt: skip
        await ask(anna, complaint, "assessment", ASSESSMENT)
        assert (await anna.post(f"/api/v1/cases/{complaint}/severity", json={"severity": "major"})).status_code == 422
        assert (await anna.post(f"/api/v1/cases/{complaint}/severity", json={"severity": "major", "reason": " "})).status_code == 422
        told = await ask(anna, complaint, "severity", {"severity": "major", **WHY})
        case = await shown(anna, complaint, told["position"])
        assert (case["severity"], case["path"], case["state"]) == ("major", "quality_assurance", "assessed")
        assert await tasks(anna, "quality_assurance") == ["remedy"]
        assert await tasks(anna, "technical_director") == ["act"]
        assert await tasks(anna, "quality_management") == ["file"]
        (inspection,) = (await anna.get("/api/v1/queues/final_inspection")).json()["items"]
        assert inspection["severity"] == "major"
        assert await tasks(anna, "desk") == []
        (listed,) = (await anna.get("/api/v1/cases", params={"severity": "major"})).json()["items"]
        assert listed["path"] == "quality_assurance"
        assert await refused(anna, complaint, "remedies", OFFER) == (409, "meeting-first")


async def test_danger_is_graded_down_by_a_second_person_only(routing: Alone):
    complaint, seen = await received(routing)
    lower = {"severity": "important", **WHY}
    async with routing.client("quality") as anna, routing.client("desk") as also_anna, routing.client("quality", person="bo") as bo:
        await ask(anna, complaint, "assessment", MAJOR, *seen)
        for client in (anna, also_anna):
            assert await refused(client, complaint, "severity", lower) == (409, "second-person")
        await ask(bo, complaint, "severity", lower)
        case = await shown(bo, complaint)
        assert (case["severity"], case["safety"]) == ("important", True)


async def test_nature_is_changed_with_a_reason(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk") as desk:
        await ask(desk, complaint, "assessment", ASSESSMENT, *seen)
        assert (await desk.post(f"/api/v1/cases/{complaint}/nature", json={"nature": "valid", **WHY})).status_code == 422
        told = await ask(desk, complaint, "nature", {"nature": "communicative", **WHY})
        assert (await shown(desk, complaint))["nature"] == "communicative"
        (listed,) = documented(Cases, (await desk.get("/api/v1/cases", params={"min_position": told["position"]})).json())["items"]
        assert (listed["nature"], listed["severity"]) == ("communicative", "ordinary")


async def test_a_warning_is_diagnosed_and_goes_to_its_group(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("quality") as quality:
        await ask(quality, complaint, "assessment", ASSESSMENT | {"early_warning": "B"}, *seen)
        assert (await quality.post(f"/api/v1/cases/{complaint}/early-warning", json=WARNING | {"class": "D"})).status_code == 422
        told = await ask(quality, complaint, "early-warning", WARNING)
        case = await shown(quality, complaint, told["position"])
        assert (case["early_warning"], case["diagnosis"]["forecast"]) == ("A", WARNING["forecast"])
        assert (await tasks(quality, "leading_group"), await tasks(quality, "working_group")) == (["warn"], [])
        told = await ask(quality, complaint, "early-warning", WARNING | {"class": None})
        assert await tasks(quality, "leading_group", told["position"]) == []
        (listed,) = (await quality.get("/api/v1/cases")).json()["items"]
        assert listed["early_warning"] is None
    async with routing.client("analyst") as analyst:
        case = await shown(analyst, complaint)
        assert (case["sealed"], case["diagnosis"]["cause"]) == (True, None)


async def test_what_costs_more_than_the_authority_waits_for_an_approver(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk") as desk, routing.client("approver", person="lin") as lin:
        await ask(desk, complaint, "assessment", ASSESSMENT, *seen)
        made = documented(Offered, await ask(desk, complaint, "remedies", DEAR))
        assert (made["round"], made["state"]) == (1, "awaiting_approval")
        case = await shown(desk, complaint, made["position"])
        assert (case["state"], case["rounds"][0]["state"], case["rounds"][0]["offered_at"]) == ("assessed", "awaiting_approval", None)
        assert await refused(desk, complaint, "remedies", OFFER) == (409, "approval-pending")
        assert await refused(desk, complaint, "remedies/1/answer", ACCEPTED) == (409, "not-offered")
        yes = {"approved": True, "reason": "Fair."}
        assert await refused(desk, complaint, "remedies/1/approval", yes) == (403, "forbidden")
        async with routing.client("approver") as also_anna:
            assert await refused(also_anna, complaint, "remedies/1/approval", yes) == (409, "second-person")
        assert await refused(lin, complaint, "remedies/2/approval", yes) == (409, "not-offered")
        async with routing.client("quality") as quality:
            assert await tasks(quality, "leading_group") == ["approve"]
            told = await ask(lin, complaint, "remedies/1/approval", yes)
            assert await tasks(quality, "leading_group", told["position"]) == []
        case = await shown(lin, complaint)
        (first,) = case["rounds"]
        assert (case["state"], first["state"], first["approval"]["by"], first["approval"]["reason"]) == (
            "offered",
            "offered",
            "lin",
            "Fair.",
        )
        assert first["amount"] == {"amount": "800.00", "currency": "CNY"}
        assert await refused(lin, complaint, "remedies/1/approval", yes) == (409, "already-decided")
        await ask(desk, complaint, "remedies/1/answer", ACCEPTED)
        assert await refused(desk, complaint, "remedies", OFFER) == (409, "already-accepted")


async def test_what_is_declined_is_followed_by_another_offer(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("desk") as desk, routing.client("approver", person="lin") as lin:
        await ask(desk, complaint, "assessment", ASSESSMENT, *seen)
        await ask(desk, complaint, "remedies", DEAR)
        await ask(lin, complaint, "remedies/1/approval", {"approved": False, "reason": "Too much."})
        case = await shown(desk, complaint)
        assert (case["state"], case["rounds"][0]["state"], case["rounds"][0]["approval"]["approved"]) == ("assessed", "declined", False)
        assert await refused(desk, complaint, "remedies/1/answer", ACCEPTED) == (409, "not-offered")
        assert (await ask(desk, complaint, "remedies", OFFER))["round"] == 2


async def test_a_case_closes_with_recourse_named_after_a_refusal(routing: Alone):
    complaint, seen = await received(routing)
    exhausted = {"outcome": "recourse_exhausted", **WHY}
    async with routing.client("desk") as desk:
        await ask(desk, complaint, "assessment", ASSESSMENT, *seen)
        await ask(desk, complaint, "remedies", OFFER)
        await ask(desk, complaint, "remedies/1/answer", REFUSED)
        assert await refused(desk, complaint, "close", exhausted) == (409, "recourse-first")
        assert (await desk.post(f"/api/v1/cases/{complaint}/recourse", json=RECOURSE | {"told_on": "2199-01-01"})).status_code == 422
        await ask(desk, complaint, "recourse", RECOURSE)
        case = await shown(desk, complaint)
        assert (case["state"], case["recourse"]) == ("external", RECOURSE)
        assert (await desk.post(f"/api/v1/cases/{complaint}/close", json={"outcome": "recourse_exhausted"})).status_code == 422
        await ask(desk, complaint, "close", exhausted)
        case = await shown(desk, complaint)
        assert (case["state"], case["closings"][0]["outcome"]) == ("closed", "recourse_exhausted")


async def test_a_case_closes_without_an_answer_after_the_policys_reminders(routing: Alone):
    complaint, seen = await received(routing)
    silent = {"outcome": "no_answer", "reason": "Silence."}
    async with routing.client("desk") as desk:
        await ask(desk, complaint, "assessment", ASSESSMENT, *seen)
        await ask(desk, complaint, "remedies", OFFER)
        for _ in range(routing.service.policy().reminders):
            assert await refused(desk, complaint, "close", silent) == (409, "reminders-first")
            await ask(desk, complaint, "customer-reminder", REMINDER)
        assert (await shown(desk, complaint))["reminders"] == 3
        await ask(desk, complaint, "close", silent)
        assert (await shown(desk, complaint))["closings"][0]["outcome"] == "no_answer"


async def test_clocks_are_paused_and_go_on(routing: Alone):
    complaint, seen = await received(routing)
    why = {"reason": "waiting_for_customer"}
    async with routing.client("desk") as desk:
        assert (await desk.post(f"/api/v1/cases/{complaint}/pause", json=WHY, params={"min_position": seen})).status_code == 422
        assert await refused(desk, complaint, "resume", None) == (409, "not-paused")
        told = await ask(desk, complaint, "pause", why)
        assert await refused(desk, complaint, "pause", why) == (409, "paused")
        assert (await shown(desk, complaint))["paused"]
        (listed,) = (await desk.get("/api/v1/cases", params={"min_position": told["position"]})).json()["items"]
        assert listed["paused"]
        answer = await desk.post(f"/api/v1/cases/{complaint}/resume", json={"on_behalf_of": "Bo"})
        assert answer.status_code == 200, answer.text
        assert not (await shown(desk, complaint))["paused"]
        assert await refused(desk, complaint, "resume", {}) == (409, "not-paused")


async def test_staff_reopen_a_closed_case_and_it_needs_a_new_round(routing: Alone):
    complaint, seen = await received(routing)
    await walk(routing, complaint, *seen)
    async with routing.client("desk") as desk:
        assert (await desk.post(f"/api/v1/cases/{complaint}/reopening", json={})).status_code == 422
        told = await ask(desk, complaint, "reopening", WHY)
        case = await shown(desk, complaint, told["position"])
        assert (case["state"], case["reopened"], len(case["closings"]), case["rounds"][0]["state"]) == ("assessed", 1, 1, "verified")
        assert await refused(desk, complaint, "reopening", WHY) == (409, "case-open")
        assert await refused(desk, complaint, "close", {"outcome": "satisfied"}) == (409, "not-accepted")
        assert await tasks(desk, "desk") == ["reopened"]
        assert (await ask(desk, complaint, "remedies", OFFER))["round"] == 2
        for call, body in (("answer", ACCEPTED), ("carried-out", DONE), ("verification", DONE)):
            await ask(desk, complaint, f"remedies/2/{call}", body)
        await ask(desk, complaint, "close", {"outcome": "satisfied"})
        assert [closing["outcome"] for closing in (await shown(desk, complaint))["closings"]] == ["satisfied", "satisfied"]
