"""The cases behind a figure, on the screen and as a file: the same, each once, and on record."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import openpyxl

from services.reporting.tests.lives import complaint_id, received
from shared.contracts.vocabulary import Customer
from tests.integration.reporting.house import House, a_year, good, on

WINDOW = {"from": "2026-01", "to": "2026-04"}
BEHIND: dict[str, Any] = {"from": "complaints", "window": WINDOW, "at": {"month": "2026-01", "customer_ref": "C-0"}}


async def test_the_cases_behind_a_row_are_as_many_as_it_says(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    by = {"dimensions": ["month", "customer_ref", "issue_code"], "window": WINDOW}
    body = {"queries": [{"name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], **by}]}
    (result,) = good(await analyst.post("/api/v1/query", json=body))["results"]
    assert len(result["rows"]) > 8
    for row in result["rows"]:
        at = {name: row[name] for name in by["dimensions"]}
        found = good(await analyst.post("/api/v1/query/cases", json={"from": "complaints", "window": WINDOW, "at": at}))
        assert (len(found["items"]), found["total"]) == (row["n"], row["n"]), at


async def test_cases_come_page_by_page_as_of_one_moment(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    first = good(await analyst.post("/api/v1/query/cases?limit=5", json={"from": "complaints"}))
    house.life.at(on(5, 20, 13), received(50, on(1, 20)))
    await house.tell(on(5, 21))
    seen, page = list(first["items"]), first
    while page["next"]:
        page = good(await analyst.post("/api/v1/query/cases", params={"limit": 5, "cursor": page["next"]}, json={"from": "complaints"}))
        seen += page["items"]
    assert [one["complaint_id"] for one in seen] == [str(complaint_id(n)) for n in range(12)]
    assert page["as_of"] == first["as_of"]


async def test_cases_of_moves_and_days_are_their_own_rows(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    moves = good(await analyst.post("/api/v1/query/cases", json={"from": "transitions", "at": {"to_state": "closed"}}))
    assert (moves["total"], {one["from_state"] for one in moves["items"]}) == (6, {"remedied"})
    days = good(await analyst.post("/api/v1/query/cases", json={"from": "open_daily", "at": {"day": "2026-01-06"}}))
    assert sorted(one["age_days"] for one in days["items"]) == [0, 1]


async def test_a_place_that_makes_no_sense_is_told(house: House, analyst: httpx.AsyncClient):
    for at, place, hint in (
        ({"custmer_ref": "C-0"}, "/at/custmer_ref", "customer_ref"),
        ({"month": "2026"}, "/at/month", "month"),
        ({"received_at": "2026-01-01"}, "/at/received_at", "not known"),
        ({"reopened": "x"}, "/at/reopened", "number"),
    ):
        answer = await analyst.post("/api/v1/query/cases", json={"from": "complaints", "at": at})
        assert answer.status_code == 422, at
        assert answer.json()["errors"][0]["at"] == place
        assert hint in answer.json()["errors"][0]["message"]


async def test_the_file_has_the_rows_of_the_screen_and_is_on_record(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    shown = good(await analyst.post("/api/v1/query/cases", json=BEHIND))["items"]
    answer = await analyst.post("/api/v1/query/export", json={**BEHIND, "format": "csv"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["number"] for row in rows] == [one["number"] for one in shown]
    assert rows[0]["received_at"] == "2026-01-05T12:00:00+08:00"
    assert (rows[0]["issue_code"], rows[0]["close_days"], rows[1]["close_days"]) == ("leakage; noise", "", "2")
    async with house.alone.service.pool.acquire() as connection:
        (data,) = await connection.fetchrow("select data from events where type = 'reporting.data-exported.v1'")
    assert b'"rows":2' in data
    assert str(complaint_id(0)).encode() in data


async def test_text_that_looks_like_a_formula_leaves_as_text(house: House, analyst: httpx.AsyncClient):
    evil = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "plain")
    for n, name in enumerate(evil):
        house.life.at(on(1, 5), received(n, on(1, 5), customer=Customer(ref="C", name=name), external_ref="https://example.org/"))
    await house.tell(on(1, 6))
    asked = {"from": "complaints", "fields": ["customer_name", "external_ref", "close_days"]}
    answer = await analyst.post("/api/v1/query/export", json={**asked, "format": "csv"})
    names = [row["customer_name"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))]
    assert sorted(names) == sorted("plain" if name == "plain" else f"'{name}" for name in evil)
    sheet = await analyst.post("/api/v1/query/export", json={**asked, "format": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(sheet.content))
    cells = [row[:2] for row in book.worksheets[0].iter_rows(min_row=2)]
    assert {cell.data_type for row in cells for cell in row} == {"s"}
    assert not any(cell.hyperlink for row in cells for cell in row)


async def test_a_workbook_says_what_it_answers(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    filters = [{"field": "severity", "op": "eq", "value": "important"}]
    body = {**BEHIND, "filters": filters, "format": "xlsx"}
    answer = await analyst.post("/api/v1/query/export", json=body, headers={"accept-language": "zh-CN"})
    assert answer.status_code == 200
    assert 'filename="complaints-2026-05-20.xlsx"' in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["投诉", "说明"]
    assert book["投诉"].max_row == 3
    about = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert about["时区"] == "Asia/Shanghai"
    assert about["时间范围"] == "2026-01 – 2026-04"
    assert "severity" in about["筛选条件"]
    assert about["行数"] == "2"
    assert about["规则版本"]
    assert "intake/0" in about["位置"]


async def test_who_may_ask_and_who_may_export(house: House):
    for role, asked, exported in (
        ("analyst", 200, 200), ("quality", 200, 200), ("auditor", 200, 200), ("approver", 200, 403), ("desk", 403, 403), ("channel", 403, 403),
    ):  # fmt: skip
        async with house.client(role) as client:
            assert (await client.post("/api/v1/query/cases", json={"from": "complaints"})).status_code == asked, role
            assert (await client.post("/api/v1/query/export", json={"from": "complaints", "format": "csv"})).status_code == exported, role


async def test_what_is_shown_names_no_person(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    found = good(await analyst.post("/api/v1/query/cases", json={"from": "complaints"}))
    assert not {"complainant", "description", "remedy_sought"} & found["items"][0].keys()
