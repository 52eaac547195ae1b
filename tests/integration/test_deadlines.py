"""Deadlines through routing's doors, by a clock that is moved by hand: near, missed, escalated, and what follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from conftest import Database
from services.routing.clocks_api import Clocks, Late
from services.routing.service import wire
from shared.clock import ManualClock
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived, FeedbackReceived
from shared.contracts.vocabulary import ComplaintId
from shared.envelope import Envelope
from shared.settings import Settings
from tests.alone import Alone, alone, documented

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # a Friday, 12:00 in Shanghai
HOUR = timedelta(hours=1)
ASSESSMENT = {
    "severity": "ordinary", "nature": "valid", "safety": False, "complexity": "low", "impact": "low", "immediate_action": "possible",
    "pass_on": False, "early_warning": None, "legal": False, "reason": "Leaks at the seal.",
}  # fmt: skip
MAJOR = ASSESSMENT | {"severity": "major", "pass_on": True, "responsible_department": "technical"}
OFFER = {"kinds": ["repair"], "text": "We repair it.", "commitment": "soon"}


class Timed:
    """Routing alone, and a clock."""

    def __init__(self, routing: Alone, clock: ManualClock) -> None:
        self.routing = routing
        self.clock = clock

    async def received(self, number: int = 1) -> tuple[ComplaintId, list[str]]:
        complaint = ComplaintId(uuid4())
        self.routing.ledger.now = self.clock.now()
        self.routing.ledger.tick = timedelta(microseconds=1)
        event = ComplaintReceived(
            complaint_id=complaint,
            number=f"C-2026-{number:06}",
            channel="phone",
            content_class="product_quality",
            received_at=self.clock.now(),
        )
        told = ComplaintAcknowledged(complaint_id=complaint, medium="phone")
        return complaint, await self.routing.publish(*self.routing.ledger.record(complaint, event, told))

    async def ask(self, complaint: UUID, call: str, body: dict[str, Any], *seen: str) -> str:
        async with self.routing.client("desk", "quality") as client:
            answer = await client.post(f"/api/v1/cases/{complaint}/{call}", json=body, params={"min_position": seen})
            assert answer.is_success, answer.text
            return str(answer.json()["position"])

    async def clocks(self, complaint: UUID, *seen: str) -> dict[str, dict[str, Any]]:
        """The last run of each."""
        async with self.routing.client("quality") as client:
            answer = await client.get(f"/api/v1/cases/{complaint}/clocks", params={"min_position": seen})
            assert answer.status_code == 200, answer.text
            return {clock["name"]: clock for clock in documented(Clocks, answer.json())["items"]}

    async def late(self, role: str = "quality", **asked: Any) -> list[dict[str, Any]]:
        async with self.routing.client(role, departments=asked.pop("departments", ())) as client:
            answer = await client.get("/api/v1/overdue", params=asked)
            assert answer.status_code == 200, answer.text
            items: list[dict[str, Any]] = documented(Late, answer.json())["items"]
            return items

    async def at(self, hours: float) -> None:
        """Moves the clock so long after noon and waits until the timers have nothing left to say, and it is in the views."""
        self.clock.set(NOON + hours * HOUR)
        service = self.routing.service
        service.timers.wake()
        before: object = None
        async with asyncio.timeout(10):
            while True:
                heads = {p: position for p, (position, _) in (await service.store.heads()).items()}
                await service.progress.consumed({"routing": heads})
                due = await service.pool.fetchval("select exists (select from timers where due_at <= $1)", self.clock.now())
                if not due and heads == before:
                    return
                before = heads
                await asyncio.sleep(0.01)

    async def told(self, complaint: UUID, kind: str) -> list[dict[str, Any]]:
        """The events of a kind about a complaint, oldest first."""
        found: list[dict[str, Any]] = []
        for partition in range(8):
            found += [
                Envelope(one).body
                for one in await self.routing.service.store.page(partition, 0, 500)
                if one.type == f"routing.{kind}.v1" and Envelope(one).body.get("complaint_id") == str(complaint)
            ]
        return found


@pytest.fixture
async def timed(database: Database, settings: Settings) -> AsyncIterator[Timed]:
    clock = ManualClock(NOON)
    async with alone("routing", wire, database, settings, clock) as running:
        yield Timed(running, clock)


async def test_each_clock_is_shown_with_its_arithmetic(timed):
    complaint, seen = await timed.received()
    clocks = await timed.clocks(complaint, *seen)
    assert set(clocks) == {"acknowledgement", "personal_contact", "assessment", "desk_remedy", "status_message", "take"}
    remedy = clocks["desk_remedy"]
    assert (remedy["state"], remedy["consumed_seconds"], remedy["remaining_seconds"], remedy["calendar"]) == (
        "running",
        0,
        172800,
        "elapsed",
    )
    assert datetime.fromisoformat(remedy["due_at"]) - NOON < 48 * HOUR + timedelta(seconds=1)
    assert clocks["acknowledgement"]["state"] == "met"
    assert clocks["assessment"]["due_at"].startswith("2026-11-20T09:00:00")
    assert clocks["assessment"]["calendar"] == "working"
    assert "4 working hours" in clocks["assessment"]["explanation"]


async def test_pausing_stops_the_clocks_and_resuming_lets_them_go_on(timed):
    complaint, seen = await timed.received()
    await timed.at(1)
    paused = await timed.ask(complaint, "pause", {"reason": "waiting_for_customer"}, *seen)
    await timed.at(11)
    assert (await timed.clocks(complaint, paused))["desk_remedy"]["state"] == "paused"
    resumed = await timed.ask(complaint, "resume", {})
    remedy = (await timed.clocks(complaint, resumed))["desk_remedy"]
    assert (remedy["state"], remedy["consumed_seconds"]) == ("running", 3600)
    assert abs(datetime.fromisoformat(remedy["due_at"]) - NOON - 58 * HOUR) < timedelta(seconds=1)


async def test_work_shows_when_its_clock_is_due_most_urgent_first(timed):
    complaint, seen = await timed.received()
    async with timed.routing.client("quality") as client:

        async def queue(department: str, *seen: str) -> list[dict[str, Any]]:
            items: list[dict[str, Any]] = (await client.get(f"/api/v1/queues/{department}", params={"min_position": seen})).json()["items"]
            return items

        [assess] = await queue("desk", *seen)
        assert (assess["clock"], assess["due_at"][:16]) == ("assessment", "2026-11-20T09:00")
        position = await timed.ask(complaint, "assessment", ASSESSMENT)
        [remedy] = await queue("desk", position)
        assert (remedy["clock"], remedy["due_at"][:16]) == ("desk_remedy", "2026-11-22T04:00")
        [inspect] = await queue("final_inspection")
        assert (inspect["clock"], inspect["due_at"][:16]) == ("take", "2026-11-23T04:00")
        position = await timed.ask(complaint, "pause", {"reason": "waiting_for_customer"})
        [remedy] = await queue("desk", position)
        assert (remedy["clock"], remedy["due_at"]) == ("desk_remedy", None)
        await timed.at(10)
        position = await timed.ask(complaint, "resume", {})
        [remedy] = await queue("desk", position)
        assert abs(datetime.fromisoformat(remedy["due_at"]) - NOON - 58 * HOUR) < timedelta(seconds=1)
        position = await timed.ask(complaint, "remedies", OFFER)
        [remedy] = await queue("desk", position)
        assert (remedy["clock"], remedy["due_at"][:16]) == ("take", "2026-11-23T04:00")


async def test_near_missed_and_the_ladder_come_once_each_in_order(timed):
    complaint, seen = await timed.received()
    await timed.ask(complaint, "assessment", ASSESSMENT, *seen)
    for hours in (37, 49, 60, 73, 97, 200):
        await timed.at(hours)
    of = "desk_remedy"
    assert [one["clock"] for one in await timed.told(complaint, "deadline-near")].count(of) == 1
    [missed] = [one for one in await timed.told(complaint, "deadline-missed") if one["clock"] == of]
    assert (missed["late"], missed["department"]) == (True, "desk")  # an hour after it was due the clock had been moved
    steps = [one for one in await timed.told(complaint, "case-escalated") if one["clock"] == of]
    assert [(one["level"], one["to_department"]) for one in steps] == [(1, "desk"), (2, "quality_management"), (3, "leading_group")]
    assert (await timed.clocks(complaint))[of]["state"] == "missed"


async def test_a_deadline_told_in_time_is_not_late(timed):
    complaint, seen = await timed.received()
    await timed.clocks(complaint, *seen)
    await timed.at(5 + 1 / 1800)  # two seconds after the assessment was due
    [missed] = [one for one in await timed.told(complaint, "deadline-missed") if one["clock"] == "assessment"]
    assert missed["late"] is False


async def test_what_the_clock_says_does_not_make_a_persons_if_match_fail(timed):
    complaint, seen = await timed.received()
    position = await timed.ask(complaint, "assessment", ASSESSMENT, *seen)
    async with timed.routing.client("desk") as desk:
        version = (await desk.get(f"/api/v1/cases/{complaint}", params={"min_position": position})).json()["version"]
        await timed.at(60)
        assert await timed.told(complaint, "deadline-missed")
        answer = await desk.post(f"/api/v1/cases/{complaint}/remedies", json=OFFER, headers={"if-match": f'"{version}"'})
        assert answer.status_code == 201, answer.text


async def test_a_missed_b_warning_becomes_an_a_with_a_clock_of_its_own(timed):
    complaint, seen = await timed.received()
    await timed.ask(complaint, "assessment", MAJOR | {"early_warning": "B"}, *seen)
    await timed.at(73)
    async with timed.routing.client("quality") as quality:
        case = (await quality.get(f"/api/v1/cases/{complaint}")).json()
        assert case["early_warning"] == "A"
        queue = (await quality.get("/api/v1/queues/leading_group")).json()["items"]
    assert [item["task"] for item in queue] == ["warn"]
    [raised] = await timed.told(complaint, "early-warning-set")
    assert (raised["because"], raised["actor"]["role"]) == ("deadline", "system")
    warning = (await timed.clocks(complaint))["early_warning"]
    assert (warning["state"], warning["department"]) == ("running", "leading_group")


async def test_what_is_late_is_listed_by_department_unassigned_first(timed):
    first, seen = await timed.received(1)
    await timed.ask(first, "assessment", ASSESSMENT, *seen)
    second, seen = await timed.received(2)
    position = await timed.ask(second, "assessment", MAJOR, *seen)
    async with timed.routing.client("desk", "department", departments=("technical_director",)) as worker:
        [item] = (await worker.get("/api/v1/queues/technical_director", params={"min_position": position})).json()["items"]
        taken = (await worker.post(f"/api/v1/work-items/{item['id']}/take")).json()["position"]
        await worker.get("/api/v1/queues/technical_director", params={"min_position": taken})
    await timed.at(200)
    late = await timed.late()
    assert [one["unassigned"] for one in late] == sorted((one["unassigned"] for one in late), reverse=True)
    assert all(one["overdue_seconds"] > 0 for one in late)
    desk = await timed.late(role="desk")
    assert {one["department"] for one in desk} == {"desk"}
    assert {(one["clock"], one["number"]) for one in desk} >= {("desk_remedy", "C-2026-000001"), ("take", "C-2026-000001")}
    assert await timed.late(role="department", departments=("technical_director",)) == []  # it was taken in time
    assert {one["department"] for one in await timed.late(department="final_inspection")} == {"final_inspection"}


async def test_a_department_sees_only_its_own_lateness(timed):
    async with timed.routing.client("department", departments=("technical",)) as worker:
        assert (await worker.get("/api/v1/overdue", params={"department": "desk"})).status_code == 404
        assert (await worker.get("/api/v1/overdue", params={"department": "technical"})).status_code == 200
    for role, status in (("channel", 403), ("analyst", 403), ("admin", 403), ("auditor", 200), ("approver", 200)):
        async with timed.routing.client(role) as client:
            assert (await client.get("/api/v1/overdue")).status_code == status


async def test_the_list_of_what_is_late_is_paged_without_a_gap(timed):
    for number in range(3):
        _, seen = await timed.received(number + 1)
        await timed.clocks(_, *seen)
    await timed.at(200)
    whole = await timed.late()
    paged: list[dict[str, Any]] = []
    async with timed.routing.client("quality") as client:
        cursor: str | None = None
        while True:
            answer = (await client.get("/api/v1/overdue", params={"limit": 4} | ({"cursor": cursor} if cursor else {}))).json()
            paged += answer["items"]
            cursor = answer["next"]
            if cursor is None:
                break
    assert [(one["complaint_id"], one["clock"]) for one in paged] == [(one["complaint_id"], one["clock"]) for one in whole]
    assert len(whole) > 8


async def test_an_unanswered_inquiry_is_late_too(timed):
    asked = uuid4()
    timed.routing.ledger.now = NOON
    event = FeedbackReceived(feedback_id=asked, kind="inquiry", channel="web", received_at=NOON, topic="price", text="How much?")
    [position] = await timed.routing.publish(*timed.routing.ledger.record(asked, event))
    async with timed.routing.client("quality") as client:
        await client.get("/api/v1/overdue", params={"min_position": position})
    await timed.at(100)
    [late] = [one for one in await timed.late() if one["clock"] == "inquiry"]
    assert (late["feedback_id"], late["complaint_id"], late["department"]) == (str(asked), None, "finance")


async def test_what_came_due_while_the_service_was_down_fires_once_and_is_marked_late(database, settings):
    clock = ManualClock(NOON)
    async with alone("routing", wire, database, settings, clock) as running:
        timed = Timed(running, clock)
        complaint, seen = await timed.received()
        await timed.ask(complaint, "assessment", ASSESSMENT, *seen)
        await timed.clocks(complaint, *seen)
    clock.set(NOON + 100 * HOUR)
    for _ in range(2):
        async with alone("routing", wire, database, settings, clock, running.log) as again:
            timed = Timed(again, clock)
            await timed.at(100)
            missed = [one for one in await timed.told(complaint, "deadline-missed") if one["clock"] == "desk_remedy"]
    assert [one["late"] for one in missed] == [True]
