"""What ends a case from outside, what begins it again, and who may: through its real doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from conftest import Database
from services.routing.service import wire
from services.routing.shown import Timeline
from shared.contracts.capa import CapaClosed
from shared.contracts.event import Event
from shared.contracts.intake import (
    ComplaintMerged,
    ComplaintWithdrawn,
    History,
    HistoryRound,
    InformationAdded,
    MessagePosted,
    SettlementConfirmed,
)
from shared.contracts.vocabulary import Actor, ComplaintId, Role
from shared.settings import Settings
from shared.testing import NOON
from tests.alone import Alone, alone, documented
from tests.integration.test_routing import ACCEPTED, ASSESSMENT, DONE, OFFER, POSTER, ask, received, walk
from tests.integration.test_routing_case import RECOURSE, REMINDER, WARNING, WHY, refused, shown, tasks


@pytest.fixture
async def routing(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings) as running:
        yield running


async def publish(routing: Alone, complaint: ComplaintId, *events: Event) -> list[str]:
    """What intake says of a complaint."""
    return await routing.publish(*routing.ledger.record(complaint, *events))


async def test_a_withdrawn_complaint_ends_its_case_and_its_work(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("quality") as quality:
        told = await ask(quality, complaint, "assessment", ASSESSMENT, *seen)
        seen = await publish(routing, complaint, ComplaintWithdrawn(complaint_id=complaint, reason="Found it.", by="complainant"))
        case = await shown(quality, complaint, told["position"], *seen)
        assert (case["state"], case["closings"][0]["outcome"]) == ("withdrawn", "withdrawn")
        assert await tasks(quality, "desk") == []
        assert await refused(quality, complaint, "remedies", OFFER) == (409, "case-closed")
        (listed,) = (await quality.get("/api/v1/cases", params={"state": "withdrawn"})).json()["items"]
        assert listed["id"] == str(complaint)


async def test_a_merged_complaint_ends_its_case_as_a_duplicate(routing: Alone):
    first, _ = await received(routing)
    second, seen = await received(routing, 2)
    merged = ComplaintMerged(complaint_id=second, number="C-2026-000002", into=first, into_number="C-2026-000001", reason="The same.")
    async with routing.client("desk") as desk:
        case = await shown(desk, second, *seen, *await publish(routing, second, merged))
        assert (case["state"], case["closings"][0]["outcome"]) == ("closed", "duplicate")
        assert (await shown(desk, first))["state"] == "received"


async def test_what_is_written_on_a_closed_case_is_work_for_the_desk(routing: Alone):
    complaint, seen = await received(routing)
    closed = await walk(routing, complaint, *seen)
    message = MessagePosted(complaint_id=complaint, message_id=uuid4(), by="complainant", text="It leaks again.", visible=True)
    facts = InformationAdded(complaint_id=complaint, text="Two more.", actor=POSTER, occurred_at=NOON)
    by_complainant = message.model_copy(update={"actor": Actor(person="complainant", name="Complainant", role="complainant")})
    seen = await publish(routing, complaint, by_complainant.model_copy(update={"occurred_at": NOON}), facts)
    async with routing.client("desk") as desk:
        assert await tasks(desk, "desk", closed["position"], *seen) == ["news", "news"]
        assert (await shown(desk, complaint))["state"] == "closed"


async def test_who_says_that_it_is_not_settled_reopens_the_case_and_who_is_content_confirms_it(routing: Alone):
    complaint, seen = await received(routing)
    closed = await walk(routing, complaint, *seen)
    async with routing.client("desk") as desk:
        content = SettlementConfirmed(complaint_id=complaint, satisfied=True, closing_round=1)
        case = await shown(desk, complaint, closed["position"], *await publish(routing, complaint, content))
        assert (case["state"], case["closings"][0]["customer_confirmed"]) == ("closed", True)
        not_content = SettlementConfirmed(complaint_id=complaint, satisfied=False, closing_round=1)
        case = await shown(desk, complaint, *await publish(routing, complaint, not_content))
        assert (case["state"], case["reopened"], len(case["closings"])) == ("assessed", 1, 1)


async def test_an_effective_action_is_something_to_tell(routing: Alone):
    complaint, seen = await received(routing)
    closed = await walk(routing, complaint, *seen)
    capa = uuid4()
    effective = CapaClosed(capa_id=capa, number="CA-2026-0001", complaints=(complaint,), rounds=1)
    seen = await routing.publish(*routing.ledger.record(capa, effective))
    async with routing.client("desk") as desk:
        assert await tasks(desk, "desk", closed["position"], *seen) == ["tell"]
        told = await ask(desk, complaint, "telling", {"medium": "phone", "text": "The seal is another one now."})
        assert (await shown(desk, complaint, told["position"]))["state"] == "closed"


async def test_an_imported_case_is_work_once_somebody_writes_or_assesses(routing: Alone):
    history = History(source="crm", rounds=(HistoryRound(received_at=NOON, severity="important"),))
    written, seen = await received(routing, history=history)
    judged, more = await received(routing, 2, history=history)
    facts = InformationAdded(complaint_id=written, text="Two more.", actor=POSTER, occurred_at=NOON)
    async with routing.client("quality") as quality:
        assert await tasks(quality, "desk", *seen, *more) == []
        assert await tasks(quality, "desk", *await publish(routing, written, facts)) == ["assess"]
        told = await ask(quality, judged, "assessment", ASSESSMENT)
        assert await tasks(quality, "desk", told["position"]) == ["assess", "remedy"]


AFTER_THE_END: list[tuple[str, Any]] = [
    ("assessment", ASSESSMENT),
    ("severity", {"severity": "major", **WHY}),
    ("nature", {"nature": "communicative", **WHY}),
    ("early-warning", WARNING),
    ("remedies", OFFER),
    ("remedies/1/answer", ACCEPTED),
    ("remedies/1/carried-out", DONE),
    ("remedies/1/verification", DONE),
    ("recourse", RECOURSE),
    ("customer-reminder", REMINDER),
    ("pause", {"reason": "waiting_for_customer"}),
    ("resume", None),
    ("close", {"outcome": "satisfied"}),
    ("policy", {"version": "default.1", **WHY}),
    ("meetings", {"held_at": datetime(2026, 1, 5, tzinfo=UTC).isoformat(), "attendees": ["qi"], "decision": "Replace."}),
]


async def test_a_closed_case_stands_and_what_is_refused_changes_nothing(routing: Alone):
    complaint, seen = await received(routing)
    told = await walk(routing, complaint, *seen)
    async with routing.client("quality") as quality:
        for call, body in AFTER_THE_END:
            assert await refused(quality, complaint, call, body) == (409, "case-closed"), call
        assert (await shown(quality, complaint))["version"] == told["version"]
    async with routing.client("approver", person="lin") as lin:
        assert await refused(lin, complaint, "remedies/1/approval", {"approved": True, "reason": "Fair."}) == (409, "case-closed")


HANDLED: list[tuple[str, Any]] = [
    ("severity", {"severity": "major", **WHY}),
    ("nature", {"nature": "communicative", **WHY}),
    ("early-warning", WARNING),
    ("recourse", RECOURSE),
    ("customer-reminder", REMINDER),
    ("pause", {"reason": "waiting_for_customer"}),
    ("resume", None),
    ("reopening", WHY),
    ("telling", {"medium": "phone", "text": "It is repaired."}),
    ("close", {"outcome": "satisfied"}),
]
MAY: dict[str, tuple[Role, ...]] = {call: ("desk", "quality") for call, _ in HANDLED} | {
    "policy": ("quality",), "meetings": ("quality",), "remedies/1/approval": ("approver",),
}  # fmt: skip
EVERYBODY: tuple[Role, ...] = ("channel", "desk", "department", "quality", "approver", "analyst", "auditor", "admin")


@pytest.mark.parametrize("call", sorted(MAY))
async def test_each_call_is_its_roles_own(routing: Alone, call: str):
    for role in EVERYBODY:
        async with routing.client(role, departments=["production"]) as client:
            answer = await client.post(f"/api/v1/cases/{uuid4()}/{call}", json={"reason": "x"})
        assert (answer.status_code == 403) == (role not in MAY[call]), (role, answer.text)


async def test_quality_moves_a_case_to_a_version_of_the_policy_that_is_there(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("quality") as quality, routing.client("admin", person="ada") as ada:
        before = (await shown(quality, complaint, *seen))["policy_version"]
        assert before == routing.service.policy().version
        for version in ("nowhere.9", before):
            answer = await quality.post(f"/api/v1/cases/{complaint}/policy", json={"version": version, **WHY})
            assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, "/version")
        rules = (await ada.get("/api/v1/policy")).json()["policy"] | {"reminders": {"count": 1}}
        today = datetime.now(routing.service.zone).date().isoformat()
        answer = await ada.put("/api/v1/policy", json={"policy": rules, "effective_on": today, "reason": "Be quick."})
        version = answer.json()["policy_version"]
        silent = {"outcome": "no_answer", "reason": "Silence."}
        await ask(quality, complaint, "customer-reminder", REMINDER)
        assert await refused(quality, complaint, "close", silent) == (409, "reminders-first")
        await ask(quality, complaint, "policy", {"version": version, **WHY})
        assert (await shown(quality, complaint))["policy_version"] == version
        await ask(quality, complaint, "close", silent)
    named = [envelope.meta.policy_version for envelope in await routing.service.store.stream(complaint)]
    assert named[:4] == [before] * 4  # opened, work offered, reminded, moved: decided by the rules it was opened under
    assert set(named[4:]) == {version}


async def test_every_move_is_told_in_the_timeline_in_both_languages(routing: Alone):
    complaint, seen = await received(routing)
    async with routing.client("quality") as quality:
        await ask(quality, complaint, "assessment", ASSESSMENT, *seen)
        await ask(quality, complaint, "severity", {"severity": "important", **WHY})
        await ask(quality, complaint, "nature", {"nature": "communicative", **WHY})
        await ask(quality, complaint, "pause", {"reason": "waiting_for_customer"})
        told = await ask(quality, complaint, "recourse", RECOURSE | {"on_behalf_of": "Bo"})
        call = f"/api/v1/cases/{complaint}/timeline"
        for language, words in (
            ("en", {"Severity: ordinary → important", "Nature: valid → communicative", "The clocks were paused: waiting for the customer"}),
            ("zh-CN", {"等级：一般 → 重要", "性质：有效投诉 → 沟通性投诉", "暂停计时：等待顾客"}),
        ):
            answer = await quality.get(call, params={"min_position": told["position"]}, headers={"accept-language": language})
            items = documented(Timeline, answer.json())["items"]
            assert words <= {item["summary"] for item in items}
            regraded = next(item for item in items if item["type"] == "routing.case-regraded.v1")
            assert (regraded["reason"], regraded["actor"]["person"]) == (WHY["reason"], "anna")
            named = next(item for item in items if item["type"] == "routing.recourse-named.v1")
            assert named["on_behalf_of"] == "Bo"
