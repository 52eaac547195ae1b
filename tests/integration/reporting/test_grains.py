"""Three kinds of row: complaints with their customers, moves, and what was open on a day; and each beside what it was before."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid5

import httpx

from services.reporting.tests.lives import NAMES, complaint_id
from shared.contracts.event import Event
from shared.contracts.intake import CustomerRegistered, CustomersMerged
from shared.contracts.routing import DeadlineMissed
from tests.integration.reporting.house import House, a_year, ask, on


async def test_moves_are_counted_once_each(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    found = await ask(analyst, **{"from": "transitions"}, dimensions=["to_state"], sort=[{"by": "to_state"}])
    assert found["rows"] == [
        {"to_state": "accepted", "n": 6}, {"to_state": "assessed", "n": 7}, {"to_state": "closed", "n": 6},
        {"to_state": "offered", "n": 6}, {"to_state": "received", "n": 12}, {"to_state": "remedied", "n": 6},
    ]  # fmt: skip
    reopened = [{"field": "reopening", "op": "eq", "value": True}]
    again = await ask(
        analyst, **{"from": "transitions"}, filters=reopened, measures=[{"op": "count_distinct", "field": "complaint_id", "as": "n"}]
    )
    assert again["rows"] == [{"n": 1}]
    dwelt = await ask(
        analyst,
        **{"from": "transitions"},
        filters=[{"field": "to_state", "op": "eq", "value": "closed"}],
        measures=[{"op": "avg", "field": "dwell_hours", "as": "h"}],
    )
    assert dwelt["rows"] == [{"h": 24.0}]


async def test_a_complaint_is_open_on_each_day_at_whose_end_it_was(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    days = {"from": "2026-01-05", "to": "2026-01-09"}
    found = await ask(analyst, **{"from": "open_daily"}, bucket="day", window=days)
    assert [row["n"] for row in found["rows"]] == [1, 2, 2, 1, 0]
    older = await ask(
        analyst, **{"from": "open_daily"}, bucket="day", window=days, filters=[{"field": "age_days", "op": "gte", "value": 1}]
    )
    assert [row["n"] for row in older["rows"]] == [0, 1, 1, 1, 0]
    named = await ask(analyst, **{"from": "open_daily"}, dimensions=["day", "severity"], window={"from": "2026-04-26", "to": "2026-04-26"})
    assert named["rows"] == [{"day": "2026-04-26", "severity": None, "n": 6}, {"day": "2026-04-26", "severity": "important", "n": 1}]


async def test_days_to_come_are_not_known(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    found = await ask(analyst, **{"from": "open_daily"}, bucket="day", window={"from": "2026-05-19", "to": "2026-05-22"})
    assert [row["n"] for row in found["rows"]] == [7, 7, None, None]


async def test_what_was_overdue_on_a_day_and_is_now(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    due = on(3, 12)
    house.life.at(on(5, 21), DeadlineMissed(complaint_id=complaint_id(6), clock="assessment", instance="1", due_at=due))
    await house.tell(on(5, 22))
    late = [{"field": "overdue", "op": "eq", "value": True}]
    assert (await ask(analyst, filters=late))["rows"] == [{"n": 1}]
    days = {"from": "2026-03-11", "to": "2026-03-13"}
    found = await ask(analyst, **{"from": "open_daily"}, bucket="day", window=days, filters=late)
    assert [row["n"] for row in found["rows"]] == [0, 1, 1]


async def test_the_complaints_of_a_merged_customer_are_the_survivors(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    customers = {ref: uuid5(NAMES, ref) for ref in ("C-0", "C-1")}
    told: list[tuple[str, Event]] = [
        (ref, CustomerRegistered(customer_id=of, ref=ref, name=ref, group="North" if ref == "C-0" else None))
        for ref, of in customers.items()
    ]
    told.append(("C-1", CustomersMerged(customer_id=customers["C-1"], ref="C-1", into="C-0", reason="The same.")))
    for hour, (ref, event) in enumerate(told):
        house.life.ledger.now = on(5, 21) + timedelta(hours=hour)
        house.life.envelopes += house.life.ledger.record(customers[ref], event)
    await house.tell(on(5, 22))
    found = await ask(analyst, dimensions=["customer_ref", "customer_group"])
    assert found["rows"] == [
        {"customer_ref": "C-0", "customer_group": "North", "n": 10}, {"customer_ref": None, "customer_group": None, "n": 2},
    ]  # fmt: skip
    body = {
        "as_of": "2026-05-20T00:00:00+08:00",
        "queries": [{"name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], "dimensions": ["customer_ref"]}],
    }
    before = (await analyst.post("/api/v1/query", json=body)).json()["results"][0]
    assert [row["n"] for row in before["rows"]] == [5, 5, 2]


async def test_each_bucket_stands_beside_the_one_before(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    found = await ask(analyst, bucket="month", window={"from": "2026-01", "to": "2026-03"}, compare="previous")
    assert found["rows"] == [
        {"month": "2026-01", "n": 3, "n_previous": None}, {"month": "2026-02", "n": 3, "n_previous": 3},
        {"month": "2026-03", "n": 3, "n_previous": 3},
    ]  # fmt: skip
    assert [period["compared_with"] for period in found["periods"]] == ["2025-12", "2026-01", "2026-02"]


async def test_a_window_stands_beside_the_one_before_and_the_same_a_year_earlier(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    window = {"from": "2026-02", "to": "2026-03"}
    found = await ask(analyst, window=window, dimensions=["customer_ref"], compare="previous")
    assert {row["customer_ref"]: (row["n"], row["n_previous"]) for row in found["rows"]} == {"C-0": (3, 2), "C-1": (3, 1)}
    assert (await ask(analyst, window=window, compare="last_year"))["rows"] == [{"n": 6, "n_last_year": None}], "a gap is not a zero"
    by_customer = await ask(analyst, window=window, dimensions=["customer_ref"], compare="last_year")
    assert [row["n_last_year"] for row in by_customer["rows"]] == [None, None], "of no customer"
