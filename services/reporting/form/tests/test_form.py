"""The form says on paper, in the workbook and as CSV what the report says; nothing in it is taken for a formula or for HTML."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest

from services.reporting.form.charts import charts
from services.reporting.form.flat import as_csv
from services.reporting.form.page import headers, render
from services.reporting.form.tables import tables
from services.reporting.form.tests.reports import EVIL, given
from services.reporting.form.words import words
from services.reporting.form.workbook import as_workbook
from services.reporting.query.grammar import Behind

PERIODS = ("2014-12", "2014")
ORIGIN = "https://redress.example"


class Read(HTMLParser):
    """The tags and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]


def asked(link: str) -> Any:
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ORIGIN}/api/v1/query/cases"
    (ask,) = parse_qs(parts.query)["ask"]
    return json.loads(ask)


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_each_table_stands_on_every_form(period: str, language: Any):
    made = given(period, language)
    page = render(made, ORIGIN)
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(made)))
    lines = {row["table"] for row in csv.DictReader(io.StringIO(as_csv(made).decode(), newline=""))}
    shown = tables(made)
    assert len(book.sheetnames) == len(shown) + 1
    for table in shown:
        assert f'id="{table.name}"' in page, table.name
        assert table.name in lines, table.name


def test_the_annual_form_has_months_causes_and_actions():
    assert {table.name for table in tables(given("2014"))} - {table.name for table in tables(given())} == {"months", "causes", "capas"}


def test_each_chart_has_its_table_and_each_mark_its_cases():
    made = given()
    names = {one.name: one for one in charts(made)}
    assert set(names) == {"trend", "pareto", "seasonal", "backlog"}
    assert len(names["trend"].marks) == 11, "a gap has no bar"
    assert [mark.flag for mark in names["trend"].marks].count(True) == 1
    assert len(names["seasonal"].marks) == len(names["backlog"].marks) == 12
    assert len(names["pareto"].marks) == 3
    for drawing in names.values():
        for mark in drawing.marks:
            assert drawing.left <= mark.x <= mark.x + mark.width <= drawing.right, drawing.name
            assert 0 <= mark.y <= mark.y + mark.height <= drawing.height, drawing.name
            Behind.model_validate(mark.link)


def test_links_lead_to_the_cases_as_of_the_same_moment():
    page = Read(render(given(), ORIGIN))
    found = [asked(link) for link in page.links]
    assert {one["as_of"] for one in found} == {"2015-02-01T00:00:00+00:00"}
    assert {"from": "complaints", "at": {"month": "2014-12", "issue_code": "leak"}, "as_of": found[0]["as_of"]} in found
    assert {"from": "complaints", "at": {"month": "2014-12", "customer_ref": None}, "as_of": found[0]["as_of"]} in found
    ages = {"from": "open_daily", "at": {"day": "2014-12-31"}, "filters": [{"field": "age_days", "op": "gte", "value": 91}], "as_of": found[0]["as_of"]}  # fmt: skip
    assert ages in found
    for one in found:
        Behind.model_validate(one)


def test_nothing_in_the_page_is_html_but_its_own():
    text = render(given("2014"), ORIGIN)
    assert "<script" not in text
    assert EVIL not in text
    assert "script" not in Read(text).tags
    assert "&lt;script&gt;" in text


def test_the_pages_own_style_is_the_only_thing_it_may_use():
    policy = headers()["content-security-policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"style-src 'sha256-[\w+/=]+'", policy)
    assert not re.search(r"<link|src=|@import|url\(", render(given(), ORIGIN))


def test_no_text_of_the_workbook_is_a_formula_or_a_link():
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(given("2014"))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert EVIL in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert not any(cell.hyperlink for cell in cells)


def test_no_line_of_the_csv_begins_a_formula():
    rows = list(csv.reader(io.StringIO(as_csv(given("2014")).decode(), newline="")))
    texts = [cell for row in rows for cell in row if cell and not re.fullmatch(r"-?[\d.e-]+", cell)]
    assert f"'{EVIL}" in texts
    assert not [text for text in texts if text[0] in "=+-@\t\r\n"]


def test_every_figure_is_in_the_csv_as_it_is_in_the_report():
    rows = list(csv.DictReader(io.StringIO(as_csv(given()).decode(), newline="")))
    found = {(row["table"], row["row"], row["column"]): row["value"] for row in rows}
    assert found["by_customer", "C-1", "count"] == "50"
    assert found["by_customer", "C-1", "share"] == "0.8333"
    assert found["kpis", "Satisfied with the handling", "value"] == "n<10"
    assert found["kpis", "Time to close", "p80"] == "33.0"
    assert ("kpis", "Time to close", "p90") not in found
    assert found["backlog_age", ">90", "open_at_end"] == "3"


def test_the_same_report_is_the_same_file():
    for written in (as_workbook, as_csv):
        assert written(given()) == written(given())
    assert b"2015-02-01T00:00:00Z" in zipfile.ZipFile(io.BytesIO(as_workbook(given()))).read("docProps/core.xml")


def test_what_recurs_stands_above_what_happens_now_and_then():
    frequency = next(table for table in tables(given()) if table.name == "frequency")
    assert [row.values[-2] for row in frequency.rows] == ["systematic", "sporadic"]


@pytest.mark.parametrize(
    ("season", "said"),
    [
        ({"shown": False, "index": None, "test": None}, "season_short"),
        ({"shown": False, "index": None, "test": {"p": 0.01}}, "season_short"),
        ({"shown": False, "index": None, "test": {"p": 0.4}}, "season_not_proven"),
    ],
)
def test_a_season_that_is_not_shown_has_its_reason_instead(season: dict[str, Any], said: str):
    made = given(language="zh-CN", seasonal=season)
    assert words("zh-CN")[said].format(p=(season["test"] or {}).get("p", 0)) in render(made, ORIGIN)
    assert "seasonal" not in {one.name for one in charts(made)}


def test_an_incomplete_period_says_why():
    page = render(given(complete=False, why="not_covered"), ORIGIN)
    assert words("en")["not_covered"] in page


def test_all_words_are_there_in_both_languages():
    assert all(words("en").values())
    assert all(words("zh-CN").values())
