"""How is the product told a marker in every sealed field? One story after another, each through the public doors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.running import Running

MARK = "Qx7Zmarker"
PHONE = {"channel": "phone", "content_class": "service_quality"}


def mark(field: str) -> str:
    return f"{MARK} {field}"


def assessment(severity: str, **more: Any) -> dict[str, Any]:
    return {
        "severity": severity, "nature": "valid", "safety": False, "complexity": "low", "impact": "low", "immediate_action": "possible",
        "pass_on": False, "early_warning": None, "legal": False, "reason": mark("first"), **more,
    }  # fmt: skip


async def post(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await http.post(path, json=body)
    assert answer.is_success, f"{path}: {answer.text}"
    return dict(answer.json())


async def tell_everything(running: Running) -> None:
    await go_the_straight_road(running)
    await judge_it_again(running)
    await write_about_it(running)
    await hand_the_work_about(running)
    await act_on_the_cause(running)
    await explain_a_month(running)
    await erase_somebody(running)
    await tell_it_wrongly(running)


async def go_the_straight_road(running: Running) -> None:
    staff = await running.token("Li Na", ["desk", "quality"], ["desk", "quality_assurance"])
    other = await running.token("Chen Jun", ["desk"], ["desk"])
    async with running.client(staff) as http, running.client(other) as colleague:
        receipt = await post(http, "/api/v1/complaints", {
            "channel": "phone", "content_class": "product_quality", "description": mark("description"), "remedy_sought": mark("remedy"),
            "complainant": {
                "name": mark("name"), "phone": "13800138000", "email": f"{MARK}@example.com", "address": mark("address"),
                "represents": mark("represents"),
            },
        })  # fmt: skip
        case = f"/api/v1/cases/{receipt['id']}"
        major = assessment("major", safety=True, pass_on=True, responsible_department="technical")
        await post(http, f"{case}/assessment?min_position={receipt['position']}", major)
        meeting = {"held_at": "2026-11-20T09:00:00Z", "attendees": ["Zhao Min"], "decision": mark("decision")}
        await post(http, f"{case}/meetings", meeting)
        await post(http, f"{case}/remedies", {"kinds": ["repair"], "text": mark("text"), "commitment": "soon"})
        await post(http, f"{case}/remedies/1/answer", {"accepted": False, "comment": mark("refusal"), "medium": "phone"})
        offered = await post(http, f"{case}/remedies", {"kinds": ["refund"], "text": mark("text 2"), "commitment": "soon"})
        answer = {**receipt["tracking"], "round": 2, "accepted": True, "comment": mark("comment")}
        answered = await post(http, f"/api/v1/tracking/answer?min_position={offered['position']}", answer)
        done = {"on": "2026-11-20", "evidence": mark("evidence")}
        await post(http, f"{case}/remedies/2/carried-out?min_position={answered['position']}", done)
        await post(http, f"{case}/remedies/2/verification", done)
        await post(http, f"{case}/telling", {"medium": "phone", "text": mark("telling")})
        closed = await post(http, f"{case}/close", {"outcome": "satisfied", "reason": mark("closing")})
        await post(http, f"/api/v1/cause-reviews/{receipt['id']}?min_position={closed['position']}", {
            "method": "five_why", "causes": [{"level": "system", "text": mark("cause")}], "needed": False, "reason": mark("why not"),
            "extend_to_others": False,
        })  # fmt: skip
        due = {"complaint_id": receipt["id"], "state": "due", "min_position": closed["position"]}
        callback = (await colleague.get("/api/v1/callbacks", params=due)).json()["items"][0]
        nobody = {"outcome": "no_answer", "medium": "phone", "comment": mark("nobody there")}
        await post(colleague, f"/api/v1/callbacks/{callback['id']}/attempts", nobody)
        said = {"outcome": "answered", "medium": "phone", "satisfied_with_handling": "not", "satisfied_with_remedy": "not"}
        attempted = await post(colleague, f"/api/v1/callbacks/{callback['id']}/attempts", {**said, "comment": mark("callback")})
        assert (await http.get(case, params={"min_position": attempted["position"]})).json()["reopened"] == 1


async def judge_it_again(running: Running) -> None:
    """A case that is graded, warned of, approved, moved to other rules, closed and reopened, each with its reason."""
    staff = await running.token("Li Na", ["desk", "quality"], ["desk"])
    approver = await running.token("Sun Lin", ["approver"])
    dear = {"kinds": ["refund"], "commitment": "soon", "amount": {"amount": "5", "currency": "CNY"}}
    async with running.client(staff) as http, running.client(approver) as lin, running.client() as admin:
        receipt = await post(http, "/api/v1/complaints", {**PHONE, "description": mark("again")})
        case = f"/api/v1/cases/{receipt['id']}"
        await post(http, f"{case}/assessment?min_position={receipt['position']}", assessment("ordinary"))
        await post(http, f"{case}/severity", {"severity": "important", "reason": mark("regraded")})
        warning = {"class": "B", "cause": mark("cause"), "forecast": mark("forecast"), "reason": mark("warned")}
        await post(http, f"{case}/early-warning", warning)
        for number, approved in ((1, False), (2, True)):
            await post(http, f"{case}/remedies", {**dear, "text": mark(f"dear {number}")})
            await post(lin, f"{case}/remedies/{number}/approval", {"approved": approved, "reason": mark(f"decided {number}")})
        rules = (await admin.get("/api/v1/policy")).json()["policy"]
        soon = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
        answer = await admin.put("/api/v1/policy", json={"policy": rules, "effective_on": soon, "reason": mark("adopted")})
        assert answer.is_success, answer.text
        await post(http, f"{case}/policy", {"version": answer.json()["policy_version"], "reason": mark("moved")})
        await post(http, f"{case}/close", {"outcome": "withdrawn", "reason": mark("withdrawn")})
        await post(http, f"{case}/reopening", {"reason": mark("reopened")})


async def write_about_it(running: Running) -> None:
    """What comes after the receipt, the other kinds of feedback, the directory, and a token that is taken back."""
    staff = await running.token("Li Na", ["desk", "quality"], ["desk"])
    revoked = await running.token("gone", ["desk"])
    async with running.client(staff) as http, running.client(revoked) as gone, running.client() as admin:
        first = await post(http, "/api/v1/complaints", {**PHONE, "description": mark("one")})
        second = await post(http, "/api/v1/complaints", {**PHONE, "description": mark("same")})
        third = await post(http, "/api/v1/complaints", {**PHONE, "description": mark("other")})
        await post(http, f"/api/v1/complaints/{first['id']}/information", {"text": mark("information")})
        await post(http, f"/api/v1/complaints/{first['id']}/messages", {"text": mark("message"), "visible": True})
        merging = {"number": first["number"], "reason": mark("duplicate")}
        await post(http, f"/api/v1/complaints/{second['id']}/duplicate-of?min_position={third['position']}", merging)
        await post(http, f"/api/v1/complaints/{third['id']}/withdrawal", {"reason": mark("withdrawal")})
        inquiry = {"kind": "inquiry", "channel": "email", "text": mark("question"), "complainant": {"name": mark("asker")}}
        asked = await post(http, "/api/v1/feedback", inquiry)
        await post(http, f"/api/v1/feedback/{asked['id']}/answer", {"text": mark("answer")})
        promotion = {"content_class": "service_quality", "reason": mark("promotion")}
        await post(http, f"/api/v1/feedback/{asked['id']}/promotion", promotion)
        for ref in ("C-1", "C-2"):
            await post(http, "/api/v1/customers", {"ref": ref, "name": "A dealer", "status": "active"})
        await post(http, "/api/v1/customers/C-1/merge", {"into": "C-2", "reason": mark("the same")})
        token_id = (await gone.get("/api/v1/access/me")).json()["id"]
        answer = await admin.request("DELETE", f"/api/v1/access/tokens/{token_id}", json={"reason": mark("revocation")})
        assert answer.is_success, answer.text


async def hand_the_work_about(running: Running) -> None:
    """Work that is assigned, reminded of, handed over, returned and done, and an inspection that catches something and is lifted."""
    desk = await running.token("Li Na", ["desk"], ["desk"])
    quality = await running.token("Wu Ping", ["quality"], ["technical"], head_of=["technical"])
    async with running.client(desk) as http, running.client(quality) as ping:
        said = {**PHONE, "content_class": "product_quality", "description": mark("cracked"), "product": {"code": "P-7", "batch": "B-7"}}
        receipt = await post(http, "/api/v1/complaints", said)
        important = assessment("important", pass_on=True, responsible_department="technical")
        path = f"/api/v1/cases/{receipt['id']}/assessment?min_position={receipt['position']}"
        assessed = await post(http, path, important)
        queue = await ping.get("/api/v1/queues/technical", params={"min_position": assessed["position"]})
        [item] = [one["id"] for one in queue.json()["items"] if one["complaint_id"] == receipt["id"]]
        work = f"/api/v1/work-items/{item}"
        await post(ping, f"{work}/assign", {"person": "Wu Ping", "reason": mark("assigned")})
        await post(http, f"{work}/reminder", {"text": mark("reminded")})
        await post(ping, f"{work}/return", {"reason": mark("returned")})
        await post(ping, f"{work}/take", {})
        await post(ping, f"{work}/hand-over", {"to": "technical", "reason": mark("handed over")})
        await post(ping, f"{work}/take", {})
        await post(ping, f"{work}/done", {"result": mark("result")})
        found = await ping.get("/api/v1/inspections", params={"min_position": assessed["position"]})
        [inspection] = [one["id"] for one in found.json()["items"] if one["batch"] == "B-7"]
        today = datetime.now(UTC).date().isoformat()
        caught = {"quantity": 2, "on": today, "text": mark("caught")}
        await post(ping, f"/api/v1/inspections/{inspection}/catches", caught)
        await post(ping, f"/api/v1/inspections/{inspection}/lift", {"reason": mark("lifted")})


async def act_on_the_cause(running: Running) -> None:
    """An action whose plan is returned, approved, extended, reminded of, worked off and reviewed."""
    author = await running.token("Wang Fang", ["quality"])
    approver = await running.token("Sun Lin", ["approver"])
    reviewer = await running.token("Qian Yu", ["quality"])
    today = datetime.now(UTC).date()
    step = {"what": mark("what"), "department": "production", "owner": "Zhou", "due_on": (today + timedelta(days=9)).isoformat()}
    texts = {name: mark(name) for name in ("nonconformity", "containment", "root_cause", "corrective", "preventive")}
    done = {"on": (today - timedelta(days=1)).isoformat(), "evidence": mark("evidence")}
    async with running.client(author) as http, running.client(approver) as lin, running.client(reviewer) as qian:
        opening = {"trigger": {"kind": "audit", "ref": "A-1"}, "title": "Audit", "severity": "important"}
        capa = f"/api/v1/capas/{(await post(http, '/api/v1/capas', opening))['id']}"
        await post(http, f"{capa}/containment", {"on": done["on"], "text": mark("contained")})
        for approved in (False, True):
            await post(http, f"{capa}/plan", {**texts, "returned_quantity": 0, "steps": [step]})
            await post(lin, f"{capa}/plan/approval", {"approved": approved, "reason": mark("approval")})
        later = (today + timedelta(days=19)).isoformat()
        await post(http, f"{capa}/steps/1/extension", {"due_on": later, "reason": mark("extension")})
        await post(http, f"{capa}/steps/1/reminder", {"text": mark("reminder")})
        await post(http, f"{capa}/steps/1/done", done)
        await post(qian, f"{capa}/effectiveness", {"verdict": "effective", "evidence": mark("effect")})


async def explain_a_month(running: Running) -> None:
    staff = await running.token("Wang Fang", ["quality"])
    async with running.client(staff) as http:
        known = {"series": {"dimension": "total"}, "month": "2026-01", "cause": mark("cause"), "reason": mark("annotation")}
        await post(http, "/api/v1/signals/annotations", known)


async def erase_somebody(running: Running) -> None:
    """The reason stays readable for administrators, so it is sealed like any text."""
    staff = await running.token("Li Na", ["desk"], ["desk"])
    second = await running.token("Ma Li", ["admin"])
    async with running.client(staff) as http, running.client() as admin, running.client(second) as ma:
        said = {**PHONE, "description": mark("forget"), "complainant": {"name": mark("name"), "phone": "13900139000"}}
        receipt = await post(http, "/api/v1/complaints", said)
        asking = f"/api/v1/complaints/{receipt['id']}/erasure"
        asked = await post(admin, f"{asking}?min_position={receipt['position']}", {"reason": mark("erasure")})
        await post(ma, f"{asking}/{asked['request_id']}/confirmation", {})


async def tell_it_wrongly(running: Running) -> None:
    """Refused input is not repeated in the answer, nor in the program's log."""
    staff = await running.token("Wu Di", ["desk"], ["desk"])
    good = {"channel": "phone", "content_class": "product_quality", "description": mark("refused")}
    wrong: list[dict[str, Any]] = [
        {**good, "complainant": {"name": {"first": mark("nested")}}},
        {**good, "complainant": mark("not an object")},
        {**good, "channel": mark("channel")},
        {**good, "received_at": mark("time")},
        {"description": mark("alone")},
    ]
    async with running.client(staff) as http:
        for body in wrong:
            answer = await http.post("/api/v1/complaints", json=body)
            assert answer.status_code == 422
            assert MARK not in answer.text
        answer = await http.post("/api/v1/complaints", content=f'{{"description": "{mark("broken")}'.encode())
        assert answer.status_code in (400, 415)
        assert MARK not in answer.text
