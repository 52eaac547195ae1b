"""Reporting through its real doors: reports, queries, exposures and pages, of what the other services published."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4, uuid5
from zoneinfo import ZoneInfo

import httpx
import pytest

from conftest import PARTITIONS, Database
from services.reporting.service import wire
from services.reporting.tests.lives import (
    NAMES,
    Life,
    answered,
    assessed,
    carried_out,
    closed,
    complaint_id,
    imported,
    offered,
    received,
    reopened,
)
from shared.clock import ManualClock
from shared.contracts.intake import HistoryRound, ImportFinished
from shared.contracts.routing import WorkItemDone, WorkItemOffered
from shared.contracts.vocabulary import Customer, Product, Role
from shared.envelope import Envelope
from shared.log.port import Watermark, topic_of
from shared.settings import Settings
from tests.alone import Alone, alone

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGAN = datetime(2026, 1, 1, tzinfo=SHANGHAI)
SOURCES = ("intake", "routing", "survey", "reporting")


def on(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@dataclass
class House:
    """Reporting with a clock moved by hand, and a log on which every source keeps pace with it."""

    alone: Alone
    clock: ManualClock
    life: Life = field(default_factory=lambda: Life(BEGAN.astimezone(UTC)))
    published: int = 0

    async def tell(self, now: datetime) -> list[str]:
        """Publishes what has happened since, and moves the clock on to `now`."""
        fresh: list[Envelope] = self.life.envelopes[self.published :]
        self.published = len(self.life.envelopes)
        self.clock.set(max(now, self.clock.now()))
        return await self.alone.publish(*fresh)

    async def keep_pace(self, request: httpx.Request) -> None:
        time = max(self.clock.recorded_now() or BEGAN, self.life.ledger.now)
        heads = {s: {p: len(self.alone.log.records[topic_of(s), p]) for p in range(PARTITIONS)} for s in SOURCES}
        for service, ends in heads.items():
            await self.alone.log.publish_watermarks(service, {p: Watermark(end, time) for p, end in ends.items()})
        await self.alone.service.progress.consumed(heads)
        await self.alone.service.access.current()

    def client(self, *roles: Role) -> httpx.AsyncClient:
        client = self.alone.client(*roles)
        client.event_hooks = {"request": [self.keep_pace]}
        return client


@pytest.fixture
async def house(database: Database, settings: Settings) -> AsyncIterator[House]:
    clock = ManualClock(BEGAN.astimezone(UTC))
    async with alone("reporting", wire, database, settings, clock) as found:
        yield House(found, clock)


@pytest.fixture
async def analyst(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client("analyst") as client:
        yield client


def good(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def a_year(house: House) -> list[str]:
    """Twelve complaints from January to April: some closed, one reopened, work done and left."""
    life = house.life
    for n in range(12):
        at = on(n // 3 + 1, 5 + n)
        customer = Customer(ref=f"C-{n % 2}", name=f"Customer {n % 2}") if n < 10 else None
        issues = ("leakage", "noise") if n % 3 == 0 else ("leakage",)
        life.at(at, received(n, at, customer=customer, issue_codes=issues, product=Product(code=f"P-{n % 3}", name=f"Product {n % 3}")))
        item = uuid5(NAMES, f"item {n}")
        due = at + timedelta(days=15)  # the last one's lies in May
        life.at(at, WorkItemOffered(complaint_id=complaint_id(n), item_id=item, number="C", department="desk", task="assess", due_at=due))
        if n < 6:
            done = at + timedelta(days=1)
            life.at(done, assessed(n), WorkItemDone(complaint_id=complaint_id(n), item_id=item), offered(n), answered(n), carried_out(n))
            life.at(done + timedelta(days=1), closed(n))
    life.at(on(4, 25), reopened(0))
    return await house.tell(on(5, 20))


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
    assert april["by_customer"][1]["issues"] == [{"issue_code": "leakage", "count": 2}]
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


async def test_what_is_no_period_is_told_and_what_is_not_built_is_absent(analyst: httpx.AsyncClient):
    for path in ("monthly/2014-13", "monthly/2014", "monthly/x.json", "annual/2014-05", "annual/20145"):
        assert (await analyst.get(f"/api/v1/reports/{path}")).status_code == 422, path
    for path in ("reports/monthly/2014-05.xlsx", "reports/annual/2014.csv", "signals", "reports/trend", "query/cases"):
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


async def ask(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    body = {"queries": [{"name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], **query}]}
    (result,) = good(await client.post("/api/v1/query", json=body))["results"]
    return result


async def test_a_query_by_bucket_alone_has_every_bucket_of_its_window(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    found = await ask(analyst, bucket="month", window={"from": "2025-12", "to": "2026-05"})
    assert found["rows"] == [
        {"month": "2025-12", "n": None}, {"month": "2026-01", "n": 3}, {"month": "2026-02", "n": 3}, {"month": "2026-03", "n": 3},
        {"month": "2026-04", "n": 3}, {"month": "2026-05", "n": 0},
    ]  # fmt: skip
    assert [p["complete"] for p in found["periods"]] == [False, True, True, True, True, False]
    top = await ask(analyst, bucket="week", window={"from": "2026-01", "to": "2026-01"}, sort=[{"by": "n", "desc": True}], limit=1)
    assert (top["rows"], top["total_rows"]) == ([{"week": "2026-W02", "n": 3}], 5)


async def test_windows_may_be_named(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    for window, months in (
        ("last_12_months", ("2025-05", "2026-04")),
        ("last_month", ("2026-04", "2026-04")),
        ("this_year", ("2026-01", "2026-12")),
    ):
        found = await ask(analyst, bucket="month", window=window)
        assert (found["rows"][0]["month"], found["rows"][-1]["month"]) == months


async def test_a_complaint_counts_once_under_each_issue_and_its_main_issue_partitions(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    assert (await ask(analyst, dimensions=["issue_code"]))["rows"] == [{"issue_code": "leakage", "n": 12}, {"issue_code": "noise", "n": 4}]
    assert (await ask(analyst, dimensions=["main_issue_code"]))["rows"] == [{"main_issue_code": "leakage", "n": 12}]
    both = [{"field": "issue_code", "op": "in", "value": ["leakage", "noise"]}]
    assert (await ask(analyst, filters=both))["rows"] == [{"n": 12}]
    assert (await ask(analyst, filters=both, dimensions=["issue_code"]))["total_rows"] == 2
    assert (await ask(analyst, filters=[{"field": "issue_code", "op": "ne", "value": "noise"}]))["rows"] == [{"n": 8}]


FILTERS: tuple[tuple[list[dict[str, Any]], int], ...] = (
    ([{"field": "customer_ref", "op": "eq", "value": "C-1"}], 5),
    ([{"field": "customer_ref", "op": "ne", "value": "C-1"}], 7),
    ([{"field": "customer_ref", "op": "not_in", "value": ["C-1", "C-0"]}], 2),
    ([{"field": "customer_ref", "op": "is_null"}], 2),
    ([{"field": "customer_ref", "op": "is_null", "value": False}], 10),
    ([{"field": "reopened", "op": "gte", "value": 1}], 1),
    ([{"field": "received_at", "op": "gte", "value": "2026-04-14"}], 3),
    ([{"field": "received_at", "op": "lte", "value": "2026-01-06"}], 2),
    ([{"field": "received_at", "op": "gte", "value": "2026-01-06T12:00:01+08:00"}], 10),
    ([{"field": "imported", "op": "eq", "value": True}], 0),
    ([{"field": "state", "op": "eq", "value": "closed"}, {"field": "severity", "op": "in", "value": ["important", "major"]}], 5),
    ([{"field": "data_flags", "op": "is_null"}], 12),
    ([{"field": "occurred_on", "op": "is_null"}], 12),
)  # fmt: skip


async def test_filters_mean_what_they_say(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    for filters, count in FILTERS:
        assert (await ask(analyst, filters=filters))["rows"] == [{"n": count}], filters


async def test_the_largest_of_a_dimension_keep_all_their_buckets(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    found = await ask(analyst, bucket="quarter", dimensions=["customer_ref"], limit_by={"dimension": "customer_ref", "n": 1})
    assert found["rows"] == [{"quarter": "2026-Q1", "customer_ref": "C-0", "n": 5}]
    more = await ask(analyst, measures=[{"op": "count_distinct", "field": "product_code", "as": "products"}], dimensions=["channel"])
    assert more["rows"] == [{"channel": "phone", "products": 3}]


async def test_what_is_left_out_is_said(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    found = await ask(analyst, time="closed_at", bucket="month")
    assert [row["n"] for row in found["rows"]] == [2, 3]
    assert found["ignored"] == [{"what": "complaints without closed_at", "count": 7, "why": "Their time is not known."}]
    assert (await ask(analyst, time="closed_at"))["ignored"][0]["what"] == "time"


MISTAKES: tuple[tuple[dict[str, Any], str, str], ...] = (  # what is asked, where it is wrong, a word of the help
    ({"from": "complaint"}, "/queries/0/from", "complaints"),
    ({"dimensions": ["custmer_ref"]}, "/queries/0/dimensions/0", "customer_ref"),
    ({"dimensions": ["received_at"]}, "/queries/0/dimensions/0", "bucket"),
    ({"dimensions": ["month"], "bucket": "year"}, "/queries/0/bucket", "one bucket"),
    ({"measures": [{"op": "cont"}]}, "/queries/0/measures/0/op", "count"),
    ({"measures": [{"op": "count", "as": "n"}, {"op": "count", "as": "n"}]}, "/queries/0/measures", "same name"),
    ({"filters": [{"field": "sevrity", "op": "eq", "value": "x"}]}, "/queries/0/filters/0/field", "severity"),
    ({"filters": [{"field": "severity", "op": "gte", "value": "x"}]}, "/queries/0/filters/0/op", "eq"),
    ({"filters": [{"field": "reopened", "op": "eq", "value": 2**40}]}, "/queries/0/filters/0/value", "whole number"),
    ({"filters": [{"field": "severity", "op": "eq", "value": None}]}, "/queries/0/filters/0/value", "is_null"),
    ({"window": "last_year_or_so"}, "/queries/0/window", "last_year"),
    ({"window": {"from": "2026-13"}}, "/queries/0/window/from", "period"),
    ({"window": {"from": "2026-05", "to": "2026-04"}}, "/queries/0/window/to", "before it begins"),
    ({"window": {"from": "1900", "to": "2190"}, "bucket": "day"}, "/queries/0/window", "buckets"),
    ({"sort": [{"by": "m"}]}, "/queries/0/sort/0/by", "n"),
    ({"limit_by": {"dimension": "channel", "n": 1}}, "/queries/0/limit_by/dimension", "not known"),
    ({"limit": True}, "/queries/0/limit", "integer"),
    ({"limit": "5"}, "/queries/0/limit", "integer"),
    ({"limit_by": {"dimension": "channel", "n": True}}, "/queries/0/limit_by/n", "integer"),
    ({"sort": [{"by": "n", "desc": 1}]}, "/queries/0/sort/0/desc", "boolean"),
    ({"from_": "complaints"}, "/queries/0/from_", "from"),
    ({"dimensons": ["channel"]}, "/queries/0/dimensons", "dimensions"),
    ({"measures": [{"op": "count", "as": "n; drop table complaints"}]}, "/queries/0/measures/0/as", "right form"),
)  # fmt: skip


async def test_what_makes_no_sense_is_told_with_the_nearest_name(analyst: httpx.AsyncClient):
    for query, at, hint in MISTAKES:
        body = {"queries": [{"name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], **query}]}
        answer = await analyst.post("/api/v1/query", json=body)
        assert answer.status_code == 422, query
        assert [error["at"] for error in answer.json()["errors"]] == [at], query
        assert hint in answer.json()["errors"][0]["message"], query


async def test_everything_the_schema_offers_can_be_asked(house: House, analyst: httpx.AsyncClient):
    positions = await a_year(house)
    offered_ = good(await analyst.get("/api/v1/query/schema", params={"min_position": positions}, headers={"accept-language": "zh-CN"}))
    values = {"text": "x", "list": "x", "number": 1, "flag": True, "day": "2026-01-01", "moment": "2026-01-01T00:00:00Z"}
    (grain,) = offered_["grains"]
    assert grain["label"] == "投诉"
    for one in grain["fields"]:
        for op in one["filters"]:
            value: Any = True if op == "is_null" else [values[one["type"]]] if op in ("in", "not_in") else values[one["type"]]
            dimensions = [one["name"]] if one["dimension"] else []
            await ask(analyst, filters=[{"field": one["name"], "op": op, "value": value}], dimensions=dimensions)
        if one["dimension"]:
            for by in (one["name"], "month"):
                await ask(analyst, dimensions=[one["name"]], bucket="month", limit_by={"dimension": by, "n": 2})
        if one["time"]:
            for bucket in offered_["buckets"]:
                await ask(analyst, time=one["name"], bucket=bucket, window={"from": "2026-01", "to": "2026-02"})


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


async def test_the_face_needs_no_token_and_loads_nothing_from_elsewhere(house: House):
    async with house.alone.stranger() as client:
        for path, words in (("/", "What runs"), ("/?lang=zh-CN", "正在运行"), ("/reference", "monthly")):
            page = await client.get(path)
            assert page.status_code == 200
            assert words in page.text
            assert "http" not in page.text.replace("http://product", "").replace("http://www.w3.org", "")
            assert "<script" not in page.text
            assert " style=" not in page.text
            assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (await client.get("/", headers={"accept-language": "zh"})).headers["content-language"] == "zh-CN"
        assert (await client.get("/static/redress.css")).headers["content-type"].startswith("text/css")
        assert (await client.get("/static/../service.py")).status_code == 404


async def test_only_the_demos_figures_are_shown_without_a_token(house: House, settings: Settings):
    start = datetime(2014, 5, 3, tzinfo=UTC)
    for n in range(30):
        customer = Customer(ref="<b>", name="<script>alert(1)</script>")
        house.life.at(BEGAN, imported(n, HistoryRound(received_at=start + timedelta(days=n)), customer=customer))
    figures = {"rows": 1, "complaints": 1, "already_there": 0, "changed": 0, "refused": 0, "doubtful": 0}
    done = ImportFinished(import_id=uuid4(), source="s", **figures, covers_from=date(2014, 5, 1), covers_to=date(2014, 5, 31))
    house.life.envelopes += house.life.ledger.record(done.import_id, done)
    positions = await house.tell(on(1, 2))
    async with house.client("analyst") as client:
        page = await client.get("/", params={"min_position": positions})
        assert "2014-05" not in page.text
        (settings.data / "demo").touch()
        page = await client.get("/", params={"min_position": positions})
    assert "2014-05" in page.text
    assert "<svg" in page.text
    assert "<script" not in page.text
    assert "The clock is moved by hand" in page.text
