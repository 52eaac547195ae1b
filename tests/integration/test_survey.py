"""Survey through its doors: a closed case's customer is asked, by somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from conftest import Database
from services.survey.api import Callbacks
from services.survey.callback import callback_id, imported_id
from services.survey.service import wire
from shared.clock import ManualClock
from shared.contracts.intake import ComplaintReceived, History, HistoryRound
from shared.contracts.routing import CaseClosed, CaseReopened
from shared.contracts.vocabulary import ComplaintId
from shared.settings import Settings
from shared.testing import NOON
from tests.alone import Alone, alone, documented, rule

GOOD = {"outcome": "answered", "medium": "phone", "satisfied_with_handling": "very", "satisfied_with_remedy": "satisfied"}
NOBODY = {"outcome": "no_answer", "medium": "phone"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def survey(database: Database, settings: Settings, clock: ManualClock) -> AsyncIterator[Alone]:
    async with alone("survey", wire, database, settings, clock) as running:
        yield running


async def closed(survey: Alone, complaint: ComplaintId | None = None, closing_round: int = 1, **changed: object) -> tuple[str, list[str]]:
    """The callback of a closing, and the positions that brought it."""
    complaint = complaint or ComplaintId(uuid4())
    fields = {"complaint_id": complaint, "closing_round": closing_round, "outcome": "satisfied", "handlers": ("bodo",)} | changed
    seen = await survey.publish(*survey.ledger.record(complaint, CaseClosed(**fields)))
    return str(callback_id(complaint, closing_round)), seen


async def test_a_closing_makes_a_callback_due(survey: Alone):
    complaint = ComplaintId(uuid4())
    callback, seen = await closed(survey, complaint)
    async with survey.client("desk") as desk:
        params = {"state": "due", "complaint_id": str(complaint), "min_position": seen}
        body = documented(Callbacks, (await desk.get("/api/v1/callbacks", params=params)).json())
        (item,) = body["items"]
        assert (item["id"], item["complaint_id"], item["closing_round"], item["state"], item["attempts"]) == (
            callback, str(complaint), 1, "due", 0,
        )  # fmt: skip
        due, expires = (datetime.fromisoformat(item[name]) for name in ("due_at", "expires_at"))
        assert (due - survey.ledger.now, expires - due) == (timedelta(days=7), timedelta(days=30))
        one = await desk.get(f"/api/v1/callbacks/{callback}")
        assert (one.json(), one.headers["etag"]) == (item, '"1"')


async def fire(survey: Alone, database: Database) -> None:
    """What the timer loop does every half second."""
    connection = await database.connect("survey")
    try:
        await survey.service.timers.fire(connection)
    finally:
        await connection.close()


@pytest.mark.parametrize("outcome", ["withdrawn", "duplicate"])
async def test_nobody_is_asked_about_what_was_not_settled(survey: Alone, outcome: str):
    callback, seen = await closed(survey, outcome=outcome, reason="So they said.")
    async with survey.client("desk") as desk:
        assert rule(await desk.get(f"/api/v1/callbacks/{callback}", params={"min_position": seen})) == (404, "not-found")


async def test_an_answer_ends_it(survey: Alone):
    callback, seen = await closed(survey)
    async with survey.client("desk") as desk:
        answer = await desk.post(f"/api/v1/callbacks/{callback}/attempts", json=GOOD, params={"min_position": seen})
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert (told["id"], told["version"], answer.headers["etag"]) == (callback, 3, '"3"')
        after = (await desk.get(f"/api/v1/callbacks/{callback}", params={"min_position": told["position"]})).json()
        assert (after["state"], after["attempts"], after["satisfied_with_handling"]) == ("answered", 1, "very")
        assert rule(await desk.post(f"/api/v1/callbacks/{callback}/attempts", json=GOOD)) == (409, "already-decided")


async def test_three_attempts_without_answer_end_it_as_unreached(survey: Alone):
    callback, seen = await closed(survey)
    async with survey.client("quality") as quality:
        for _ in range(3):
            told = await quality.post(f"/api/v1/callbacks/{callback}/attempts", json=NOBODY, params={"min_position": seen})
            assert told.status_code == 201
        after = await quality.get(f"/api/v1/callbacks/{callback}", params={"min_position": told.json()["position"]})
        assert (after.json()["state"], after.json()["attempts"]) == ("unreached", 3)


async def test_whoever_handled_the_case_does_not_ask(survey: Alone):
    callback, seen = await closed(survey)
    async with survey.client("desk", person="bodo") as bodo:
        answer = await bodo.post(f"/api/v1/callbacks/{callback}/attempts", json=GOOD, params={"min_position": seen})
        assert rule(answer) == (409, "own-callback")


@pytest.mark.parametrize(
    ("body", "at"),
    [
        (GOOD | {"satisfied_with_remedy": None}, "/satisfied_with_remedy"),
        ({"outcome": "answered", "medium": "phone"}, "/satisfied_with_handling"),
        (NOBODY | {"satisfied_with_handling": "very"}, "/satisfied_with_handling"),
        (GOOD | {"satisfied_with_handling": "quite"}, "/satisfied_with_handling"),
        ({"outcome": "no_answer"}, "/medium"),
        (GOOD | {"comment": " "}, "/comment"),
        (GOOD | {"mark": 1}, "/mark"),
    ],
)
async def test_what_is_wrong_is_told_at_its_place(survey: Alone, body: dict, at: str):
    callback, seen = await closed(survey)
    async with survey.client("desk") as desk:
        answer = await desk.post(f"/api/v1/callbacks/{callback}/attempts", json=body, params={"min_position": seen})
        assert rule(answer) == (422, "invalid")
        assert [error["at"] for error in answer.json()["errors"]] == [at]


async def test_a_callback_nobody_planned_is_not_found(survey: Alone):
    async with survey.client("desk") as desk:
        assert rule(await desk.post(f"/api/v1/callbacks/{uuid4()}/attempts", json=GOOD)) == (404, "not-found")


@pytest.mark.parametrize("role", ["channel", "department", "approver", "analyst", "auditor", "admin"])
async def test_only_desk_and_quality_ask(survey: Alone, role):
    callback, seen = await closed(survey)
    async with survey.client(role) as caller:
        assert (await caller.get("/api/v1/callbacks", params={"min_position": seen})).status_code == 403
        assert (await caller.post(f"/api/v1/callbacks/{callback}/attempts", json=GOOD)).status_code == 403


async def test_a_reopening_ends_the_callback_of_its_closing(survey: Alone):
    complaint = ComplaintId(uuid4())
    callback, _ = await closed(survey, complaint)
    reopened = CaseReopened(complaint_id=complaint, reason="It leaks again.", because="staff", closing_round=1)
    await survey.publish(*survey.ledger.record(complaint, reopened))
    second, seen = await closed(survey, complaint, 2)
    async with survey.client("desk") as desk:
        listed = await desk.get("/api/v1/callbacks", params={"complaint_id": str(complaint), "min_position": seen})
        assert {item["id"]: item["state"] for item in listed.json()["items"]} == {callback: "expired", second: "due"}


async def test_a_callback_expires_when_its_time_has_come(survey: Alone, database: Database, clock: ManualClock):
    callback, seen = await closed(survey)
    async with survey.client("desk") as desk:
        shown = (await desk.get(f"/api/v1/callbacks/{callback}", params={"min_position": seen})).json()
        expires = datetime.fromisoformat(shown["expires_at"])
        clock.set(expires)
        assert rule(await desk.post(f"/api/v1/callbacks/{callback}/attempts", json=GOOD)) == (409, "already-decided")
        await fire(survey, database)
        last = (await survey.service.store.stream(UUID(callback)))[-1]
        assert (last.type, last.body["because"]) == ("survey.callback-expired.v1", "time")
        after = await desk.get(f"/api/v1/callbacks/{callback}", params={"min_position": last.position})
        assert after.json()["state"] == "expired"


async def test_a_callback_that_ended_does_not_expire(survey: Alone, database: Database, clock: ManualClock):
    callback, seen = await closed(survey)
    async with survey.client("desk") as desk:
        told = (await desk.post(f"/api/v1/callbacks/{callback}/attempts", json=GOOD, params={"min_position": seen})).json()
        clock.set(clock.now() + timedelta(days=400))
        await fire(survey, database)
        assert len(await survey.service.store.stream(UUID(callback))) == told["version"]


async def test_what_customers_said_before_an_import_is_kept_and_asks_nobody_again(survey: Alone):
    complaint = ComplaintId(uuid4())
    history = History(source="old", rounds=(HistoryRound(received_at=NOON, closed=True),), satisfied_with_handling="not")
    received = ComplaintReceived(
        complaint_id=complaint, number="C-2026-000001", channel="other", content_class="product_quality", received_at=NOON, history=history
    )
    seen = await survey.publish(*survey.ledger.record(complaint, received))
    async with survey.client("desk") as desk:
        listed = await desk.get("/api/v1/callbacks", params={"complaint_id": str(complaint), "min_position": seen})
        assert listed.json()["items"] == []
    (said,) = await survey.service.store.stream(imported_id(complaint))
    assert (said.type, said.body["satisfied_with_handling"], said.meta.key) == ("survey.callback-imported.v1", "not", str(complaint))
