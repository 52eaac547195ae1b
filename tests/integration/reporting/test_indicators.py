"""Key indicators of a month, through the report's own door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid5

import httpx
import pytest

from services.reporting.tests.lives import (
    NAMES,
    answered,
    asked_back,
    assessed,
    carried_out,
    closed,
    complaint_id,
    imported,
    offered,
    received,
    regraded,
    reopened,
)
from shared.contracts.intake import CustomerRegistered, CustomersMerged, HistoryRound
from shared.contracts.routing import WorkItemDone, WorkItemOffered
from shared.contracts.vocabulary import Customer
from tests.integration.reporting.house import BEGAN, House, good, on


async def january(house: House) -> None:
    """Twenty complaints: ten closed after 2, 4, … 20 days, ten open; one regraded, one reopened, five asked back."""
    life = house.life
    for n in range(20):
        at = on(1, 3) + timedelta(hours=n)
        life.at(at, received(n, at, customer=Customer(ref=f"C-{n // 2}")))
        item = uuid5(NAMES, f"item {n}")
        life.at(at, WorkItemOffered(
            complaint_id=complaint_id(n), item_id=item, number="C", department="desk", task="assess", clock="assessment", due_at=at + timedelta(days=1),
        ))  # fmt: skip
        done = at + timedelta(hours=4 if n % 2 == 0 else 30)
        life.at(done, assessed(n, "ordinary"), WorkItemDone(complaint_id=complaint_id(n), item_id=item))
    life.at(on(1, 4, 20), regraded(3, severity="major"))
    for n in range(10):
        at = on(1, 3) + timedelta(days=2 * (n + 1))
        life.at(at, offered(n), answered(n), carried_out(n), closed(n))
        if n < 5:
            life.at(at, asked_back(n, "very" if n < 4 else "not"))
    life.at(on(1, 25), reopened(9))
    await house.tell(on(2, 9))
    await house.settled()


async def test_times_are_kaplan_meiers_with_open_ones_censored(house: House, analyst: httpx.AsyncClient):
    await january(house)
    found = good(await analyst.get("/api/v1/reports/monthly/2026-01"))
    days = found["kpis"]["close_days"]
    assert (days["p50"], days["p80"], days["n"], days["open"], days["excluded_negative"]) == (None, None, 9, 11, 0)
    assert (days["method"], days["definition"]) == ("kaplan_meier", "close_days.v1")
    assert found["definitions"]["close_days"]["cohort"] == "received_in_period"
    assert found["definitions"]["closure_rate_cohort"]["denominator"] == "received"


async def test_shares_come_with_n_and_interval_and_are_hidden_below_ten(house: House, analyst: httpx.AsyncClient):
    await january(house)
    kpis = good(await analyst.get("/api/v1/reports/monthly/2026-01"))["kpis"]
    cohort = kpis["closure_rate_cohort"]
    assert (cohort["value"], cohort["n"], cohort["target"]) == (0.45, 20, 0.8)
    assert cohort["low"] < 0.45 < cohort["high"]
    assert (kpis["closure_rate_flow"]["value"], kpis["closure_rate_flow"]["n"]) == (0.5, 20)
    assert (kpis["on_time_rate"]["value"], kpis["on_time_rate"]["n"]) == (0.5, 20)
    assert (kpis["misprioritised"]["value"], kpis["misprioritised"]["n"]) == (0.05, 20)
    assert (kpis["reopened_rate"]["value"], kpis["reopened_rate"]["n"]) == (0.1, 10)
    assert (kpis["repeat_rate"]["value"], kpis["repeat_rate"]["n"]) == (0.5, 20)
    assert (kpis["satisfaction"]["value"], kpis["satisfaction"]["n"], kpis["satisfaction"]["hidden"]) == (None, 5, "n<10")
    assert kpis["first_contact_rate"]["hidden"] == "n<10"
    assert (kpis["remedy_rounds"]["p50"], kpis["remedy_rounds"]["n"]) == (1.0, 10)
    assert kpis["backlog_age"]["bands"] == [
        {"days": "0-7", "count": 1}, {"days": "8-30", "count": 10}, {"days": "31-90", "count": 0}, {"days": ">90", "count": 0},
    ]  # fmt: skip
    assert (kpis["overdue"]["value"], kpis["capa_effective"]["n"]) == (0, 0)


async def test_there_is_no_rate_without_exposure_and_it_names_the_one_it_has(house: House, analyst: httpx.AsyncClient):
    await january(house)
    assert "complaint_rate" not in good(await analyst.get("/api/v1/reports/monthly/2026-01"))["kpis"]
    sheet = [{"month": "2026-01", "kind": "shipped", "units": 40_000}]
    put = good(await analyst.put("/api/v1/exposures", json=sheet))
    await house.alone.service.relay.idle()
    rate = good(await analyst.get("/api/v1/reports/monthly/2026-01", params={"min_position": put["position"]}))["kpis"]["complaint_rate"]
    assert (rate["exposure"], rate["units"], rate["n"], rate["ppm"]) == ("shipped", 40_000, 20, pytest.approx(500))
    assert rate["low"] < rate["value"] < rate["high"]


async def test_imported_ones_that_ended_before_they_began_or_nobody_knows_when_are_left_out_and_counted(
    house: House, analyst: httpx.AsyncClient
):
    start = datetime(2026, 1, 10, tzinfo=UTC)
    for n, ended in enumerate((start + timedelta(days=5), start - timedelta(days=3), None)):
        house.life.at(
            BEGAN + timedelta(days=20), imported(n, HistoryRound(received_at=start, closed=True, closed_at=ended, outcome="satisfied"))
        )
    await house.tell(on(2, 9))
    await house.settled()
    days = good(await analyst.get("/api/v1/reports/monthly/2026-01"))["kpis"]["close_days"]
    assert (days["p50"], days["n"], days["excluded_negative"], days["excluded_unknown"]) == (5, 1, 1, 1)


async def test_merged_customers_are_one_and_repeat_each_other(house: House, analyst: httpx.AsyncClient):
    await january(house)
    before = good(await analyst.get("/api/v1/reports/monthly/2026-01"))["kpis"]["repeat_rate"]
    assert (before["value"], before["n"]) == (0.5, 20), "the second of each pair"
    old, new = uuid5(NAMES, "C-0"), uuid5(NAMES, "C-1")
    house.life.ledger.now = on(2, 10)
    for of, ref in ((old, "C-0"), (new, "C-1")):
        house.life.envelopes += house.life.ledger.record(of, CustomerRegistered(customer_id=of, ref=ref, name=ref))
    house.life.envelopes += house.life.ledger.record(old, CustomersMerged(customer_id=old, ref="C-0", into="C-1", reason="one"))
    await house.tell(on(2, 11))
    await house.settled()
    report = good(await analyst.get("/api/v1/reports/monthly/2026-01"))
    assert (report["kpis"]["repeat_rate"]["value"], report["kpis"]["repeat_rate"]["n"]) == (0.55, 20), "of these four the last three"
    rows = report["by_customer"]
    assert (rows[0]["customer_ref"], rows[0]["count"], len(rows)) == ("C-1", 4, 9)
    assert rows[0]["issues"][0]["count"] == 4
