"""Is an erased person gone everywhere, while every figure stays? All services at once, through the public API (IN-9)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.keys import load_or_make
from shared.sealing import Vault, unsealed
from shared.store.store import Store
from tests.e2e.conftest import Town
from tests.e2e.test_straight_road import ASSESSMENT, OFFER, good, refused
from tests.running import Running, lines_of

WITHIN = 5.0  # seconds from the confirmation
DONE = {"on": "2026-11-20", "evidence": "delivery note of Mr Hu"}
SAID = "Hu Ming's pump leaks."


@dataclass
class Story:
    """A case that went its whole way, then its person is erased."""

    town: Town
    receipt: dict[str, Any]
    position: str
    before: dict[str, Any]
    texts: list[bytes]

    @property
    def id(self) -> str:
        return str(self.receipt["id"])

    @property
    def running(self) -> Running:
        return self.town.running

    async def person(self, name: str, *roles: str, **more: Any) -> httpx.AsyncClient:
        return await self.town.person(name, *roles, **more)


@pytest.fixture(scope="module")
async def story(town: Town) -> Story:
    desk = await town.person("Li Na", "desk", departments=("desk",))
    quality = await town.person("Zhao Min", "quality", departments=("quality_assurance",))
    phone = {"name": "Hu Ming", "phone": f"1370013{town.number:04d}"}
    said = {"channel": "phone", "content_class": "product_quality", "issue_codes": ["leakage"], "description": SAID, "complainant": phone}
    receipt = good(await desk.post("/api/v1/complaints", json=said))
    case = f"/api/v1/cases/{receipt['id']}"
    good(await desk.post(f"{case}/assessment", json=ASSESSMENT, params={"min_position": receipt["position"]}))
    good(await desk.post(f"{case}/remedies", json=OFFER))
    good(await desk.post(f"{case}/remedies/1/answer", json={"accepted": True, "comment": "Fine, says Mr Hu.", "medium": "phone"}))
    good(await desk.post(f"{case}/remedies/1/carried-out", json=DONE))
    good(await desk.post(f"{case}/remedies/1/verification", json=DONE))
    good(await desk.post(f"/api/v1/complaints/{receipt['id']}/messages", json={"text": "Dear Mr Hu", "visible": True}))
    closed = good(await desk.post(f"{case}/close", json={"outcome": "satisfied", "reason": "Mr Hu agreed."}))
    decision = {
        "method": "five_why", "causes": [{"level": "occurrence", "text": "seal at Mr Hu's"}], "needed": False, "reason": "once",
        "extend_to_others": False,
    }  # fmt: skip
    decided = good(await quality.post(f"/api/v1/cause-reviews/{receipt['id']}", json=decision, params={"min_position": closed["position"]}))
    before = await figures(town, closed["position"], decided["position"])
    texts = [record.value for service in ("intake", "routing", "capa") for record in await town.running.on_the_log(service)]
    return Story(town, receipt, closed["position"], before, texts)


async def figures(town: Town, *positions: str) -> dict[str, Any]:
    """What a month's report and a query say, but for the moments they are of."""
    analyst = await town.person("Sun Yi", "analyst")
    at = {"min_position": positions}
    question = {"queries": [{
        "name": "m", "from": "complaints", "measures": [{"op": "count", "as": "n"}], "dimensions": ["channel", "state", "severity", "issue_code"],
        "filters": [{"field": "issue_code", "op": "in", "value": ["leakage"]}],
    }]}  # fmt: skip
    month = time.strftime("%Y-%m")
    report = good(await analyst.get(f"/api/v1/reports/monthly/{month}", params=at))
    [result] = good(await analyst.post("/api/v1/query", json=question, params=at))["results"]
    return {"report": {name: value for name, value in report.items() if name != "as_of"}, "rows": result["rows"]}


async def test_first_everything_is_there(story: Story):
    shown = await answers(story)
    assert all("Mr Hu" in answer.text or "Hu Ming" in answer.text for answer in shown), [answer.text for answer in shown]
    assert not any('"erased":true' in answer.text for answer in shown)


async def answers(story: Story) -> list[httpx.Response]:
    """Every call that shows sealed text of the complaint."""
    desk = await story.person("Li Na", "desk")
    quality = await story.person("Zhao Min", "quality")
    paths = [f"/api/v1/complaints/{story.id}", f"/api/v1/complaints/{story.id}/messages", f"/api/v1/cases/{story.id}/timeline"]
    return [*[await desk.get(path) for path in paths], await quality.get(f"/api/v1/cause-reviews/{story.id}")]


async def test_within_five_seconds_nobody_reads_or_finds_the_person(story: Story):
    ann = await story.person("Ann", "admin")
    bob = await story.person("Bob", "admin")
    at = f"/api/v1/complaints/{story.id}/erasure"
    asked = good(await ann.post(at, json={"reason": "The person asked for it."}), 201)
    assert asked["complaint_ids"] == [story.id]
    refused(await ann.post(f"{at}/{asked['request_id']}/confirmation"), "second-person")
    done = good(await bob.post(f"{at}/{asked['request_id']}/confirmation"))
    story.position = done["position"]
    until = time.monotonic() + WITHIN
    while any("Hu" in answer.text for answer in await answers(story)):  # a key that was read may be used until then
        assert time.monotonic() < until
    for answer in await answers(story):
        assert good(answer)["erased"] is True, answer.text
    desk = await story.person("Li Na", "desk")
    case = good(await desk.get(f"/api/v1/cases/{story.id}"))
    assert (case["erased"], case["rounds"][0]["text"], case["state"]) == (True, None, "closed")
    phone = {"phone": f"1370013{story.town.number:04d}"}
    assert good(await desk.post("/api/v1/complaints/lookup", json=phone, params={"min_position": story.position}))["items"] == []
    followed = good(await desk.post("/api/v1/tracking", json=story.receipt["tracking"]))
    assert [one["text"] for one in followed["messages"]] == [None]


async def test_figures_stay(story: Story):
    assert await figures(story.town, story.position) == story.before


async def test_the_log_holds_what_it_held_and_nobody_can_open_it(story: Story):
    """A copy of the log, and of the database without the vault, tells nothing."""
    running = story.running
    now = {record.value for service in ("intake", "routing", "capa") for record in await running.on_the_log(service)}
    assert now.issuperset(story.texts), "nothing on the log is changed"
    assert not any(b"Hu Ming" in value for value in now)
    connection = await running.connect("intake")
    told = await Store("intake", connection).stream(UUID(story.id))  # type: ignore[arg-type]  # one connection serves as well
    fresh = Vault(load_or_make(running.settings))
    assert [one.erased for one in await unsealed(fresh, connection, told[:1])] == [True]
    assert await connection.fetchval("select count(*) from lookup where complaint_id = $1", UUID(story.id)) == 0
    await connection.close()


async def test_a_person_who_writes_about_the_erased_is_refused_and_the_case_goes_on_by_itself(story: Story):
    colleague = await story.person("Chen Jun", "desk", departments=("desk",))
    due = {"state": "due", "complaint_id": story.id, "min_position": story.position}
    [callback] = good(await colleague.get("/api/v1/callbacks", params=due))["items"]
    said = {"outcome": "answered", "medium": "phone", "satisfied_with_handling": "not", "satisfied_with_remedy": "not"}
    at = f"/api/v1/callbacks/{callback['id']}/attempts"
    refused(await colleague.post(at, json={**said, "comment": "Mr Hu is angry."}), "erased")
    attempted = good(await colleague.post(at, json=said))
    case = good(await colleague.get(f"/api/v1/cases/{story.id}", params={"min_position": attempted["position"]}))
    assert (case["reopened"], case["erased"]) == (1, True), "what follows from an event must not wait for a person who is gone"
    auditor = await story.person("Qian Bo", "auditor")
    assert good(await auditor.get("/api/v1/parked"))["items"] == []


async def test_a_rebuild_gives_the_same(story: Story):
    compared = [line for line in await lines_of(story.running.data, "rebuild", "--compare") if "differences" in line]
    assert [line for line in compared if sum(line["differences"].values())] == []


async def test_it_is_all_on_record(story: Story):
    auditor = await story.person("Qian Bo", "auditor")
    timeline = good(await auditor.get(f"/api/v1/cases/{story.id}/timeline", params={"limit": 500}))["items"]
    who = {item["type"]: item["actor"]["person"] for item in timeline if "eras" in item["type"]}
    assert who == {"intake.erasure-requested.v1": "Ann", "intake.erasure-confirmed.v1": "Bob", "intake.subject-erased.v1": "Bob"}
