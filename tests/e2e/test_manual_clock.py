"""Does time moved by hand move everything: deadlines, recorded time, months, and what follows from a timer?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.running import product

ASSESSMENT = {
    "severity": "ordinary", "nature": "valid", "safety": False, "complexity": "low", "impact": "low", "immediate_action": "possible",
    "pass_on": False, "early_warning": None, "legal": False, "reason": "as ever",
}  # fmt: skip


async def closed_case(http) -> dict:
    body = {"channel": "phone", "content_class": "service_quality", "description": "late"}
    receipt = (await http.post("/api/v1/complaints", json=body)).json()
    case = f"/api/v1/cases/{receipt['id']}"
    done = {"on": "2026-01-01", "evidence": "seen"}
    for path, content in (
        (f"/assessment?min_position={receipt['position']}", ASSESSMENT),
        ("/remedies", {"kinds": ["apology"], "text": "sorry", "commitment": "now"}),
        ("/remedies/1/answer", {"accepted": True, "medium": "phone"}),
        ("/remedies/1/carried-out", done),
        ("/remedies/1/verification", done),
        ("/close", {"outcome": "satisfied"}),
    ):
        answer = await http.post(case + path, json=content)
        assert answer.is_success, answer.text
    return {**receipt, "closed": answer.json()["position"]}


async def test_a_callback_expires_when_the_clock_passes_its_day(tmp_path):
    async with product(tmp_path / "data", "--manual-clock") as running:
        token = await running.token("Li Na", ["desk", "quality", "analyst"], ["desk"])
        async with running.client(token) as http, running.client() as admin:
            receipt = await closed_case(http)
            before = datetime.fromisoformat(receipt["acknowledged_at"])
            due = {"complaint_id": receipt["id"], "min_position": receipt["closed"]}
            [callback] = (await http.get("/api/v1/callbacks", params=due)).json()["items"]
            assert callback["state"] == "due"
            assert abs(datetime.fromisoformat(callback["due_at"]) - before - timedelta(days=7)) < timedelta(milliseconds=1)

            back = await admin.put("/api/v1/clock", json={"now": (before - timedelta(days=1)).isoformat()})
            assert back.status_code == 422
            later = before + timedelta(days=38)
            moved = await admin.put("/api/v1/clock", json={"now": later.isoformat()})
            assert moved.status_code == 200, moved.text
            assert datetime.fromisoformat(moved.json()["now"]) == later

            [callback] = (await http.get("/api/v1/callbacks", params={"complaint_id": receipt["id"]})).json()["items"]
            assert callback["state"] == "expired"
            timeline = (await http.get(f"/api/v1/cases/{receipt['id']}/timeline")).json()["items"]
            [expired] = [item for item in timeline if item["type"] == "survey.callback-expired.v1"]
            own = before + timedelta(days=37)  # at its own time, not where the clock was moved to
            assert abs(datetime.fromisoformat(expired["recorded_at"]) - own) < timedelta(minutes=1)
            assert (await http.get("/readyz")).json()["ready"] is True

            month = later.strftime("%Y-%m")
            body = {"channel": "web", "content_class": "service_quality", "description": "in another month"}
            new = (await http.post("/api/v1/complaints", json=body)).json()
            report = await http.get(f"/api/v1/reports/monthly/{month}", params={"min_position": new["position"]})
            assert report.json()["totals"]["received"] == 1


async def test_one_long_move_fires_each_deadline_at_its_own_time_with_what_follows_from_it(tmp_path):
    """A warning that nobody handles becomes an A after three days, and that is missed a day later: nothing of it waits for the end."""
    async with product(tmp_path / "data", "--manual-clock") as running:
        token = await running.token("Li Na", ["desk", "quality"], ["desk"])
        async with running.client(token) as http, running.client() as admin:
            body = {"channel": "phone", "content_class": "service_quality", "description": "late again"}
            receipt = (await http.post("/api/v1/complaints", json=body)).json()
            case = f"/api/v1/cases/{receipt['id']}"
            assessed = await http.post(case + f"/assessment?min_position={receipt['position']}", json=ASSESSMENT | {"early_warning": "B"})
            assert assessed.is_success, assessed.text
            start = datetime.fromisoformat(receipt["acknowledged_at"])
            moved = await admin.put("/api/v1/clock", json={"now": (start + timedelta(days=10)).isoformat()})
            assert moved.status_code == 200, moved.text

            told = (await http.get(case + "/timeline", params={"limit": 500})).json()["items"]
            times = [datetime.fromisoformat(item["recorded_at"]) - start for item in told]
            assert times == sorted(times)
            [raised] = [at for item, at in zip(told, times, strict=True) if item["type"] == "routing.early-warning-set.v1"]
            assert abs(raised - timedelta(hours=72)) < timedelta(minutes=1)
            clocks = (await http.get(case + "/clocks")).json()["items"]
            second = [clock for clock in clocks if clock["name"] == "early_warning"][1]
            assert (second["state"], second["department"]) == ("missed", "leading_group")
            assert abs(datetime.fromisoformat(second["due_at"]) - start - timedelta(hours=96)) < timedelta(minutes=1)
            late = (await http.get("/api/v1/overdue", params={"department": "leading_group"})).json()["items"]
            assert {item["clock"] for item in late} == {"early_warning", "take"}


async def test_the_clock_stands_where_it_was_left(tmp_path):
    data = tmp_path / "data"
    async with product(data, "--manual-clock") as running, running.client() as admin:
        later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=400)
        assert (await admin.put("/api/v1/clock", json={"now": later.isoformat()})).is_success
    async with product(data, "--manual-clock") as running, running.client() as admin:
        again = await admin.put("/api/v1/clock", json={"now": later.isoformat()})
        assert again.is_success, again.text
        assert datetime.fromisoformat(again.json()["now"]) == later


async def test_without_a_manual_clock_there_is_no_such_call(town):
    async with town.running.client() as admin:
        assert (await admin.put("/api/v1/clock", json={"now": "2030-01-01T00:00:00Z"})).status_code == 404
