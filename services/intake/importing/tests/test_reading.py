"""A table is read whatever it was saved as, with the line numbers a person would count; what cannot be read is said clearly."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from services.intake.importing.mapping import Source
from services.intake.importing.reading import Cell, UnreadableTable, open_table

SOURCE = Source("test")


def rows(path: Path, source: Source = SOURCE) -> list[tuple[int, list[Cell]]]:
    return [(line, list(cells)) for line, cells in open_table(path, source).rows()]


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_lines_are_numbered_as_in_the_file_and_empty_ones_are_no_rows(tmp_path: Path):
    path = written(tmp_path / "t.csv", 'A,B\n1,"two\nlines"\n\n , \n3,4\n')
    assert rows(path) == [(2, ["1", "two\nlines"]), (6, ["3", "4"])]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path):
    table = open_table(written(tmp_path / "t.csv", "\ufeffA, B \n1,2\n"), SOURCE)
    assert table.header == ("A", "B")


def test_a_table_can_be_read_twice(tmp_path: Path):
    table = open_table(written(tmp_path / "t.csv", "A\n1\n"), SOURCE)
    assert list(table.rows()) == list(table.rows()) == [(2, ["1"])]


def test_a_compressed_file_is_read_as_it_is(tmp_path: Path):
    assert rows(written(tmp_path / "t.csv.gz", gzip.compress(b"A\n1\n"))) == [(2, ["1"])]


def test_another_encoding_and_delimiter_are_the_mappings_to_say(tmp_path: Path):
    path = written(tmp_path / "t.csv", "名称;B\n漏水;2\n".encode("gb18030"))
    assert rows(path, Source("test", encoding="gb18030", delimiter=";")) == [(2, ["漏水", "2"])]


def test_a_workbook_is_read_with_real_dates_and_whole_numbers(tmp_path: Path):
    book = Workbook()
    book.active.append(["Ref", "Received", "Quantity", "Note"])
    book.active.append([1001, datetime.fromisoformat("2020-03-01"), 12.0, None])
    book.save(tmp_path / "t.xlsx")
    table = open_table(tmp_path / "t.xlsx", SOURCE)
    assert table.header == ("Ref", "Received", "Quantity", "Note")
    assert list(table.rows()) == [(2, ["1001", datetime.fromisoformat("2020-03-01"), "12", ""])]


def test_a_sheet_is_chosen_by_name(tmp_path: Path):
    book = Workbook()
    book.create_sheet("Claims").append(["A"])
    book.save(tmp_path / "t.xlsx")
    assert open_table(tmp_path / "t.xlsx", Source("test", sheet="Claims")).header == ("A",)
    with pytest.raises(UnreadableTable, match="has no sheet 'Claim'; it has: Sheet, Claims"):
        open_table(tmp_path / "t.xlsx", Source("test", sheet="Claim"))


def test_a_missing_column_is_named_with_the_nearest(tmp_path: Path):
    table = open_table(written(tmp_path / "t.csv", "Date Received,Airport\n"), SOURCE)
    with pytest.raises(UnreadableTable, match="has no column 'DateReceived'; did you mean 'Date Received'"):
        table.index("DateReceived")


def test_a_column_named_twice_is_refused_only_when_it_is_asked_for(tmp_path: Path):
    table = open_table(written(tmp_path / "t.csv", "A,B,B\n"), SOURCE)
    assert table.index("A") == 0
    with pytest.raises(UnreadableTable, match="2 columns named 'B'"):
        table.index("B")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", "名称\n漏水\n".encode("gb18030"), "is not utf-8 text"),
        ("t.csv", b'A,B\n1,"' + b"x" * 200_000, "t.csv, line 2: .* quotation mark left open"),
        ("t.csv.gz", gzip.compress(b"A\n" + b"1\n" * 9999)[:-20], "damaged or cut off"),
        ("t.csv.gz", b"A\n1\n", "damaged or cut off"),
        ("t.xlsx", b"A,B\n", "is not an Excel workbook"),
        ("t.xls", b"A,B\n", "old Excel format"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(tmp_path: Path, name: str, content: bytes, sentence: str):
    with pytest.raises(UnreadableTable, match=sentence):
        rows(written(tmp_path / name, content))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path):
    with pytest.raises(UnreadableTable, match="cannot be read"):
        open_table(tmp_path / "none.csv", SOURCE)
