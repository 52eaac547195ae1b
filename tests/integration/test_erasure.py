"""Erasure through intake's doors: two administrators, every complaint of the person, and nobody finds or reads them afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from conftest import Database
from services.intake.service import wire
from services.intake.shown import Followed, Messages, ShownComplaint, ShownFeedback
from shared.contracts.intake import ErasureConfirmed, FeedbackErased, SubjectErased
from shared.rebuild import Rebuild
from shared.settings import Settings
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_intake import LEAST, post, since

WANG = {"name": "Wang Wei", "phone": "138 0013 8000", "email": "Wang@Example.com"}
BY_PHONE = {**LEAST, "complainant": {"name": "W. Wang", "phone": "+86 13800138000"}}
BY_MAIL = {**LEAST, "complainant": {"name": "Wei", "email": "wang@example.com"}}
SOMEBODY = {**LEAST, "complainant": {"name": "Zhou", "phone": "13900139000"}}
WHY = {"reason": "The person asked for it."}


@pytest.fixture
async def intake(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("intake", wire, database, settings) as running:
        yield running


def good(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.json()


async def erased(intake: Alone, complaint: str) -> dict[str, Any]:
    """Asked for by one administrator and confirmed by another."""
    async with intake.client("admin", person="ann") as ann, intake.client("admin", person="bob") as bob:
        asked = good(await ann.post(f"/api/v1/complaints/{complaint}/erasure", json=WHY), 201)
        return good(await bob.post(f"/api/v1/complaints/{complaint}/erasure/{asked['request_id']}/confirmation"))


async def test_every_complaint_under_the_same_phone_or_email_is_named_and_no_other(intake: Alone):
    first, phone, mail = await post(intake, {**LEAST, "complainant": WANG}), await post(intake, BY_PHONE), await post(intake, BY_MAIL)
    other = await post(intake, SOMEBODY)
    async with intake.client("admin", person="ann") as ann:
        asked = good(await ann.post(f"/api/v1/complaints/{first['id']}/erasure", json=WHY), 201)
        assert asked["complaint_ids"] == [first["id"], phone["id"], mail["id"]]
        alone = good(await ann.post(f"/api/v1/complaints/{other['id']}/erasure", json=WHY), 201)
        assert alone["complaint_ids"] == [other["id"]]
        assert rule(await ann.post(f"/api/v1/complaints/{UUID(int=7)}/erasure", json=WHY)) == (404, "not-found")


async def test_the_same_person_does_not_confirm_under_another_token(intake: Alone):
    told = await post(intake, {**LEAST, "complainant": WANG})
    at = f"/api/v1/complaints/{told['id']}/erasure"
    async with intake.client("admin", person="ann") as ann, intake.client("admin", person="ann") as again:
        asked = good(await ann.post(at, json=WHY), 201)
        assert rule(await again.post(f"{at}/{asked['request_id']}/confirmation")) == (409, "second-person")
        shown = good(await ann_desk(intake, told["id"]))
        assert shown["complainant"]["name"] == "Wang Wei", "nothing is destroyed by a refused confirmation"
        elsewhere = f"/api/v1/complaints/{UUID(int=7)}/erasure/{asked['request_id']}/confirmation"
        assert rule(await again.post(elsewhere)) == (404, "not-found")


async def ann_desk(intake: Alone, complaint: str) -> httpx.Response:
    async with intake.client("desk") as desk:
        return await desk.get(f"/api/v1/complaints/{complaint}")


async def test_nothing_of_the_person_is_shown_or_found_any_more(intake: Alone):
    first, phone = await post(intake, {**LEAST, "complainant": WANG}), await post(intake, BY_PHONE)
    at = f"/api/v1/complaints/{first['id']}"
    async with intake.client("desk") as desk, intake.stranger() as complainant:
        good(await desk.post(f"{at}/messages", json={"text": "We call Mr Wang.", "visible": True}), 201)
        done = await erased(intake, first["id"])
        for told in (first, phone):
            shown = documented(ShownComplaint, good(await desk.get(f"/api/v1/complaints/{told['id']}", params=since(done))))
            assert (shown["erased"], shown["description"], shown["complainant"]) == (True, None, None)
            assert shown["number"] == told["number"], "what is no personal data stays"
        said = documented(Messages, good(await desk.get(f"{at}/messages")))
        assert (said["erased"], [one["text"] for one in said["items"]]) == (True, [None])
        for sought in ({"phone": "13800138000"}, {"email": "wang@example.com"}):
            assert good(await desk.post("/api/v1/complaints/lookup", json=sought))["items"] == []
        assert good(await desk.post("/api/v1/complaints/lookup", json={"number": first["number"]}))["items"][0]["erased"]
        followed = documented(Followed, good(await complainant.post("/api/v1/tracking", json=first["tracking"])))
        assert [one["text"] for one in followed["messages"]] == [None]
    async with intake.client("analyst") as analyst:
        assert good(await analyst.get(at))["erased"], "who never saw the text is told as well why there is none"


async def test_what_needs_text_is_refused_on_an_erased_complaint_and_the_rest_goes_on(intake: Alone):
    told = await post(intake, {**LEAST, "complainant": WANG})
    done = await erased(intake, told["id"])
    at = f"/api/v1/complaints/{told['id']}"
    async with intake.client("desk") as desk, intake.client("admin") as admin:
        assert rule(await desk.post(f"{at}/messages", json={"text": "Who was it?", "visible": False})) == (409, "erased")
        assert rule(await desk.post(f"{at}/information", json={"text": "It was Wang."})) == (409, "erased")
        good(await desk.post(f"{at}/information", json={"product": {"batch": "B7"}}))
        assert rule(await admin.post(f"{at}/erasure", json=WHY, params=since(done))) == (409, "erased")


async def test_what_else_the_person_said_is_erased_with_it(intake: Alone):
    inquiry = {"kind": "inquiry", "channel": "phone", "text": "What does it cost?", "complainant": {"name": "Wang", "phone": "13800138000"}}
    nameless = {"kind": "opinion", "channel": "phone", "text": "It smokes."}
    async with intake.client("desk") as desk:
        asked, opinion = (
            good(await desk.post("/api/v1/feedback", json=inquiry), 201),
            good(await desk.post("/api/v1/feedback", json=nameless), 201),
        )
        promotion = {"content_class": "product_quality", "reason": "It is one."}
        promoted = good(await desk.post(f"/api/v1/feedback/{opinion['id']}/promotion", json=promotion), 201)
        told = await post(intake, {**LEAST, "complainant": WANG})
        await erased(intake, told["id"])
        await erased(intake, promoted["id"])
        for feedback in (asked["id"], opinion["id"]):
            shown = documented(ShownFeedback, good(await desk.get(f"/api/v1/feedback/{feedback}")))
            assert (shown["erased"], shown["text"]) == (True, None)
            assert isinstance((await intake.service.store.stream(UUID(feedback)))[-1].data, FeedbackErased)


async def test_who_asked_who_confirmed_and_what_was_erased_is_on_record_and_a_rebuild_equal(intake: Alone, database: Database):
    told, phone = await post(intake, {**LEAST, "complainant": WANG}), await post(intake, BY_PHONE)
    await post(intake, SOMEBODY)
    done = await erased(intake, told["id"])
    store = intake.service.store
    requested, confirmed = [event.data for event in await store.stream(UUID(done["request_id"]))]
    assert isinstance(confirmed, ErasureConfirmed)
    assert [event.actor and event.actor.person for event in (requested, confirmed)] == ["ann", "bob"]
    for complaint in (told["id"], phone["id"]):
        assert isinstance((await store.stream(UUID(complaint)))[-1].data, SubjectErased)
    assert b"They" not in requested.model_dump_json().encode()
    async with intake.client("desk") as desk:
        good(await desk.post("/api/v1/complaints/lookup", json={"number": told["number"]}, params=since(done)))
    assert await intake.service.pool.fetchval("select count(*) from lookup") == 1, "somebody else is found as before"
    await intake.service.relay.marked()
    rebuild = Rebuild("intake", database.owner, intake.log, intake.service.settings.partitions)
    for view in intake.service.views:
        found = await rebuild.compare(view)
        assert found.differences is not None
        assert not any(found.differences.values()), (view.name, found.differences)
