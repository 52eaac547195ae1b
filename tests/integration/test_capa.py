"""Capa through its doors: a handled complaint's cause is found, and an action opened or joined."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import orjson
import pytest

from conftest import Database
from services.capa.actions_api import Capas
from services.capa.api import Reviews
from services.capa.cause_review import review_id
from services.capa.service import wire
from shared.contracts.routing import CaseAssessed, CaseClosed, CaseImported, CaseOpened, RemedyCarriedOut
from shared.contracts.vocabulary import ComplaintId
from shared.settings import Settings
from shared.testing import NOON
from tests.alone import Alone, alone, documented, rule

FOUND = {
    "method": "five_why",
    "causes": [{"level": "occurrence", "text": "The seal was fitted dry."}, {"level": "system", "text": "No instruction says so."}],
    "needed": True,
    "reason": "It will come again.",
    "extend_to_others": True,
}


@pytest.fixture
async def capa(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("capa", wire, database, settings) as running:
        yield running


def opened(complaint: ComplaintId) -> CaseOpened:
    return CaseOpened(
        complaint_id=complaint,
        number="C-2026-000123",
        channel="phone",
        content_class="product_quality",
        received_at=NOON,
        registered_at=NOON,
        issue_codes=("leakage", "noise"),
        product_code="P-20",
    )


def assessed(complaint: ComplaintId, **changed: object) -> CaseAssessed:
    fields = {
        "severity": "ordinary", "nature": "valid", "safety": False, "complexity": "low", "impact": "low", "immediate_action": "possible",
        "pass_on": True, "path": "quality_assurance", "responsible_department": "production", "reason": "It leaks.",
    }  # fmt: skip
    return CaseAssessed(complaint_id=complaint, **(fields | changed))


async def handled(capa: Alone, **assessment: object) -> tuple[ComplaintId, list[str]]:
    """A complaint whose remedy was carried out, and the positions that say so."""
    complaint = ComplaintId(uuid4())
    done = RemedyCarriedOut(complaint_id=complaint, round=1, on=date(2026, 11, 20), evidence="Photo.")
    events = capa.ledger.record(complaint, opened(complaint), assessed(complaint, **assessment), done)
    return complaint, await capa.publish(*events)


async def test_a_handled_complaint_waits_for_its_cause(capa: Alone):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        body = documented(Reviews, (await quality.get("/api/v1/cause-reviews", params={"state": "open", "min_position": seen})).json())
        (item,) = body["items"]
        assert item["complaint_id"] == str(complaint)
        assert (item["number"], item["state"], item["severity"], item["responsible_department"]) == (
            "C-2026-000123", "open", "ordinary", "production",
        )  # fmt: skip
        assert body["next"] is None
        assert body["as_of"]["positions"]
        one = await quality.get(f"/api/v1/cause-reviews/{complaint}")
        assert one.status_code == 200
        assert one.headers["etag"] == '"1"'
        assert one.json()["similar_capas"] == []


async def test_a_review_is_opened_once_however_often_the_case_is_handled(capa: Alone):
    complaint, _ = await handled(capa)
    closed = CaseClosed(complaint_id=complaint, closing_round=1, outcome="satisfied")
    seen = await capa.publish(*capa.ledger.record(complaint, closed))
    async with capa.client("auditor") as auditor:
        assert len((await auditor.get("/api/v1/cause-reviews", params={"min_position": seen})).json()["items"]) == 1
    assert [e.type for e in await capa.service.store.stream(review_id(complaint))] == ["capa.cause-review-opened.v1"]


@pytest.mark.parametrize("outcome", ["withdrawn", "duplicate"])
async def test_what_was_not_handled_has_none(capa: Alone, outcome: str):
    complaint = ComplaintId(uuid4())
    ended = CaseClosed(complaint_id=complaint, closing_round=1, outcome=outcome, reason="So they said.")
    seen = await capa.publish(*capa.ledger.record(complaint, opened(complaint), ended))
    async with capa.client("quality") as quality:
        assert rule(await quality.get(f"/api/v1/cause-reviews/{complaint}", params={"min_position": seen})) == (404, "not-found")


async def test_neither_has_an_imported_case(capa: Alone):
    complaint = ComplaintId(uuid4())
    facts = opened(complaint).model_dump(exclude={"departments", "posted_by"})
    seen = await capa.publish(*capa.ledger.record(complaint, CaseImported(**facts, closed=True, outcome="satisfied")))
    async with capa.client("quality") as quality:
        assert rule(await quality.get(f"/api/v1/cause-reviews/{complaint}", params={"min_position": seen})) == (404, "not-found")


async def test_a_decision_opens_an_action_in_the_same_transaction(capa: Alone):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        answer = await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND, params={"min_position": seen})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["id"], told["version"], answer.headers["etag"]) == (str(complaint), 2, '"2"')
        after = {"min_position": told["position"]}
        review = (await quality.get(f"/api/v1/cause-reviews/{complaint}", params=after)).json()
        assert review["state"] == "decided"
        assert review["causes"] == FOUND["causes"]
        assert (review["reason"], review["needed"], review["capa_id"], review["erased"]) == (
            "It will come again.", True, told["capa_id"], False,
        )  # fmt: skip
        action = await quality.get(f"/api/v1/capas/{told['capa_id']}", params=after)
        shown = action.json()
        assert shown["number"].startswith("CA-")
        assert len(shown["number"]) == len("CA-2026-0007")
        assert (shown["state"], shown["round"], shown["owner_department"], shown["complaints"], shown["version"]) == (
            "planning", 1, "production", [str(complaint)], 1,
        )  # fmt: skip
        assert shown["trigger"] == {"kind": "complaint", "ref": str(complaint)}
        assert (shown["plan"], shown["steps"], shown["rounds"]) == (None, [], [])
        for filters, found in [
            ({"complaint_id": str(complaint)}, 1), ({"complaint_id": str(uuid4())}, 0), ({"state": "planning"}, 1), ({"state": "closed"}, 0),
            ({"department": "production"}, 1), ({"department": "technical"}, 0),
        ]:  # fmt: skip
            listed = await quality.get("/api/v1/capas", params=filters)
            documented(Capas, listed.json())
            assert len(listed.json()["items"]) == found, filters


async def test_another_complaint_joins_the_action_it_is_shown(capa: Alone):
    first, _ = await handled(capa)
    second, seen = await handled(capa)
    async with capa.client("quality") as quality:
        one = (await quality.post(f"/api/v1/cause-reviews/{first}", json=FOUND, params={"min_position": seen})).json()
        shown = await quality.get(f"/api/v1/cause-reviews/{second}", params={"min_position": one["position"]})
        (similar,) = shown.json()["similar_capas"]
        assert (similar["id"], similar["matched_on"]) == (one["capa_id"], ["product_code", "issue_code"])
        other = (await quality.post(f"/api/v1/cause-reviews/{second}", json=FOUND | {"join_capa": similar["id"]})).json()
        assert other["capa_id"] == one["capa_id"]
        action = (await quality.get(f"/api/v1/capas/{one['capa_id']}", params={"min_position": other["position"]})).json()
        assert (action["complaints"], action["version"]) == ([str(first), str(second)], 2)


async def test_joining_what_is_not_there_changes_nothing(capa: Alone):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        answer = await quality.post(
            f"/api/v1/cause-reviews/{complaint}", json=FOUND | {"join_capa": str(uuid4())}, params={"min_position": seen}
        )
        assert rule(answer) == (422, "invalid")
        assert answer.json()["errors"][0]["at"] == "/join_capa"
    assert len(await capa.service.store.stream(review_id(complaint))) == 1


async def test_no_action_needed_opens_none(capa: Alone):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        answer = await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND | {"needed": False}, params={"min_position": seen})
        assert answer.json()["capa_id"] is None
        assert (await quality.get("/api/v1/capas", params={"min_position": answer.json()["position"]})).json()["items"] == []


async def test_a_cause_is_decided_once(capa: Alone):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND, params={"min_position": seen})
        assert rule(await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND)) == (409, "already-decided")


async def test_the_same_key_and_body_give_the_first_answer_again(capa: Alone):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        key = {"idempotency-key": "one"}
        first = await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND, params={"min_position": seen}, headers=key)
        again = await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND, headers=key)
        assert (again.status_code, again.json()) == (200, first.json())
        other = await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND | {"needed": False}, headers=key)
        assert rule(other) == (409, "idempotency-mismatch")


async def test_a_review_that_moved_is_refused_to_who_asks_for_its_version(capa: Alone):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        stale = await quality.post(
            f"/api/v1/cause-reviews/{complaint}", json=FOUND, params={"min_position": seen}, headers={"if-match": '"7"'}
        )
        assert rule(stale) == (412, "version-conflict")
        good = await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND, headers={"if-match": '"1"'})
        assert good.status_code == 200


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({key: value for key, value in FOUND.items() if key != "reason"}, "/reason"),
        (FOUND | {"reason": "  "}, "/reason"),
        (FOUND | {"method": "guess"}, "/method"),
        (FOUND | {"method": "short"}, "/method"),
        (FOUND | {"causes": []}, "/causes"),
        (FOUND | {"causes": [{"level": "fate", "text": "Bad luck."}]}, "/causes/0/level"),
        (FOUND | {"needed": False, "join_capa": str(uuid4())}, "/join_capa"),
        (FOUND | {"need": True}, "/need"),
        (FOUND | {"needed": "yes"}, "/needed"),
    ],
)
async def test_what_is_wrong_is_told_at_its_place(capa: Alone, body: dict, at: str):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        answer = await quality.post(f"/api/v1/cause-reviews/{complaint}", json=body, params={"min_position": seen})
        assert rule(answer) == (422, "invalid")
        assert [error["at"] for error in answer.json()["errors"]] == [at]


async def test_a_communicative_complaint_may_be_short(capa: Alone):
    complaint, seen = await handled(capa, nature="communicative")
    async with capa.client("quality") as quality:
        body = FOUND | {"method": "short", "causes": [], "needed": False}
        answer = await quality.post(f"/api/v1/cause-reviews/{complaint}", json=body, params={"min_position": seen})
        assert answer.status_code == 200, answer.text


async def test_a_department_sees_and_reviews_what_is_its_own(capa: Alone):
    ours, _ = await handled(capa)
    theirs, _ = await handled(capa, responsible_department="purchasing")
    major, _ = await handled(capa, severity="major", responsible_department="purchasing")
    seen = [f"routing/{partition}/{at}" for (_, partition), at in capa.ledger.positions.items()]
    async with capa.client("department", departments=["production", "technical_director"]) as department:
        listed = (await department.get("/api/v1/cause-reviews", params={"min_position": seen})).json()["items"]
        assert {item["complaint_id"] for item in listed} == {str(ours), str(major)}
        assert rule(await department.get(f"/api/v1/cause-reviews/{theirs}")) == (404, "not-found")
        assert rule(await department.post(f"/api/v1/cause-reviews/{theirs}", json=FOUND)) == (404, "not-found")
        done = (await department.post(f"/api/v1/cause-reviews/{ours}", json=FOUND)).json()
        after = {"min_position": done["position"]}
        assert (await department.get(f"/api/v1/capas/{done['capa_id']}", params=after)).status_code == 200
    async with capa.client("department", departments=["purchasing"]) as others:
        assert (await others.get("/api/v1/capas")).json()["items"] == []
        assert rule(await others.get(f"/api/v1/capas/{done['capa_id']}")) == (404, "not-found")
        joining = await others.post(f"/api/v1/cause-reviews/{theirs}", json=FOUND | {"join_capa": done["capa_id"]})
        assert rule(joining) == (422, "invalid")


@pytest.mark.parametrize(
    ("role", "reading", "reviewing"),
    [
        ("desk", 200, 403), ("department", 404, 404), ("quality", 200, 200), ("approver", 200, 403), ("auditor", 200, 403),
        ("channel", 403, 403), ("analyst", 403, 403), ("admin", 403, 403),
    ],
)  # fmt: skip
async def test_who_may_read_and_who_may_review(capa: Alone, role, reading: int, reviewing: int):
    complaint, seen = await handled(capa)
    async with capa.client(role) as caller:
        assert (await caller.get(f"/api/v1/cause-reviews/{complaint}", params={"min_position": seen})).status_code == reading
        assert (await caller.get("/api/v1/capas")).status_code == (403 if reading == 403 else 200)
        assert (await caller.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND)).status_code == reviewing


async def test_who_was_shown_the_causes_is_on_record_in_a_stream_of_its_own(capa: Alone):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        done = (await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND, params={"min_position": seen})).json()
    async with capa.client("auditor", person="bodo") as auditor:
        await auditor.get(f"/api/v1/cause-reviews/{complaint}", params={"min_position": done["position"]})
    rows = await capa.service.pool.fetch("select stream_id, data from events where type = 'capa.personal-data-read.v1'")
    (read,) = [orjson.loads(row["data"]) for row in rows]
    assert (read["actor"]["person"], read["subjects"], read["call"]) == (
        "bodo", [str(complaint)], "GET /api/v1/cause-reviews/{complaint_id}",
    )  # fmt: skip
    assert {row["stream_id"] for row in rows}.isdisjoint({review_id(complaint), complaint})


async def test_texts_lie_sealed_in_store_and_view(capa: Alone):
    complaint, seen = await handled(capa)
    async with capa.client("quality") as quality:
        done = (await quality.post(f"/api/v1/cause-reviews/{complaint}", json=FOUND, params={"min_position": seen})).json()
        await quality.get("/api/v1/capas", params={"min_position": done["position"]})
    stored = b"".join([row["data"] for row in await capa.service.pool.fetch("select data from events")])
    viewed = "".join([str(tuple(row)) for row in await capa.service.pool.fetch("select * from cause_reviews")])
    for text in ("fitted dry", "come again"):
        assert text.encode() not in stored
        assert text not in viewed


async def test_a_list_goes_on_where_its_page_ended(capa: Alone):
    complaints = [await handled(capa) for _ in range(5)]
    seen = [position for _, positions in complaints for position in positions]
    async with capa.client("desk") as desk:
        params = {"limit": 2, "min_position": seen}
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            body = (await desk.get("/api/v1/cause-reviews", params=params | ({"cursor": cursor} if cursor else {}))).json()
            found += [item["complaint_id"] for item in body["items"]]
            cursor = body["next"]
        assert sorted(found) == sorted(str(complaint) for complaint, _ in complaints)
