"""A workbook holds what it was given as it was given: nothing in it is a formula, a link or a number unless it was one."""

from __future__ import annotations

import io
from dataclasses import asdict

import openpyxl
import orjson
from hypothesis import example, given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from services.reporting.exporting.sheet import Sheet
from services.reporting.exporting.workbook import PLAIN, write

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
    assert [found["A2"].value, found["A3"].value] == ["<r>&<broken></r>", "<r><t>other</t></r>"]


@given(st.lists(st.tuples(st.text(max_size=12), st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9)), max_size=5))
@example([("_x000D_", 1), (" a_b ", 1), ("a\n", 2), ("\x00\ufffe\uffff", 3), ("&<>'\"", 4), ("", 5), ("中文", 0.1)])
def test_any_text_and_number_comes_back_as_xlsxwriter_itself_writes_it(rows: list[tuple[str, float]]):
    file = io.BytesIO()
    with Workbook(file, {**PLAIN, "constant_memory": True}) as book:
        cells = book.add_worksheet()
        for at, (text, number) in enumerate(rows):
            cells.write_string(at, 0, text)
            cells.write_number(at, 1, number)
    known = openpyxl.load_workbook(io.BytesIO(file.getvalue())).worksheets[0]
    found = written(*rows)["Complaints"]
    for at, _ in enumerate(rows, 1):
        assert [found.cell(at + 1, n).value for n in (1, 2)] == [known.cell(at, n).value for n in (1, 2)]
