"""A workbook holds what it was given as it was given: nothing in it is a formula, a link or a number unless it was one."""

from __future__ import annotations

import io
from dataclasses import asdict

import openpyxl
import orjson

from services.reporting.exporting.sheet import Sheet
from services.reporting.exporting.workbook import write

SHEET = Sheet("Complaints", ("text", "number"), ("text", "number"), "About", (("Time zone", "Asia/Shanghai"),))


def written(*rows: tuple[object, object]) -> openpyxl.Workbook:
    file = io.BytesIO()
    write(file, [orjson.dumps(asdict(SHEET)), *(orjson.dumps(row) for row in rows)])
    return openpyxl.load_workbook(io.BytesIO(file.getvalue()))


def test_text_stays_text_and_numbers_stay_numbers():
    book = written(("=1+1", 2), ("https://example.org", 1.5), ("007", None), ("12", "12.50"), (None, 3))
    rows = list(book["Complaints"].iter_rows(min_row=2))
    assert [(row[0].value, row[1].value) for row in rows] == [
        ("=1+1", 2), ("https://example.org", 1.5), ("007", None), ("12", 12.5), (None, 3),
    ]  # fmt: skip
    assert {row[0].data_type for row in rows if row[0].value} <= {"s", "inlineStr"}
    assert not any(row[0].hyperlink for row in rows)


def test_it_says_what_it_is_about():
    assert [[cell.value for cell in row] for row in written()["About"].iter_rows()] == [["Time zone", "Asia/Shanghai"]]


def test_a_very_long_text_is_cut_where_a_cell_ends():
    assert len(str(written(("x" * 40_000, 1))["Complaints"]["A2"].value)) == 32_767


def test_text_that_looks_like_a_workbooks_own_markup_breaks_nothing():
    found = written(("<r>&<broken></r>", 1), ("<r><t>other</t></r>", 2))["Complaints"]
    assert [found["A2"].value, found["A3"].value] == ["'<r>&<broken></r>", "'<r><t>other</t></r>"]
