"""What counts, and where: complaints that are duplicates of others, were withdrawn, or came late, by the written rules (docs/reports.md)."""

from __future__ import annotations

from typing import Any

import httpx

from services.reporting.tests.lives import added, closed, received, reopened
from shared.contracts.vocabulary import Product
from tests.integration.reporting.house import House, good, on

MONTHS = ("2026-01", "2026-02", "2026-03")


async def reports(analyst: httpx.AsyncClient) -> list[dict[str, Any]]:
    return [good(await analyst.get(f"/api/v1/reports/monthly/{month}")) for month in MONTHS]


def totals(reports: list[dict[str, Any]]) -> list[tuple[int, ...]]:
    """Of each month: received, closed, open at its end, reopened."""
    return [tuple(one["totals"][name] for name in ("received", "closed", "open_at_end", "reopened")) for one in reports]


async def test_a_duplicate_counts_as_received_and_as_closed_when_it_is_found(house: House, analyst: httpx.AsyncClient):
    for n, day in ((1, 10), (2, 12)):
        house.life.at(on(1, day), received(n, on(1, day)))
    await house.tell(on(2, 9))
    await house.settled()
    assert totals(await reports(analyst)) == [(2, 0, 2, 0), (0, 0, 2, 0), (0, 0, 2, 0)]
    house.life.at(on(2, 20), closed(2, "duplicate"))
    await house.tell(on(4, 9))
    await house.settled()
    found = await reports(analyst)
    assert totals(found) == [(2, 0, 2, 0), (0, 1, 1, 0), (0, 0, 1, 0)]
    assert [(row["customer_ref"], row["count"]) for row in found[0]["by_customer"]] == [("C-1", 2)]
    assert (found[0]["frequency"][0]["count"], found[0]["by_issue"][0]["count"]) == (2, 2)
    assert (found[0]["kpis"]["closure_rate_cohort"]["n"], found[1]["kpis"]["closure_rate_flow"]["n"]) == (2, 0)
    assert found[0]["restatements"] == [], "what is closed later is no other January"


async def test_a_withdrawn_one_counts_as_received_and_as_closed_in_the_month_of_its_withdrawal(house: House, analyst: httpx.AsyncClient):
    house.life.at(on(1, 10), received(1, on(1, 10)))
    await house.tell(on(2, 1))
    assert totals(await reports(analyst))[0] == (1, 0, 1, 0)
    house.life.at(on(2, 3), closed(1, "withdrawn"))
    await house.tell(on(4, 9))
    await house.settled()
    found = await reports(analyst)
    assert totals(found) == [(1, 0, 1, 0), (0, 1, 0, 0), (0, 0, 0, 0)]
    days = found[0]["kpis"]["close_days"]
    assert (days["p50"], days["n"], days["open"]) == (24, 1, 0)


async def test_a_withdrawn_one_that_comes_again_is_reopened_and_not_received_twice(house: House, analyst: httpx.AsyncClient):
    house.life.at(on(1, 10), received(1, on(1, 10)))
    house.life.at(on(1, 20), closed(1, "withdrawn"))
    house.life.at(on(2, 3), reopened(1))
    await house.tell(on(4, 9))
    await house.settled()
    assert totals(await reports(analyst)) == [(1, 1, 0, 0), (0, 0, 1, 1), (0, 0, 1, 0)]


async def test_what_is_entered_late_and_what_is_added_later_counts_where_it_belongs(house: House, analyst: httpx.AsyncClient):
    house.life.at(on(1, 10), received(1, on(1, 10)))
    await house.tell(on(3, 9))
    await house.settled()
    before = await reports(analyst)
    house.life.at(on(3, 10), received(2, on(2, 27)), added(1, product=Product(code="P-9"), issue_codes=("noise",)))
    await house.tell(on(4, 9))
    await house.settled()
    found = await reports(analyst)
    assert totals(before)[:2] == [(1, 0, 1, 0), (0, 0, 1, 0)]
    assert totals(found)[:2] == [(1, 0, 1, 0), (1, 0, 2, 0)]
    assert [(row["product_code"], row["count"]) for row in found[0]["by_product"]] == [("P-9", 1)]
    assert [(row["issue_code"], row["count"]) for row in found[0]["by_issue"]] == [("noise", 1)]
    assert (before[0]["version"], found[0]["version"], found[1]["version"]) == (1, 2, 2)
