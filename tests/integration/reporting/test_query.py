"""Queries through their real door: what they mean, what they leave out and say so, and what they refuse."""

from __future__ import annotations

from typing import Any

import httpx

from services.reporting.tests.lives import complaint_id
from tests.integration.reporting.house import House, a_year, ask, good


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
    ({"filters": [{"field": "reopened", "op": "eq", "value": 2**40}]}, "/queries/0/filters/0/value", "number"),
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
    ({"compare": "previos", "bucket": "month"}, "/queries/0/compare", "previous"),
    ({"compare": "previous"}, "/queries/0/compare", "window"),
    ({"measures": [{"op": "percentile", "field": "close_days"}]}, "/queries/0/measures/0/at", "0.9"),
    ({"measures": [{"op": "percentile", "field": "close_days", "at": 90}]}, "/queries/0/measures/0/at", "between 0 and 1"),
    ({"measures": [{"op": "survival", "field": "reopened", "at": [0.5]}]}, "/queries/0/measures/0/field", "not known"),
    ({"measures": [{"op": "sum", "field": "close_day"}]}, "/queries/0/measures/0/field", "close_days"),
    ({"measures": [{"op": "sum"}]}, "/queries/0/measures/0/field", "Name a field"),
    ({"measures": [{"op": "ratio", "as": "r"}]}, "/queries/0/measures/0/numerator", "filters"),
    ({"measures": [{"op": "count", "as": "n", "at": 0.5}]}, "/queries/0/measures/0/at", "percentile"),
    ({"measures": [{"op": "sum", "field": "amount", "as": "a"}], "sort": [{"by": "a"}]}, "/queries/0/sort/0/by", "currency"),
    ({"filters": [{"field": "complaint_id", "op": "eq", "value": "17"}]}, "/queries/0/filters/0/value", "id"),
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
    for grain in offered_["grains"]:
        for one in grain["fields"]:
            await _ask_all_of(analyst, grain["name"], one, offered_["buckets"])
    assert [grain["label"] for grain in offered_["grains"]] == ["投诉", "状态变动", "每日未结"]


VALUES: dict[str, Any] = {
    "text": "x", "list": "x", "number": 1.5, "flag": True, "day": "2026-01-01", "moment": "2026-01-01T00:00:00Z", "id": str(complaint_id(1)),
}  # fmt: skip


async def _ask_all_of(client: httpx.AsyncClient, grain: str, one: dict[str, Any], buckets: list[str]) -> None:
    window = {"from": "2026-01", "to": "2026-02"}
    for op in one["filters"]:
        value: Any = True if op == "is_null" else [VALUES[one["type"]]] if op in ("in", "not_in") else VALUES[one["type"]]
        dimensions = [one["name"]] if one["dimension"] else []
        await ask(client, **{"from": grain}, filters=[{"field": one["name"], "op": op, "value": value}], dimensions=dimensions)
    for op in one["measures"]:
        more = {"at": [0.5, 0.9]} if op in ("percentile", "survival") else {}
        await ask(client, **{"from": grain}, measures=[{"op": op, "field": one["name"], "as": "m", **more}], bucket="month", window=window)
    if one["dimension"] and one["name"] not in buckets:
        for by in (one["name"], "month"):
            await ask(client, **{"from": grain}, dimensions=[one["name"]], bucket="month", limit_by={"dimension": by, "n": 2})
    if one["time"]:
        for bucket in buckets:
            await ask(client, **{"from": grain}, time=one["name"], bucket=bucket, window=window, compare="last_year")
