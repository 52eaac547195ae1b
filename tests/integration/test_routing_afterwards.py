"""What comes back to routing after a case was closed: a dissatisfied customer's words, and news that did not arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from conftest import Database
from services.routing.service import wire
from shared.contracts.intake_notifications import NotificationFailed
from shared.contracts.survey import CallbackAnswered
from shared.settings import Settings
from tests.alone import Alone, alone
from tests.integration.test_routing import received, walk


@pytest.fixture
async def routing(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings) as running:
        yield running


async def test_a_dissatisfied_customers_words_stand_in_the_timeline_of_the_case_they_reopened(routing: Alone):
    """RT-13, SV-8."""
    complaint, seen = await received(routing)
    told = await walk(routing, complaint, *seen)
    routing.ledger.now = routing.service.clock.now() + timedelta(seconds=1)
    answer = CallbackAnswered(
        callback_id=uuid4(), complaint_id=complaint, closing_round=1, satisfied_with_handling="not", satisfied_with_remedy="very",
        satisfied=False, comment="Nobody listened.",
    )  # fmt: skip
    heard = await routing.publish(*routing.ledger.record(uuid4(), answer, key=complaint))
    async with routing.client("desk") as desk:
        query = {"min_position": [told["position"], *heard]}
        assert (await desk.get(f"/api/v1/cases/{complaint}", params=query)).json()["reopened"] == 1
        items = (await desk.get(f"/api/v1/cases/{complaint}/timeline", params=query)).json()["items"]
        assert {item["type"]: item["reason"] for item in items}[CallbackAnswered.TYPE] == "Nobody listened."


async def test_what_did_not_reach_the_complainant_waits_at_the_desk_until_it_is_done(routing: Alone):
    """RT-16."""
    complaint, seen = await received(routing)
    told = await walk(routing, complaint, *seen)
    lost = uuid4()
    failed = NotificationFailed(notification_id=lost, kind="result", audience="complainant", complaint_id=complaint, reason="bounced")
    heard = await routing.publish(*routing.ledger.record(lost, failed, key=complaint))
    async with routing.client("desk") as desk:
        query = {"min_position": [told["position"], *heard]}
        items = (await desk.get("/api/v1/queues/desk", params=query)).json()["items"]
        (work,) = [item for item in items if item["task"] == "undelivered"]
        assert (work["complaint_id"], work["state"]) == (str(complaint), "open")
        assert (await desk.post(f"/api/v1/work-items/{work['id']}/take")).is_success
        done = await desk.post(f"/api/v1/work-items/{work['id']}/done", json={"result": "Told by phone."})
        assert done.is_success, done.text
        after = (await desk.get("/api/v1/queues/desk", params={"min_position": done.json()["position"]})).json()["items"]
        assert all(item["id"] != work["id"] for item in after)
