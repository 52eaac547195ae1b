"""Does a real complaint go the whole way, from the door to the monthly report, through the public API alone?"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

COMPLAINT: dict[str, Any] = {
    "channel": "phone",
    "content_class": "product_quality",
    "issue_codes": ["leakage", "late_delivery"],
    "description": "The pump leaks at the seal.",
    "remedy_sought": "replacement",
    "complainant": {"name": "Wang Wei", "phone": "138 0013 800{town}", "email": "Wang.Wei{town}@Example.com"},
    "customer": {"ref": "C-1007", "name": "Harbour Foods"},
    "product": {"code": "P-20", "name": "Pump", "batch": "B2291", "quantity_affected": 12},
}
ASSESSMENT: dict[str, Any] = {
    "severity": "ordinary", "nature": "valid", "safety": False, "recurrent": False, "complexity": "low", "impact": "low",
    "immediate_action": "possible", "pass_on": False, "early_warning": None, "legal": False, "reason": "Known seal problem.",
}  # fmt: skip
OFFER: dict[str, Any] = {"kinds": ["replacement"], "text": "We send a new pump.", "commitment": "delivered within two days"}


def good(answer: httpx.Response, status: int | None = None) -> dict[str, Any]:
    assert answer.is_success, answer.text
    assert answer.status_code == status or status is None
    return answer.json()


def refused(answer: httpx.Response, rule: str) -> None:
    assert answer.status_code == 409, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{rule}"


@pytest.fixture(scope="module")
async def people(town):
    return {
        "channel": await town.person("call centre", "channel"),
        "desk": await town.person("Li Na", "desk", departments=("desk",)),
        "colleague": await town.person("Chen Jun", "desk", departments=("desk",)),
        "quality": await town.person("Zhao Min", "quality", departments=("quality_assurance",)),
        "analyst": await town.person("Sun Yi", "analyst"),
        "auditor": await town.person("Qian Bo", "auditor"),
    }


@pytest.fixture(scope="module")
def trace(town) -> str:
    return f"4bf92f3577b34da6a3ce929d0e0e473{town.number}"


@pytest.fixture(scope="module")
def complaint(town) -> dict[str, Any]:
    person = {name: value.format(town=town.number) for name, value in COMPLAINT["complainant"].items()}
    return {**COMPLAINT, "complainant": person}


@pytest.fixture(scope="module")
async def receipt(people, complaint, trace) -> dict[str, Any]:
    headers = {"Idempotency-Key": "straight-road-1", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answer = await people["channel"].post("/api/v1/complaints", json=complaint, headers=headers)
    found = good(answer, 201)
    again = await people["channel"].post("/api/v1/complaints", json=complaint, headers=headers)
    assert again.json() == found, "the same key and body give the first answer again"
    return found


async def test_the_receipt_has_number_secret_and_acknowledgement(receipt):
    assert receipt["number"].startswith("C-")
    assert receipt["tracking"]["number"] == receipt["number"]
    assert len(receipt["tracking"]["secret"]) >= 22
    assert receipt["acknowledged_at"]
    assert receipt["version"] == 2
    assert receipt["position"].startswith("intake/")


async def test_another_body_under_the_same_key_is_refused(people, complaint, receipt):
    other = {**complaint, "channel": "web"}
    answer = await people["channel"].post("/api/v1/complaints", json=other, headers={"Idempotency-Key": "straight-road-1"})
    refused(answer, "idempotency-mismatch")


async def test_the_desk_finds_the_person_by_phone_and_the_channel_sees_numbers_only(town, people, receipt):
    at = {"min_position": receipt["position"]}
    full = good(await people["desk"].post("/api/v1/complaints/lookup", json={"phone": f"+86 1380013800{town.number}"}, params=at))
    assert [item["number"] for item in full["items"]] == [receipt["number"]]
    short = good(await people["channel"].post("/api/v1/complaints/lookup", json={"email": f"wang.wei{town.number}@example.COM"}, params=at))
    assert short["items"][0]["number"] == receipt["number"]
    assert "complainant" not in short["items"][0]


async def test_the_whole_way(people, receipt):
    desk, colleague, quality, analyst = (people[name] for name in ("desk", "colleague", "quality", "analyst"))
    case_id = receipt["id"]
    case = f"/api/v1/cases/{case_id}"

    queue = good(await desk.get("/api/v1/queues/desk", params={"min_position": receipt["position"], "limit": 500}))
    [item] = [i for i in queue["items"] if i["complaint_id"] == case_id]
    assert (item["task"], item["state"], item["number"]) == ("assess", "open", receipt["number"])
    taken = good(await desk.post(f"/api/v1/work-items/{item['id']}/take"))
    refused(await colleague.post(f"/api/v1/work-items/{item['id']}/take"), "already-taken")

    refused(await desk.post(f"{case}/remedies", json=OFFER), "not-assessed")
    stale = await desk.post(f"{case}/assessment", json=ASSESSMENT, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assessed = good(await desk.post(f"{case}/assessment", json=ASSESSMENT, headers={"If-Match": f'"{taken["version"]}"'}))
    refused(await desk.post(f"{case}/assessment", json=ASSESSMENT), "already-assessed")
    assert assessed["version"] > taken["version"]

    offered = good(await desk.post(f"{case}/remedies", json=OFFER))
    tracking = receipt["tracking"]
    wrong = {"number": tracking["number"], "secret": "x" * 43}
    assert (await desk.post("/api/v1/tracking", json=wrong)).status_code == 404
    followed = good(await desk.post("/api/v1/tracking", json=tracking, params={"min_position": offered["position"]}))
    assert followed["state"] == "offered"
    assert followed["offer"] == {"round": 1, "text": OFFER["text"]}
    refused(await desk.post("/api/v1/tracking/answer", json={**tracking, "round": 2, "accepted": True}), "not-offered")
    answered = good(await desk.post("/api/v1/tracking/answer", json={**tracking, "round": 1, "accepted": True}))
    refused(await desk.post("/api/v1/tracking/answer", json={**tracking, "round": 1, "accepted": False}), "already-decided")

    done = {"on": "2026-11-20", "evidence": "delivery note 77"}
    at = {"min_position": answered["position"]}
    refused(await desk.post(f"{case}/close", json={"outcome": "satisfied"}, params=at), "not-carried-out")
    carried = good(await desk.post(f"{case}/remedies/1/carried-out", json=done, params=at))
    refused(await desk.post(f"{case}/close", json={"outcome": "satisfied"}), "not-verified")
    good(await desk.post(f"{case}/remedies/1/verification", json=done))
    closed = good(await desk.post(f"{case}/close", json={"outcome": "satisfied"}))
    refused(await desk.post(f"{case}/close", json={"outcome": "satisfied"}), "case-closed")
    shown = good(await desk.get(case))
    assert (shown["state"], shown["rounds"][0]["state"]) == ("closed", "verified")
    assert shown["closings"][0]["outcome"] == "satisfied"

    review = good(await quality.get(f"/api/v1/cause-reviews/{case_id}", params={"min_position": carried["position"]}))
    assert review["complaint_id"] == case_id
    decision = {
        "method": "five_why", "causes": [{"level": "occurrence", "text": "seal from a bad batch"}], "needed": True,
        "reason": "it will happen again", "extend_to_others": False,
    }  # fmt: skip
    decided = good(await quality.post(f"/api/v1/cause-reviews/{case_id}", json=decision))
    capa = good(await quality.get(f"/api/v1/capas/{decided['capa_id']}", params={"min_position": decided["position"]}))
    assert (capa["state"], capa["complaints"], capa["number"][:3]) == ("planning", [case_id], "CA-")

    due = {"state": "due", "complaint_id": case_id, "min_position": closed["position"]}
    [callback] = good(await colleague.get("/api/v1/callbacks", params=due))["items"]
    said = {"outcome": "answered", "medium": "phone", "satisfied_with_handling": "very", "satisfied_with_remedy": "satisfied"}
    refused(await desk.post(f"/api/v1/callbacks/{callback['id']}/attempts", json=said), "own-callback")
    good(await quality.post(f"/api/v1/callbacks/{callback['id']}/attempts", json=said), 201)

    month = shown["closings"][0]["closed_at"][:7]
    report = good(await analyst.get(f"/api/v1/reports/monthly/{month}", params={"min_position": closed["position"]}))
    assert report["totals"]["received"] >= 1
    assert report["totals"]["closed"] >= 1
    [customer] = [row for row in report["by_customer"] if row["customer_ref"] == "C-1007"]
    assert customer["count"] >= 1
    annual = good(await analyst.get(f"/api/v1/reports/annual/{month[:4]}"))
    assert annual["totals"]["received"] >= report["totals"]["received"]
    assert month in [row["period"] for row in annual["months"]]

    question = {
        "queries": [{
            "name": "m", "from": "complaints", "measures": [{"op": "count", "as": "n"}], "dimensions": ["customer_ref"],
            "time": "received_at", "bucket": "month", "window": {"from": month, "to": month},
            "filters": [{"field": "issue_code", "op": "in", "value": ["leakage"]}],
        }]
    }  # fmt: skip
    [result] = good(await analyst.post("/api/v1/query", json=question))["results"]
    assert [row["n"] for row in result["rows"] if row["customer_ref"] == "C-1007"] == [customer["count"]]

    timeline = good(await desk.get(f"{case}/timeline", params={"min_position": closed["position"]}))
    kinds = [item["type"] for item in timeline["items"]]
    assert kinds.index("intake.complaint-received.v1") < kinds.index("routing.case-opened.v1") < kinds.index("routing.case-closed.v1")
    assert [item["recorded_at"] for item in timeline["items"]] == sorted(item["recorded_at"] for item in timeline["items"])


async def test_operators_see_that_everything_is_consumed(town, people, receipt):
    auditor = people["auditor"]
    consumers = good(await auditor.get("/api/v1/consumers"))["items"]
    assert {item["service"] for item in consumers} == {"intake", "routing", "capa", "survey", "reporting"}
    assert {item["source"].split("/")[0] for item in consumers} >= {"intake", "routing", "capa", "survey"}
    assert good(await auditor.get("/api/v1/parked"))["items"] == []
    async with httpx.AsyncClient(base_url=town.running.url, timeout=30) as anybody:
        assert good(await anybody.get("/readyz"))["ready"] is True
        assert (await anybody.get("/")).status_code == 200
        document = good(await anybody.get("/api/v1/openapi.json"))
    assert 'redress_consumer_lag_events{consumer="views"' in await town.running.metrics()
    assert {"/api/v1/complaints", "/api/v1/cases/{complaint_id}", "/api/v1/query", "/api/v1/consumers"} <= set(document["paths"])


async def test_one_trace_goes_from_the_post_to_the_report(town, trace, receipt):
    """Whatever follows from the POST carries its trace, in every service's store and on the log that reporting reads."""
    followed = {}
    for service in ("intake", "routing", "capa", "survey"):
        connection = await town.running.connect(service)
        rows = await connection.fetch(
            "select type from events where position(convert_to($1, 'UTF8') in meta) > 0 order by recorded_at", trace
        )
        followed[service] = [row["type"] for row in rows]
        await connection.close()
    assert followed["intake"][:2] == ["intake.complaint-received.v1", "intake.complaint-acknowledged.v1"]
    on_the_case = [
        kind for kind in followed["routing"] if kind != "routing.inspection-tightened.v1"
    ]  # that stands in a partition of its own
    assert on_the_case[:2] == ["routing.case-opened.v1", "routing.work-item-offered.v1"]
    on_topic = [
        record for record in await town.running.on_the_log("routing") if trace.encode() in record.headers.get("ce_traceparent", b"")
    ]
    assert len(on_topic) >= 2


async def test_a_call_not_built_yet_is_absent(people):
    for path in ("/api/v1/campaigns", "/api/v1/nonsense"):
        answer = await people["desk"].get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
