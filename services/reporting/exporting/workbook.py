"""How does a table become a workbook? In a process of its own, row by row, so that neither memory nor anybody who waits feels it.

On standard input: a line with the sheet, then a line a row, as JSON. The workbook goes to standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, BinaryIO

import orjson
from xlsxwriter import Workbook

from services.reporting.exporting.rows import LONGEST, Rows

PLAIN = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


def write(file: BinaryIO, lines: Iterable[bytes]) -> None:
    """Every text is written as text: nothing in it is a formula, a link or a number."""
    each = iter(lines)
    sheet: dict[str, Any] = orjson.loads(next(each))
    with Workbook(file, {**PLAIN, "constant_memory": True}) as book:
        bold = book.add_format({"bold": True})
        table = book.add_worksheet(named(sheet["name"]), Rows)
        table.freeze_panes(1, 0)
        for column, title in enumerate(sheet["header"]):
            table.write_string(0, column, title, bold)
        table.columns([kind == "number" for kind in sheet["kinds"]])
        for at, line in enumerate(each, 1):
            table.write_whole(at, orjson.loads(line))
        about = book.add_worksheet(named(sheet["about_name"]))
        about.set_column(0, 1, 40)
        for at, (word, said) in enumerate(sheet["about"]):
            about.write_string(at, 0, word, bold)
            about.write_string(at, 1, plain(said))


def plain(text: str) -> str:
    """As it stands in a cell. XlsxWriter takes what begins and ends like this for markup of its own and writes it unescaped."""
    if text.startswith("<r>") and text.endswith("</r>"):
        text = f"'{text}"
    return text[:LONGEST]


def named(text: str) -> str:
    """A sheet's name: no longer than Excel takes it."""
    return text[:31]


if __name__ == "__main__":
    write(sys.stdout.buffer, sys.stdin.buffer)
