"""Does the whole procedure run, from a phone call to the auditor's packet, through the public API alone?"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from tests.e2e.conftest import Town
from tests.e2e.story import DONE, FOUND, MAJOR, NO, OFFER, ORDINARY, TODAY, YES, Cast, cast, plan


@pytest.fixture(scope="module")
async def people(town: Town) -> Cast:
    return await cast(town)


async def test_the_whole_story(town: Town, people: Cast):
    story = await _logged_and_judged(town, people)
    await _settled_in_the_second_round(people, story)
    await _cause_removed_in_the_second_round(people, story["id"])
    await _called_back_and_reopened(people, story["id"])
    await _on_record(people, story["id"])


async def _logged_and_judged(town: Town, people: Cast) -> dict[str, Any]:
    phone = {"name": "Gao Lan", "phone": f"139 0013 80{town.number:02}"}
    product = {"code": f"H-{town.number}", "batch": f"H{town.number}77"}
    first = await people.logged(complainant=phone, product=product)
    receipt = await people.logged(complainant=phone, product=product)
    assert [found["number"] for found in receipt["likely_duplicates"]] == [first["number"]]
    case = f"/cases/{receipt['id']}"
    known = await people.look_up("desk", {"phone": phone["phone"]})
    assert [one["number"] for one in known] == [receipt["number"], first["number"]]

    assert await people.work("desk", "desk", receipt["id"]) == ["assess"]
    like = (await people.get("desk", f"{case}/similar"))["items"]
    assert [one["number"] for one in like if "batch" in one["matched_on"]] == [first["number"]]
    await people.not_done("desk", f"{case}/remedies", OFFER, "not-assessed")
    await people.do("desk", f"{case}/assessment", MAJOR)
    assert await people.work("quality", "quality_assurance", receipt["id"]) == ["remedy"]
    await people.not_done("quality", f"{case}/remedies", OFFER, "meeting-first")
    held = {"held_at": receipt["acknowledged_at"], "attendees": ["Zhao Min", "Zhou Ke"], "decision": "Replace at once."}
    await people.do("quality", f"{case}/meetings", held)
    return receipt


async def _settled_in_the_second_round(people: Cast, receipt: dict[str, Any]) -> None:
    case, tracking = f"/cases/{receipt['id']}", receipt["tracking"]
    await people.do("quality", f"{case}/remedies", {**OFFER, "kinds": ["repair"], "text": "We repair it."})
    await people.do("desk", "/tracking/answer", {**tracking, "round": 1, "accepted": False, "comment": "Not safe enough."})
    assert await people.state(receipt["id"]) == "refused"
    await people.not_done("desk", f"{case}/close", {"outcome": "satisfied"}, "not-accepted")
    await people.do("quality", f"{case}/remedies", OFFER)
    await people.do("desk", "/tracking/answer", {**tracking, "round": 2, "accepted": True})
    assert await people.state(receipt["id"]) == "accepted"
    await people.do("quality", f"{case}/remedies/2/carried-out", DONE)
    await people.do("quality", f"{case}/remedies/2/verification", DONE)
    await people.do("desk", f"{case}/telling", {"medium": "phone", "text": "It is replaced."})
    assert await people.state(receipt["id"]) == "told"
    await people.do("desk", f"{case}/close", {"outcome": "satisfied"})
    followed = await people.read("desk", "/tracking", tracking)
    assert (followed["state"], followed["offer"]) == ("closed", None)


async def _cause_removed_in_the_second_round(people: Cast, case_id: str) -> None:
    review = await people.get("quality", f"/cause-reviews/{case_id}")
    assert (review["state"], review["complaint_id"]) == ("open", case_id)
    capa = f"/capas/{(await people.do('quality', f'/cause-reviews/{case_id}', FOUND))['capa_id']}"
    await people.do("quality", f"{capa}/containment", {"on": TODAY.isoformat(), "text": "Stock is blocked."})
    await people.do("quality", f"{capa}/plan", plan(("technical", "Zhou Ke"), ("production", "He Lin")))
    await people.not_done("quality", f"{capa}/plan/approval", YES, "second-person")
    await people.do("approver", f"{capa}/plan/approval", NO)
    await people.do("quality", f"{capa}/plan", plan(("technical", "Zhou Ke"), ("production", "He Lin")))
    await people.do("approver", f"{capa}/plan/approval", YES)
    later = {"due_on": f"{TODAY.year + 1}-01-31", "reason": "The jig comes late."}
    await people.do("quality", f"{capa}/steps/2/extension", later)
    await people.not_done("reviewer", f"{capa}/effectiveness", {"verdict": "effective", "evidence": "x"}, "steps-open")
    await people.do("technical", f"{capa}/steps/1/done", DONE)
    await people.do("production", f"{capa}/steps/2/done", DONE)
    await people.do("reviewer", f"{capa}/effectiveness", {"verdict": "ineffective", "evidence": "Two more smoked."})
    assert (await people.get("quality", capa))["round"] == 2
    await people.do("quality", f"{capa}/plan", plan(("technical", "Zhou Ke")))
    await people.do("approver", f"{capa}/plan/approval", YES)
    await people.do("technical", f"{capa}/steps/1/done", DONE)
    await people.do("reviewer", f"{capa}/effectiveness", {"verdict": "effective", "evidence": "None in 90 days."})
    assert (await people.get("quality", capa))["state"] == "closed"
    assert "tell" in await people.work("desk", "desk", case_id)
    await people.do("desk", f"/cases/{case_id}/telling", {"medium": "phone", "text": "The cause is removed."})
    assert "tell" not in await people.work("desk", "desk", case_id)
    report = await people.clients["auditor"].get(f"/api/v1{capa}/report", headers={"Accept-Language": "zh-CN"})
    assert "纠正/预防措施报告" in report.text


async def _called_back_and_reopened(people: Cast, case_id: str) -> None:
    [callback] = (await people.get("colleague", "/callbacks", state="due", complaint_id=case_id))["items"]
    said = {"outcome": "answered", "medium": "phone", "satisfied_with_handling": "satisfied", "satisfied_with_remedy": "not"}
    await people.do("colleague", f"/callbacks/{callback['id']}/attempts", {**said, "comment": "It smokes again."})
    case = await people.get("desk", f"/cases/{case_id}")
    assert (case["state"], case["reopened"]) == ("assessed", 1)
    assert await people.work("desk", "desk", case_id) == ["reopened"]
    await people.not_done("quality", f"/cases/{case_id}/close", {"outcome": "satisfied"}, "not-accepted")
    await people.do("quality", f"/cases/{case_id}/remedies", {**OFFER, "kinds": ["refund"], "text": "Your money back."})
    await people.do("quality", f"/cases/{case_id}/remedies/3/answer", {"accepted": True, "medium": "phone"})
    await people.do("quality", f"/cases/{case_id}/remedies/3/carried-out", DONE)
    await people.do("quality", f"/cases/{case_id}/remedies/3/verification", DONE)
    await people.do("quality", f"/cases/{case_id}/close", {"outcome": "satisfied"})
    case = await people.get("desk", f"/cases/{case_id}")
    assert [one["outcome"] for one in case["closings"]] == ["satisfied", "satisfied"]
    assert [one["state"] for one in case["rounds"]] == ["refused", "verified", "verified"]


async def _on_record(people: Cast, case_id: str) -> None:
    items = (await people.get("auditor", f"/cases/{case_id}/timeline", limit=500))["items"]
    kinds = [item["type"].split(".")[1] for item in items]
    for earlier, later in (
        ("complaint-received", "case-assessed"), ("case-assessed", "meeting-held"), ("meeting-held", "remedy-offered"),
        ("remedy-verified", "case-closed"), ("plan-returned", "plan-approved"), ("capa-round-opened", "capa-closed"),
        ("callback-answered", "case-reopened"),
    ):  # fmt: skip
        assert kinds.index(earlier) < kinds.index(later)
    assert kinds.count("case-closed") == 2
    clocks = {clock["name"] for clock in (await people.get("auditor", f"/cases/{case_id}/clocks"))["items"]}
    assert clocks >= {"acknowledgement", "assessment", "personal_contact", "take", "telling", "containment", "plan", "callback"}
    packet = await people.clients["auditor"].get(f"/api/v1/cases/{case_id}/packet")
    assert packet.status_code == 200, packet.text
    assert zipfile.ZipFile(io.BytesIO(packet.content)).testzip() is None


async def test_refused_with_recourse(people: Cast):
    receipt = await people.logged(content_class="service_quality", issue_codes=["late_delivery"])
    case = f"/cases/{receipt['id']}"
    await people.do("desk", f"{case}/assessment", ORDINARY)
    await people.do("desk", f"{case}/remedies", {**OFFER, "kinds": ["apology"], "text": "We are sorry."})
    await people.not_done("desk", f"{case}/close", {"outcome": "recourse_exhausted", "reason": "He will not."}, "recourse-first")
    await people.do("desk", f"{case}/remedies/1/answer", {"accepted": False, "medium": "letter"})
    await people.do("desk", f"{case}/recourse", {"body": "Consumer association", "told_on": TODAY.isoformat()})
    assert await people.state(receipt["id"]) == "external"
    await people.do("desk", f"{case}/close", {"outcome": "recourse_exhausted", "reason": "Nothing more can be done."})
    assert await people.state(receipt["id"]) == "closed"


async def test_withdrawn(people: Cast):
    receipt = await people.logged(content_class="service_quality", issue_codes=["late_delivery"])
    await people.do("desk", "/tracking/withdrawal", {**receipt["tracking"], "reason": "It arrived."})
    assert await people.state(receipt["id"]) == "withdrawn"
    await people.not_done("desk", f"/cases/{receipt['id']}/assessment", ORDINARY, "case-closed")


async def test_a_duplicate_closes_and_both_numbers_keep_working(people: Cast):
    first, second = await people.logged(issue_codes=["noise"]), await people.logged(issue_codes=["noise"])
    await people.do("desk", f"/complaints/{second['id']}/duplicate-of", {"number": first["number"], "reason": "Called twice."})
    closed = await people.get("desk", f"/cases/{second['id']}")
    assert (closed["state"], closed["closings"][-1]["outcome"]) == ("closed", "duplicate")
    for receipt in (first, second):
        found = await people.get("desk", "/complaints", number=receipt["number"])
        assert found["id"] == receipt["id"]


async def test_an_inquiry_is_answered_by_the_department_of_its_topic(people: Cast):
    body = {"kind": "inquiry", "channel": "web", "text": "What does the filter cost?", "topic": "price"}
    inquiry = await people.do("call centre", "/feedback", body)
    items = (await people.get("quality", "/queues/finance", limit=500))["items"]
    assert [item["task"] for item in items if item.get("feedback_id") == inquiry["id"]] == ["answer"]
    await people.do("desk", f"/feedback/{inquiry['id']}/answer", {"text": "Twelve yuan."})
    assert (await people.get("desk", f"/feedback/{inquiry['id']}"))["state"] == "answered"
    items = (await people.get("quality", "/queues/finance", limit=500))["items"]
    assert [item for item in items if item.get("feedback_id") == inquiry["id"]] == []
