"""Months become complete, are reported, and are restated when something comes late: through the real doors and timers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import httpx

from services.reporting.tests.lives import assessed, closed, imported, received
from shared.contracts.intake import HistoryRound, ImportFinished, ImportStarted
from shared.contracts.reporting import FrequencyClassChanged
from shared.contracts.reporting_periods import MonthJudged, PeriodClosed, PeriodRestated
from shared.contracts.vocabulary import Customer, Product
from tests.integration.reporting.house import BEGAN, House, a_year, good, on


async def said(house: House, cls: type) -> list:
    rows = await house.alone.service.pool.fetch(
        "select data from events where type = $1 order by recorded_at, partition, position", cls.TYPE
    )
    return [cls.model_validate_json(row["data"]) for row in rows]


async def test_a_complete_month_is_closed_once_with_its_totals(house: House):
    await a_year(house)
    await house.settled()
    months = await said(house, PeriodClosed)
    assert sorted((one.month, one.version, one.totals.received) for one in months) == [(f"2026-0{m}", 1, 3) for m in (1, 2, 3, 4)]
    await house.tell(on(6, 1))
    await house.settled()
    assert len(await said(house, PeriodClosed)) == 4
    assert sorted(one.month for one in await said(house, MonthJudged)) == ["2026-01", "2026-02", "2026-03", "2026-04"]


async def test_a_month_closes_on_its_reporting_day_and_not_before(house: House):
    at = on(1, 9)
    house.life.at(at, received(1, at))
    await house.tell(on(2, 7, 23))
    await house.settled()
    assert await said(house, PeriodClosed) == []
    await house.tell(on(2, 8, 0))
    await house.settled()
    (january,) = await said(house, PeriodClosed)
    assert (january.month, january.known_at) == ("2026-01", on(2, 8, 0))


async def test_what_comes_late_restates_every_month_it_changes(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    await house.settled()
    before = good(await analyst.get("/api/v1/reports/monthly/2026-03"))
    house.life.at(on(5, 25), received(50, on(3, 20), customer=Customer(ref="C-9", name="Ninth"), product=Product(code="P-9")))
    await house.tell(on(5, 26))
    await house.settled()
    after = good(await analyst.get("/api/v1/reports/monthly/2026-03"))
    assert (before["version"], after["version"], after["totals"]["received"]) == (1, 2, before["totals"]["received"] + 1)
    (restated,) = after["restatements"]
    assert (restated["before"], restated["totals"]) == (before["totals"], after["totals"])
    changes = {(one["figure"], one["dimension"], one["key"]): (one["before"], one["after"]) for one in restated["differences"]}
    assert changes == {
        ("received", None, None): (3, 4),
        ("open_at_end", None, None): (before["totals"]["open_at_end"], after["totals"]["open_at_end"]),
        ("received", "customer_ref", "C-9"): (0, 1),
        ("received", "product_code", "P-9"): (0, 1),
        ("received", "issue_code", "leakage"): (3, 4),
    }
    listed = good(await analyst.get("/api/v1/reports/restatements"))
    assert [(one["period"], one["version"]) for one in listed["items"]] == [("2026-04", 2), ("2026-03", 2)]
    assert good(await analyst.get("/api/v1/reports/restatements", params={"from": "2026-04"}))["items"] == listed["items"][:1]


async def test_the_old_version_is_served_as_of_then_byte_for_byte(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    await house.settled()
    first = await analyst.get("/api/v1/reports/monthly/2026-03")
    then = first.json()["as_of"]["recorded_at"]
    house.life.at(on(5, 25), received(50, on(3, 20)))
    await house.tell(on(5, 26))
    await house.settled()
    again = await analyst.get("/api/v1/reports/monthly/2026-03", params={"as_of": then})
    assert again.content == first.content


async def test_closing_of_cases_restates_no_month_before(house: House):
    await a_year(house)
    await house.settled()
    house.life.at(on(5, 22), assessed(7, "major"), closed(7))
    at = on(5, 23)
    house.life.at(at, received(60, at))
    await house.tell(on(6, 9))
    await house.settled()
    assert await said(house, PeriodRestated) == []
    assert max(one.month for one in await said(house, PeriodClosed)) == "2026-05"


async def test_while_an_import_runs_nothing_closes_and_then_each_covered_month_does(house: House, analyst: httpx.AsyncClient):
    run, source = uuid4(), "crm"
    house.life.envelopes += house.life.ledger.record(run, ImportStarted(import_id=run, source=source, file_name="a.csv"))
    for n in range(4):
        start = datetime(2014, 5 + n // 2, 3 + n, tzinfo=UTC)
        house.life.at(BEGAN, imported(n, HistoryRound(received_at=start, closed=True, outcome="satisfied")))
    await house.tell(on(2, 20))
    await house.settled()
    assert await said(house, PeriodClosed) == []
    figures = {"rows": 4, "complaints": 4, "already_there": 0, "changed": 0, "refused": 0, "doubtful": 0}
    done = ImportFinished(import_id=run, source=source, **figures, covers_from=date(2014, 5, 1), covers_to=date(2014, 7, 31))
    house.life.ledger.now = on(2, 21).astimezone(UTC)
    house.life.envelopes += house.life.ledger.record(run, done)
    await house.tell(on(2, 22))
    await house.settled()
    received_in = {one.month: one.totals.received for one in await said(house, PeriodClosed)}
    assert received_in == {"2014-05": 2, "2014-06": 2, "2014-07": 0, "2026-01": 0}
    assert good(await analyst.get("/api/v1/signals"))["items"] == []


async def test_each_change_of_a_frequency_class_is_an_event(house: House):
    await a_year(house)
    await house.settled()
    changes = await said(house, FrequencyClassChanged)
    now: dict[tuple[str, str, str | None, str | None], str] = {}
    for one in changes:
        group = (one.scope, one.issue_code, one.product_code, one.customer_ref)
        assert (one.before, one.frequency_class != one.before) == (now.get(group), True)
        now[group] = one.frequency_class
    assert now["product", "leakage", "P-0", None] in ("sporadic", "recurrent", "systematic")
