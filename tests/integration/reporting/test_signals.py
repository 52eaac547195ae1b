"""A month that brings too much obliges somebody: signals, what becomes of them, and whether what was done helped."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.reporting.tests.lives import received
from shared.contracts.capa import CapaClosed, CapaOpened, StepDone
from shared.contracts.vocabulary import Product
from tests.integration.reporting.house import House, good, on


def month(house: House, number: int, leakage: int, noise: int = 10) -> None:
    """So many complaints of each issue, spread over the month."""
    for n in range(leakage + noise):
        at = on(number, 1 + n % 27) + timedelta(minutes=n)
        issue, product = ("leakage", "P-1") if n < leakage else ("noise", "P-2")
        house.life.at(at, received(1000 * number + n, at, issue_codes=(issue,), product=Product(code=product), customer=None))


@pytest.fixture
async def abnormal(house: House) -> House:
    """Six quiet months and a seventh with four times as much leakage."""
    for number in range(1, 7):
        month(house, number, leakage=9 + number % 3)
    month(house, 7, leakage=40)
    await house.tell(on(8, 9))
    await house.settled()
    return house


async def signals(client: httpx.AsyncClient, **wanted: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = good(await client.get("/api/v1/signals", params=wanted))["items"]
    return items


async def test_an_abnormal_month_is_a_signal_that_says_who_must_act(abnormal: House, analyst: httpx.AsyncClient):
    (signal,) = await signals(analyst)
    assert (signal["series"]["dimension"], signal["series"]["product_code"], signal["series"]["issue_code"]) == (
        "product_code+issue_code", "P-1", "leakage",
    )  # fmt: skip
    assert (signal["month"], signal["state"], signal["historical"], signal["department"]) == ("2026-07", "raised", False, "technical")
    assert (signal["observed"], signal["method"], signal["baseline"]["counts"]) == (40, "gamma_poisson", [10, 11, 9, 10, 11, 9, 40])
    assert signal["q"] <= signal["rule"]["alpha"]
    assert signal["known_at"] == "2026-08-07T16:00:00Z"
    assert await signals(analyst, **{"from": "2026-08"}) == []
    assert await signals(analyst, state="closed") == []


async def test_a_report_shows_what_was_expected_when_the_month_was_judged(abnormal: House, analyst: httpx.AsyncClient):
    july = good(await analyst.get("/api/v1/reports/monthly/2026-07"))["trend"]["months"][-1]
    assert (july["count"], july["signal"]) == (50, True)
    assert july["expected"] < july["bound"] < 50
    june = good(await analyst.get("/api/v1/reports/monthly/2026-06"))
    assert june["trend"]["months"][-1]["signal"] is False
    assert june["trend"]["months"][-6]["expected"] is None, "January had no past"
    assert june["seasonal"]["shown"] is False
    assert "24" in june["seasonal"]["why"]


async def test_the_action_that_follows_takes_the_signal_to_its_end(abnormal: House, analyst: httpx.AsyncClient):
    (signal,) = await signals(analyst)
    capa = uuid4()
    opened = CapaOpened(
        capa_id=capa, number="CA-2026-0001", trigger="trend", trigger_ref=signal["id"], title="Leakage", severity="important",
        owner_department="technical", product_code="P-1", issue_code="leakage",
    )  # fmt: skip
    abnormal.life.ledger.now = on(8, 10)
    abnormal.life.envelopes += abnormal.life.ledger.record(capa, opened)
    await abnormal.tell(on(8, 11))
    (signal,) = await signals(analyst, state="in_work")
    assert signal["capa_id"] == str(capa)
    done = StepDone(capa_id=capa, round=1, n=1, on=date(2026, 8, 12), evidence="photo", steps_open=0)
    abnormal.life.envelopes += abnormal.life.ledger.record(capa, done, CapaClosed(capa_id=capa, number="CA-2026-0001", rounds=1))
    await abnormal.tell(on(8, 13))
    assert [one["state"] for one in await signals(analyst)] == ["closed"]
    (effect,) = good(await analyst.get("/api/v1/reports/effects", params={"capa_id": str(capa)}))["items"]
    assert (effect["statistical_verdict"], effect["before"]["events"], effect["after"]["months"]) == ("too_early", 100, 0)
    for number in (9, 10, 11):
        month(abnormal, number, leakage=2)
    await abnormal.tell(on(12, 9))
    await abnormal.settled()
    (effect,) = good(await analyst.get("/api/v1/reports/effects", params={"year": "2026"}))["items"]
    after = {"events": 6, "months": 3, "units": 3.0, "from": "2026-09", "to": "2026-11"}
    assert (effect["statistical_verdict"], effect["per"], effect["after"]) == ("effective", "month", after)
    assert effect["high"] < 1
    year = good(await analyst.get("/api/v1/reports/annual/2026"))
    assert [(one["number"], one["trigger"], one["state"], one["statistical_verdict"]) for one in year["capas"]] == [
        ("CA-2026-0001", "trend", "closed", "effective")
    ]
    assert (await analyst.get("/api/v1/reports/effects", params={"capa_id": str(uuid4())})).status_code == 404
    sheet = [{"month": f"2026-{n:02}", "kind": "shipped", "units": 6 if n > 8 else 20, "product_code": "P-1"} for n in range(1, 12)]
    put = good(await analyst.put("/api/v1/exposures", json=sheet))
    await abnormal.alone.service.relay.idle()
    asked = {"capa_id": str(capa), "min_position": put["position"]}
    (effect,) = good(await analyst.get("/api/v1/reports/effects", params=asked))["items"]
    assert (effect["per"], effect["after"]["units"], effect["before"]["units"]) == ("shipped", 18.0, 160.0)
    assert effect["statistical_verdict"] == "not_shown", "fewer came because fewer were shipped"


async def test_a_signal_is_dismissed_once_by_quality_and_with_a_reason(abnormal: House, analyst: httpx.AsyncClient):
    (signal,) = await signals(analyst)
    path = f"/api/v1/signals/{signal['id']}/dismissal"
    assert (await analyst.post(path, json={"reason": "known"})).status_code == 403
    async with abnormal.client("quality") as quality:
        assert (await quality.post(path, json={"reason": " "})).status_code == 422
        done = good(await quality.post(path, json={"reason": "A recall, announced."}))
        again = await quality.post(path, json={"reason": "again"})
        assert (again.status_code, again.json()["type"]) == (409, "/problems/already-decided")
        assert (await quality.post(f"/api/v1/signals/{uuid4()}/dismissal", json={"reason": "known"})).status_code == 404
    await abnormal.alone.service.relay.idle()
    found = good(await analyst.get("/api/v1/signals", params={"min_position": done["position"]}))["items"]
    assert [(one["state"], one["dismissed_by"], one["dismissal_reason"]) for one in found] == [
        ("dismissed", "anna", "A recall, announced.")
    ]


async def test_a_month_with_a_known_cause_leaves_the_baseline_from_now_on(abnormal: House, analyst: httpx.AsyncClient):
    series = {"dimension": "product_code+issue_code", "key": "P-1 × leakage"}
    known = {"series": series, "month": "2026-07", "cause": "a bad batch", "reason": "found by inspection"}
    made = await analyst.post("/api/v1/signals/annotations", json=known)
    assert made.status_code == 201
    wrong = {"dimension": "total", "key": "x"}
    assert (await analyst.post("/api/v1/signals/annotations", json=known | {"series": wrong})).status_code == 422
    await abnormal.alone.service.relay.idle()
    params = {**series, "min_position": made.json()["position"]}
    months = {one["month"]: one for one in good(await analyst.get("/api/v1/reports/trend", params=params))["months"]}
    assert (months["2026-07"]["known_cause"], months["2026-07"]["signal"]) == (True, True)
    month(abnormal, 8, leakage=38)
    await abnormal.tell(on(9, 9))
    await abnormal.settled()
    rows = await abnormal.alone.service.pool.fetch("select said::json -> 'judged' as judged from signal_repeats")
    assert len(rows) == 1, "the signal is open still, so the month is added to it"
    months = {one["month"]: one for one in good(await analyst.get("/api/v1/reports/trend", params=series))["months"]}
    assert months["2026-08"]["expected"] < 15, "July is no baseline for August"


async def test_a_trend_has_its_months_and_says_why_there_is_no_more(abnormal: House, analyst: httpx.AsyncClient):
    found = good(await analyst.get("/api/v1/reports/trend", params={"dimension": "issue_code", "key": "leakage"}))
    assert [one["count"] for one in found["months"]] == [10, 11, 9, 10, 11, 9, 40, 0]
    assert (found["months"][-1]["complete"], found["months"][-1]["expected"]) == (False, None)
    assert (found["growth"]["shown"], found["projection"]["model"], found["seasonal"]["shown"]) == (False, None, False)
    assert all(found[name]["why"] for name in ("growth", "projection", "seasonal"))
    assert found["definitions"]["growth"]["definition"] == "growth.v1"
    for wrong in ({"dimension": "issue_code"}, {"dimension": "total", "key": "x"}, {"dimension": "weather"}):
        assert (await analyst.get("/api/v1/reports/trend", params=wrong)).status_code == 422


async def test_complaints_about_nothing_known_have_an_empty_trend(house: House, analyst: httpx.AsyncClient):
    await house.tell(on(3, 9))
    found = good(await analyst.get("/api/v1/reports/trend", params={"dimension": "customer_ref", "key": "nobody"}))
    assert {one["count"] for one in found["months"]} == {0}
