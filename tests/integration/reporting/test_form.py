"""The summary of a month and a year as a form: what it says leads to as many cases, and who took it along is on record."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from html import unescape
from typing import Any, cast

import httpx
import openpyxl
import pytest

from services.reporting.analysis.calculator import TookTooLong
from services.reporting.live import Live
from tests.integration.reporting.house import House, a_year, good, on

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPORT = "/api/v1/reports/monthly/2026-01"
ANNUAL = "/api/v1/reports/annual/2026"
BAR = re.compile(r'<a href="([^"]+)" aria-label="[^"]*?: ([\d,]+)[^"]*"><title>')


def lines(answer: httpx.Response) -> dict[tuple[str, str, str], str]:
    assert answer.status_code == 200, answer.text
    return {(row["table"], row["row"], row["column"]): row["value"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))}


@pytest.mark.parametrize("address", [REPORT, ANNUAL])
async def test_each_mark_of_a_chart_leads_to_as_many_cases_as_it_shows(house: House, analyst: httpx.AsyncClient, address: str):
    await a_year(house)
    page = await analyst.get(f"{address}.html")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8"), page.text
    marks = [(unescape(link), int(count.replace(",", ""))) for link, count in BAR.findall(page.text)]
    assert len(marks) > 4
    for link, count in marks:
        found = good(await analyst.get(link))
        assert found["total"] == count, link


async def test_page_workbook_and_lines_say_what_the_report_says(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    report = good(await analyst.get(REPORT))
    pinned = {"as_of": report["as_of"]["recorded_at"]}
    found = lines(await analyst.get(f"{REPORT}.csv", params=pinned))
    assert found["totals", "Received", "count"] == str(report["totals"]["received"])
    for one in report["by_issue"]:
        assert found["by_issue", one["issue_code"], "count"] == str(one["count"])
    answer = await analyst.get(f"{REPORT}.xlsx", params={**pinned, "lang": "zh-CN"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert 'filename="complaints-2026-01.xlsx"' in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    about: dict[Any, Any] = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert next(iter(about)) == "顾客投诉/抱怨汇总处理表（月度）"
    assert (about["期间"], about["时区"], about["规则版本"]) == ("2026-01", "Asia/Shanghai", report["policy_version"])
    assert "intake/0" in about["位置"]
    assert [row[1].value for row in book["合计"].iter_rows(min_row=2)] == list(report["totals"].values())


async def test_the_page_is_in_the_readers_language(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    chinese = await analyst.get(f"{REPORT}.html", headers={"accept-language": "zh-CN"})
    assert "顾客投诉/抱怨汇总处理表" in chinese.text
    assert '<html lang="zh-CN">' in chinese.text
    assert "Monthly summary of complaints" in (await analyst.get(f"{REPORT}.html?lang=en", headers={"accept-language": "zh-CN"})).text


async def test_asked_again_at_the_same_moment_it_is_the_same(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    asked = {"as_of": on(5, 10).isoformat()}
    for address in (f"{report}.{ending}" for report in (REPORT, ANNUAL) for ending in ("html", "csv", "xlsx")):
        first = await analyst.get(address, params=asked)
        assert first.status_code == 200, first.text
        assert (await analyst.get(address, params=asked)).content == first.content


async def test_each_is_put_on_record(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    for ending in ("html", "csv", "xlsx"):
        assert (await analyst.get(f"{REPORT}.{ending}")).status_code == 200
    async with house.alone.service.pool.acquire() as connection:
        found = [row["data"] for row in await connection.fetch("select data from events where type = 'reporting.data-exported.v1'")]
    for ending in (b"html", b"csv", b"xlsx"):
        assert any(b"GET /api/v1/reports/monthly/2026-01." + ending in data for data in found)


async def test_who_may_read_it_and_who_may_take_it_along(house: House):
    for role, read, taken in (
        ("analyst", 200, 200),
        ("quality", 200, 200),
        ("auditor", 200, 200),
        ("approver", 200, 403),
        ("desk", 403, 403),
    ):
        async with house.client(role) as client:
            assert (await client.get(f"{REPORT}.html")).status_code == read, role
            for ending in ("csv", "xlsx"):
                assert (await client.get(f"{ANNUAL}.{ending}")).status_code == taken, role


async def test_other_endings_and_periods_are_told(house: House, analyst: httpx.AsyncClient):
    assert (await analyst.get(f"{REPORT}.pdf")).status_code == 404
    assert (await analyst.get(f"{REPORT}.json")).status_code == 200
    assert (await analyst.get("/api/v1/reports/monthly/2026.html")).status_code == 422
    assert (await analyst.get("/api/v1/reports/annual/2026-01.xlsx")).status_code == 422


async def test_a_link_that_makes_no_sense_is_told(house: House, analyst: httpx.AsyncClient):
    for ask, status, place in (
        ("{", 400, None),
        ("[]", 422, "/ask"),
        ('{"from": "complaint"}', 422, "/from"),
        ('{"from": "complaints", "x": 1}', 422, "/ask/x"),
        ('{"from": "complaints", "at": {"issue_code": "\\u0000"}}', 422, "/at/issue_code"),
    ):
        answer = await analyst.get("/api/v1/query/cases", params={"ask": ask})
        assert answer.status_code == status, answer.text
        if place is not None:
            assert answer.json()["errors"][0]["at"] == place


async def test_statistics_that_take_too_long_are_told_as_such(house: House, analyst: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch):
    async def never(method: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        raise TookTooLong

    monkeypatch.setattr(cast(Live, house.alone.service.wiring.live).outlooks, "calculate", never)
    for address in (REPORT, ANNUAL, f"{REPORT}.html", f"{ANNUAL}.xlsx", "/api/v1/reports/trend"):
        answer = await analyst.get(address)
        assert (answer.status_code, answer.headers.get("retry-after")) == (503, "1"), address
