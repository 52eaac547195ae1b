"""Reports and exposures through their real doors, of what the other services published."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4, uuid5

import httpx
import pytest

from services.reporting.tests.lives import (
    NAMES,
    complaint_id,
    imported,
    received,
)
from shared.contracts.intake import HistoryRound, ImportFinished
from shared.contracts.routing import WorkItemOffered
from shared.contracts.vocabulary import Role
from tests.integration.reporting.house import BEGAN, SHANGHAI, House, a_year, ask, good, on


async def test_a_months_totals_follow_their_definitions(house: House, analyst: httpx.AsyncClient):
    positions = await a_year(house)
    january = good(await analyst.get("/api/v1/reports/monthly/2026-01", params={"min_position": positions}))
    assert january["totals"] == {"received": 3, "closed": 3, "open_at_end": 0, "reopened": 0}
    april = good(await analyst.get("/api/v1/reports/monthly/2026-04.json"))
    assert april["totals"] == {"received": 3, "closed": 0, "open_at_end": 7, "reopened": 1}
    assert (january["complete"], january["why"], january["expected_from"], january["version"]) == (True, None, "2026-02-08", 1)
    assert january["definitions"]["closed"]["definition"] == "closed.v1"
    may = good(await analyst.get("/api/v1/reports/monthly/2026-05"))
    assert (may["complete"], may["why"]) == (False, "not_yet_due")


async def test_a_month_says_who_complained_of_what(house: House, analyst: httpx.AsyncClient):
    positions = await a_year(house)
    april = good(await analyst.get("/api/v1/reports/monthly/2026-04", params={"min_position": positions}))
    assert [(row["customer_ref"], row["name"], row["count"]) for row in april["by_customer"]] == [("C-1", "Customer 1", 1), (None, None, 2)]
    assert (april["by_customer"][0]["share"], april["by_customer"][0]["hidden"]) == (None, "n<10")
    assert [(one["issue_code"], one["count"]) for one in april["by_customer"][1]["issues"]] == [("leakage", 2)]
    assert [(row["issue_code"], row["count"], row["previous"]) for row in april["by_issue"]] == [("leakage", 3, 3), ("noise", 1, 1)]
    assert {row["product_code"]: row["count"] for row in april["by_product"]} == {"P-0": 1, "P-1": 1, "P-2": 1}
    assert april["by_department"] == [{"department": "desk", "open": 6, "done": 0, "overdue": 5}]
    frequency = [row for row in april["frequency"] if row["scope"] == "product"]
    assert {(row["issue_code"], row["product_code"], row["count"], row["count_12m"]) for row in frequency} == {
        ("leakage", "P-0", 1, 4), ("leakage", "P-1", 1, 4), ("leakage", "P-2", 1, 4), ("noise", "P-0", 1, 4),
    }  # fmt: skip


async def test_of_a_month_that_still_runs_that_is_overdue_which_is_late_by_now(house: House, analyst: httpx.AsyncClient):
    for n, due in enumerate((on(5, 19), on(5, 25))):
        item = uuid5(NAMES, f"item {n}")
        offer = WorkItemOffered(complaint_id=complaint_id(n), item_id=item, number="C", department="desk", task="assess", due_at=due)
        house.life.at(on(5, 10), offer)
    positions = await house.tell(on(5, 20))
    may = good(await analyst.get("/api/v1/reports/monthly/2026-05", params={"min_position": positions}))
    assert may["by_department"] == [{"department": "desk", "open": 2, "done": 0, "overdue": 1}]


async def test_the_trend_shows_gaps_as_gaps(house: House, analyst: httpx.AsyncClient):
    positions = await a_year(house)
    months = good(await analyst.get("/api/v1/reports/monthly/2026-05", params={"min_position": positions}))["trend"]["months"]
    assert [(m["month"], m["count"]) for m in months][-6:] == [
        ("2025-12", None), ("2026-01", 3), ("2026-02", 3), ("2026-03", 3), ("2026-04", 3), ("2026-05", 0),
    ]  # fmt: skip
    assert [m["complete"] for m in months][-6:] == [False, True, True, True, True, False]


async def test_a_year_has_its_months_and_stands_beside_the_year_before(house: House, analyst: httpx.AsyncClient):
    positions = await a_year(house)
    year = good(await analyst.get("/api/v1/reports/annual/2026", params={"min_position": positions}))
    assert year["totals"] == {"received": 12, "closed": 6, "open_at_end": 7, "reopened": 1}
    assert [m["totals"]["received"] for m in year["months"]] == [3, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0]
    assert [m["totals"]["open_at_end"] for m in year["months"]][:4] == [0, 0, 3, 7]
    assert year["versus_last_year"]["totals"]["received"] == {"count": 12, "last_year": None, "change": None}
    assert year["by_customer"][0]["share"] == pytest.approx(5 / 12, abs=1e-4)


async def test_as_of_an_earlier_moment_the_answer_is_what_was_known_then(house: House, analyst: httpx.AsyncClient):
    positions = await a_year(house)
    good(await analyst.get("/api/v1/reports/monthly/2026-04", params={"min_position": positions}))
    before = on(1, 6, 13).isoformat()
    then = good(await analyst.get("/api/v1/reports/monthly/2026-01", params={"as_of": before}))
    assert then["totals"] == {"received": 1, "closed": 0, "open_at_end": 1, "reopened": 0}
    assert (then["complete"], then["why"]) == (False, "not_yet_due")
    assert datetime.fromisoformat(then["as_of"]["recorded_at"]) == datetime.fromisoformat(before)
    assert sum(then["as_of"]["positions"].values()) == 7, "one receipt, and what routing had made of it"
    again = await analyst.get(f"/api/v1/reports/monthly/2026-01?as_of={before}")
    assert again.json() == then, "a plus sign in the address arrives as a blank"


async def test_a_moment_that_has_not_come_is_refused(house: House, analyst: httpx.AsyncClient):
    await house.tell(on(2, 1))
    answer = await analyst.get("/api/v1/reports/monthly/2026-01", params={"as_of": on(3, 1).isoformat()})
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, "/as_of")


async def test_days_and_months_begin_at_midnight_where_the_organisation_is(house: House, analyst: httpx.AsyncClient):
    for n, at in enumerate((datetime(2026, 1, 31, 23, 59, tzinfo=SHANGHAI), datetime(2026, 2, 1, 0, 1, tzinfo=SHANGHAI))):
        house.life.at(at, received(n, at.astimezone(UTC)))
    positions = await house.tell(on(3, 1))
    for month in ("2026-01", "2026-02"):
        report = good(await analyst.get(f"/api/v1/reports/monthly/{month}", params={"min_position": positions}))
        assert report["totals"]["received"] == 1
    assert [row["day"] for row in (await ask(analyst, bucket="day"))["rows"]] == ["2026-01-31", "2026-02-01"]
    for day in ("2026-01-31", "2026-02-01"):
        assert (await ask(analyst, window={"from": day, "to": day}))["rows"] == [{"n": 1}]


async def test_an_import_covers_its_months_and_no_others(house: House, analyst: httpx.AsyncClient):
    start = datetime(2014, 5, 3, tzinfo=UTC)
    house.life.at(BEGAN, imported(1, HistoryRound(received_at=start, closed=True, outcome="satisfied")))
    figures = {"rows": 1, "complaints": 1, "already_there": 0, "changed": 0, "refused": 0, "doubtful": 0}
    done = ImportFinished(import_id=uuid4(), source="s", **figures, covers_from=date(2014, 5, 1), covers_to=date(2014, 6, 30))
    house.life.envelopes += house.life.ledger.record(done.import_id, done)
    positions = await house.tell(on(1, 2))
    may = good(await analyst.get("/api/v1/reports/monthly/2014-05", params={"min_position": positions}))
    assert (may["complete"], may["totals"]) == (True, {"received": 1, "closed": 0, "open_at_end": 0, "reopened": 0})
    june = good(await analyst.get("/api/v1/reports/monthly/2014-06"))
    assert (june["complete"], june["trend"]["months"][-1]["count"], june["by_customer"]) == (True, 0, [])
    july = good(await analyst.get("/api/v1/reports/monthly/2014-07"))
    assert (july["why"], july["trend"]["months"][-1]["count"]) == ("not_covered", None)


async def test_what_is_no_period_is_told_and_another_ending_is_absent(analyst: httpx.AsyncClient):
    for path in ("monthly/2014-13", "monthly/2014", "monthly/x.json", "annual/2014-05", "annual/20145"):
        assert (await analyst.get(f"/api/v1/reports/{path}")).status_code == 422, path
    for path in ("reports/monthly/2014-05.pdf", "reports/annual/2014.xml"):
        assert (await analyst.get(f"/api/v1/{path}")).status_code == 404, path


ROLES: tuple[tuple[Role, int, int, int], ...] = (  # reports and queries, reading exposures, writing them
    ("channel", 403, 403, 403), ("desk", 403, 200, 403), ("department", 403, 403, 403), ("quality", 200, 200, 200),
    ("approver", 200, 200, 403), ("analyst", 200, 200, 200), ("auditor", 200, 200, 403), ("admin", 403, 403, 403),
)  # fmt: skip


async def test_who_may_ask(house: House):
    count = {"name": "m", "from": "complaints", "measures": [{"op": "count"}]}
    sheet = [{"month": "2026-01", "kind": "sold", "units": 5}]
    for role, reports, reads, writes in ROLES:
        async with house.client(role) as client:
            assert (await client.get("/api/v1/reports/monthly/2026-01")).status_code == reports, role
            assert (await client.get("/api/v1/query/schema")).status_code == reports, role
            assert (await client.post("/api/v1/query", json={"queries": [count]})).status_code == reports, role
            assert (await client.get("/api/v1/exposures")).status_code == reads, role
            assert (await client.put("/api/v1/exposures", json=sheet)).status_code == writes, role


async def test_exposures_are_kept_and_corrected(house: House):
    await house.tell(on(2, 1))
    async with house.client("quality") as client:
        sheet = [
            {"month": "2026-01", "kind": "sold", "units": 100, "product_code": "P-1"},
            {"month": "2026-01", "kind": "customers", "units": 7},
        ]
        first = good(await client.put("/api/v1/exposures", json=sheet, headers={"idempotency-key": "sheet-1"}))
        assert (first["recorded"], first["position"].split("/")[0]) == (2, "reporting")
        assert good(await client.put("/api/v1/exposures", json=sheet, headers={"idempotency-key": "sheet-1"})) == first
        second = good(await client.put("/api/v1/exposures", json=[sheet[0] | {"units": 120}]))
        await house.alone.service.relay.idle()
        listed = good(await client.get("/api/v1/exposures", params={"min_position": [first["position"], second["position"]]}))
        assert [(i["kind"], i["units"], i["version"]) for i in listed["items"]] == [("customers", 7, 1), ("sold", 120, 2)]
        page = good(await client.get("/api/v1/exposures", params={"limit": 1, "from": "2026-01", "to": "2026-12"}))
        rest = good(await client.get("/api/v1/exposures", params={"limit": 1, "cursor": page["next"]}))
        assert [i["kind"] for i in (*page["items"], *rest["items"])] == ["customers", "sold"]
        twice = await client.put("/api/v1/exposures", json=[sheet[0], sheet[0]])
        assert (twice.status_code, twice.json()["errors"][0]["at"]) == (422, "/1")
        for bad in ([], [sheet[0] | {"month": "2026-13"}], [sheet[0] | {"units": -1}], [sheet[0] | {"units": "5"}], {"month": "2026-01"}):
            assert (await client.put("/api/v1/exposures", json=bad)).status_code == 422
