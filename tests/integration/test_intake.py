"""Intake through its doors: a complaint comes in, is found again, and its complainant follows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from conftest import Database
from services.intake.service import wire
from services.intake.shown import BatchResult, ComplaintReceipt, Found, ShownComplaint
from shared.contracts.routing import CaseAssessed, CaseOpened, RemedyOffered, WorkItemOffered
from shared.contracts.vocabulary import ComplaintId, Role
from shared.settings import Settings
from shared.testing import NOON
from tests.alone import Alone, alone, documented, rule

WHOLE = {
    "channel": "phone",
    "received_at": "2026-11-20T09:12:00+08:00",
    "external_ref": "CRM-8841",
    "content_class": "product_quality",
    "issue_codes": ["leakage"],
    "description": "The pump leaks since Monday.",
    "remedy_sought": "replacement",
    "occurred_on": "2026-11-18",
    "perceived_seriousness": "serious",
    "complainant": {
        "name": "Li Wei", "phone": "138 0013 8000", "email": "Li.Wei@example.com", "address": "Road 1", "anonymous": False, "represents": None,
    },
    "customer": {"ref": "C-1007", "name": "Hua Pumps"},
    "product": {
        "code": "P-20", "name": "Pump", "batch": "B2291", "serial": "S-1", "quantity_affected": 12, "quantity_returned": 0,
        "damaged_parts": ["seal"], "purchased_on": "2026-10-02", "purchased_at": "Market 3",
    },
}  # fmt: skip
LEAST = {"channel": "web", "content_class": "service_quality", "description": "Nobody calls back."}


@pytest.fixture
async def intake(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("intake", wire, database, settings) as running:
        yield running


async def post(intake: Alone, body: dict[str, Any] | None = None, **client: Any) -> dict[str, Any]:
    async with intake.client("channel", **client) as channel:
        answer = await channel.post("/api/v1/complaints", json=body or WHOLE)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told


def since(*told: dict[str, Any]) -> dict[str, Any]:
    return {"min_position": [one["position"] for one in told]}


def offered(complaint: ComplaintId, number: str) -> list[Any]:
    opened = CaseOpened(
        complaint_id=complaint, number=number, channel="phone", content_class="product_quality", received_at=NOON, registered_at=NOON
    )
    work = WorkItemOffered(complaint_id=complaint, item_id=uuid4(), number=number, department="technical", task="act")
    assessed = CaseAssessed.model_validate(
        {
            "complaint_id": complaint, "severity": "ordinary", "nature": "valid", "safety": False, "recurrent": None, "complexity": "low",
            "impact": "low", "immediate_action": "possible", "pass_on": False, "path": "desk", "reason": "Leaks.",
        }
    )  # fmt: skip
    offer = RemedyOffered(complaint_id=complaint, round=1, kinds=("repair", "apology"), text="We repair it.", commitment="within a week")
    return [opened, work, assessed, offer]


async def test_a_complaint_is_numbered_acknowledged_and_read_as_it_was_posted(intake: Alone):
    told = documented(ComplaintReceipt, await post(intake))
    assert told["number"] == f"C-{datetime.now(UTC).astimezone(intake.service.zone).year}-000001"
    assert told["tracking"]["number"] == told["number"]
    assert told["version"] == 2
    async with intake.client("desk") as desk:
        answer = await desk.get(f"/api/v1/complaints/{told['id']}")
        assert answer.headers["etag"] == '"2"'
        shown = documented(ShownComplaint, answer.json())
        assert shown["received_at"] == "2026-11-20T01:12:00Z"
        assert {name: shown[name] for name in WHOLE if name != "received_at"} == {n: v for n, v in WHOLE.items() if n != "received_at"}
        assert shown["acknowledged_at"] == told["acknowledged_at"]
        assert (shown["state"], shown["imported"], shown["data_flags"], shown["duplicate_of"]) == ("received", False, [], None)
        by_number = await desk.get("/api/v1/complaints", params={"number": told["number"].lower(), **since(told)})
        assert by_number.json() == shown


async def test_what_is_absent_is_unknown(intake: Alone):
    told = await post(intake, LEAST)
    async with intake.client("desk") as desk:
        shown = (await desk.get(f"/api/v1/complaints/{told['id']}")).json()
    assert [shown[name] for name in ("external_ref", "remedy_sought", "complainant", "customer", "product", "occurred_on")] == [None] * 6
    assert shown["issue_codes"] == []
    assert "sealed" not in shown


async def test_a_customer_may_be_without_a_reference_and_is_then_compared_with_nobody(intake: Alone):
    named = {"ref": None, "name": "Hua Pumps"}
    first = await post(intake, WHOLE | {"complainant": None, "customer": {"name": "Hua Pumps"}})
    async with intake.client("desk") as desk:
        assert (await desk.get(f"/api/v1/complaints/{first['id']}", params=since(first))).json()["customer"] == named
    second = await post(intake, WHOLE | {"complainant": None, "customer": named})
    assert second["likely_duplicates"] == []


WRONG = [
    ({"channel": "pigeon"}, "/channel"),
    ({"description": " "}, "/description"),
    ({"colour": "red"}, "/colour"),
    ({"product": {"bach": "B1"}}, "/product/bach"),
    ({"received_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "/received_at"),
    ({"issue_codes": ["x"] * 501}, "/issue_codes"),
]


async def test_what_does_not_fit_is_named(intake: Alone):
    async with intake.client("channel") as channel:
        for changed, at in WRONG:
            answer = await channel.post("/api/v1/complaints", json=LEAST | changed)
            assert answer.status_code == 422
            assert [error["at"] for error in answer.json()["errors"]] == [at]


async def test_the_same_key_gives_the_same_answer_and_secret_and_keeps_none(intake: Alone):
    async with intake.client("channel") as channel:
        sent = {"json": LEAST, "headers": {"idempotency-key": "once"}}
        first, second = await channel.post("/api/v1/complaints", **sent), await channel.post("/api/v1/complaints", **sent)
        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        other = await channel.post("/api/v1/complaints", json=LEAST | {"channel": "phone"}, headers=sent["headers"])
        assert rule(other) == (409, "idempotency-mismatch")
    kept = await intake.service.pool.fetchval("select answer from idempotency")
    assert first.json()["tracking"]["secret"].encode() not in kept


async def test_a_batch_keeps_the_good_and_names_the_bad(intake: Alone):
    items = [LEAST, LEAST | {"channel": "pigeon"}, "nonsense", WHOLE]
    headers = {"idempotency-key": "batch-1"}
    async with intake.client("channel") as channel:
        answer = await channel.post("/api/v1/complaints/batch", json=items, headers=headers)
        assert answer.status_code == 200
        first, wrong, nonsense, last = documented(BatchResult, answer.json())["items"]
        assert {first["number"][-6:], last["number"][-6:]} == {"000001", "000002"}
        assert wrong["problem"]["errors"][0]["at"] == "/channel"
        assert nonsense["problem"]["status"] == 422
        again = (await channel.post("/api/v1/complaints/batch", json=items, headers=headers)).json()["items"]
        assert [again[0], again[3]] == [first, last]
        assert rule(await channel.post("/api/v1/complaints/batch", json=items[:1], headers=headers)) == (409, "idempotency-mismatch")
        assert (await channel.post("/api/v1/complaints/batch", json=[LEAST] * 1001)).status_code == 422
    assert await intake.service.pool.fetchval("select count(*) from events where type = 'intake.complaint-received.v1'") == 2


SIGHT: list[tuple[Role, int, bool, bool]] = [  # role, status, complainant shown, other texts shown
    ("desk", 200, True, True),
    ("quality", 200, True, True),
    ("approver", 200, False, True),
    ("auditor", 200, False, True),
    ("analyst", 200, False, False),
    ("admin", 403, False, False),
    ("channel", 404, False, False),
    ("department", 404, False, False),
]


async def test_each_role_sees_its_part(intake: Alone):
    told = await post(intake)
    for role, status, complainant, texts in SIGHT:
        async with intake.client(role, person="somebody", departments=["technical"]) as client:
            answer = await client.get(f"/api/v1/complaints/{told['id']}")
        assert answer.status_code == status
        if status == 200:
            body = answer.json()
            assert (body["complainant"] is not None, body["description"] is not None) == (complainant, texts)
            assert body.get("sealed", False) == (not (complainant and texts))


async def test_a_channel_sees_what_it_or_its_department_posted(intake: Alone):
    told = await post(intake, person="dealer-7", departments=["north"])
    for person, departments, status in (("dealer-7", [], 200), ("dealer-8", ["north"], 200), ("dealer-9", ["south"], 404)):
        async with intake.client("channel", person=person, departments=departments) as client:
            assert (await client.get(f"/api/v1/complaints/{told['id']}")).status_code == status


async def test_a_department_sees_what_it_has_work_on(intake: Alone):
    told = await post(intake)
    complaint = ComplaintId(UUID(told["id"]))
    seen = await intake.publish(*intake.ledger.record(complaint, *offered(complaint, told["number"])))
    async with intake.client("department", departments=["technical"]) as technical:
        answer = await technical.get(f"/api/v1/complaints/{complaint}", params={"min_position": seen})
        assert answer.json()["complainant"]["name"] == "Li Wei"
        assert answer.json()["state"] == "offered"


async def test_reading_people_is_on_record(intake: Alone):
    told = await post(intake)
    async with intake.client("auditor", person="bo") as auditor:
        await auditor.get(f"/api/v1/complaints/{told['id']}")
    async with intake.client("analyst") as analyst:
        await analyst.get(f"/api/v1/complaints/{told['id']}")
    rows = await intake.service.pool.fetch(
        "select stream_id, convert_from(data, 'UTF8')::jsonb as data from events where type like '%-read.v1'"
    )
    assert len(rows) == 1
    assert str(rows[0]["stream_id"]) != told["id"]
    assert '"subjects": ["' + told["id"] in rows[0]["data"]
    assert '"fields": ["description", "remedy_sought"]' in rows[0]["data"]


async def test_a_complaint_is_looked_up_by_phone_e_mail_reference_or_number(intake: Alone):
    told = await post(intake)
    await post(intake, LEAST)
    every: list[dict[str, str]] = [
        {"phone": "+86 13800138000"}, {"email": "li.wei@EXAMPLE.com"}, {"external_ref": "CRM-8841"}, {"number": told["number"]},
    ]  # fmt: skip
    for sought in every:
        async with intake.client("desk") as desk:
            (item,) = (await desk.post("/api/v1/complaints/lookup", json=sought, params=since(told))).json()["items"]
            assert (item["id"], item["complainant"]["name"]) == (told["id"], "Li Wei")
        async with intake.client("channel", person="other") as channel:
            answer = documented(Found, (await channel.post("/api/v1/complaints/lookup", json=sought, params=since(told))).json())
            assert answer["items"] == [{"number": told["number"], "state": "received"}]


async def test_a_lookup_asks_one_thing_and_is_paged_newest_first(intake: Alone):
    told = [await post(intake, WHOLE | {"received_at": f"2026-11-0{day}T00:00:00Z"}) for day in (1, 2, 3)]
    async with intake.client("desk") as desk:
        assert (await desk.post("/api/v1/complaints/lookup", json={})).status_code == 422
        assert (await desk.post("/api/v1/complaints/lookup", json={"phone": "1", "email": "a@b"})).status_code == 422
        sought = {"phone": "13800138000"}
        page = (await desk.post("/api/v1/complaints/lookup", json=sought, params={"limit": 2, **since(*told)})).json()
        rest = (await desk.post("/api/v1/complaints/lookup", json=sought, params={"limit": 2, "cursor": page["next"]})).json()
    assert [item["id"] for item in (*page["items"], *rest["items"])] == [one["id"] for one in reversed(told)]
    assert rest["next"] is None


async def test_likely_duplicates_are_named(intake: Alone):
    first = await post(intake)
    async with intake.client("desk") as desk:
        await desk.get("/api/v1/complaints", params={"number": first["number"], **since(first)})
    sent = {"json": WHOLE | {"customer": None, "issue_codes": ["noise"]}, "headers": {"idempotency-key": "twice"}}
    async with intake.client("channel") as channel:
        second = (await channel.post("/api/v1/complaints", **sent)).json()
        assert (await channel.post("/api/v1/complaints", **sent)).json() == second
    assert [(d["complaint_id"], d["number"], d["state"], d["reason"]) for d in second["likely_duplicates"]] == [
        (first["id"], first["number"], "received", "same_phone_and_product")
    ]
    assert first["likely_duplicates"] == []
    old = await post(intake, WHOLE | {"received_at": "2026-09-01T00:00:00Z"})
    assert old["likely_duplicates"] == []
    other = await post(intake, WHOLE | {"product": None, "issue_codes": ["noise"], "complainant": None, "customer": {"ref": "C-1007"}})
    assert other["likely_duplicates"] == []
