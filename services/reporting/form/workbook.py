"""How does the form look as a workbook? One sheet for each table, and one that says what it is about. No text in it is a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from xlsxwriter import Workbook

from services.reporting.exporting.workbook import PLAIN, named, plain
from services.reporting.form.about import about, title
from services.reporting.form.given import Given
from services.reporting.form.table import Kind, Table, Value
from services.reporting.form.tables import tables

_WIDEST = 60
_NOT_IN_A_NAME = dict.fromkeys(map(ord, "[]:*?/\\"), " ")


def as_workbook(given: Given) -> bytes:
    file = io.BytesIO()
    with Workbook(file, {**PLAIN, "in_memory": True}) as book:
        book.set_properties({"title": f"{title(given)} {given.report['period']}", "created": _made_at(given)})
        bold, heading = book.add_format({"bold": True}), book.add_format({"bold": True, "font_size": 14})
        formats: Mapping[Kind, Any] = {"text": None, "number": None, "share": book.add_format({"num_format": "0.0%"})}
        front = book.add_worksheet(named(given.words["about"]))
        front.set_column(0, 0, 24)
        front.set_column(1, 1, _WIDEST)
        front.write_string(0, 0, title(given), heading)
        for n, (word, said) in enumerate(about(given), 2):
            front.write_string(n, 0, word, bold)
            front.write_string(n, 1, plain(said))
        for table in tables(given):
            _sheet(book, table, bold, formats)
    return file.getvalue()


def _made_at(given: Given) -> datetime:
    """The moment it tells of, so that the same question has the same file."""
    return datetime.fromisoformat(given.report["as_of"]["recorded_at"]).astimezone(UTC).replace(tzinfo=None)


def _sheet(book: Workbook, table: Table, bold: Any, formats: Mapping[Kind, Any]) -> None:
    sheet = book.add_worksheet(named(table.title.translate(_NOT_IN_A_NAME)))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    for n, column in enumerate(table.columns):
        longest = max((len(str(row.values[n])) for row in table.rows if isinstance(row.values[n], str)), default=0)
        sheet.set_column(n, n, min(_WIDEST, max(12, longest + 2)))
        sheet.write_string(0, n, column.label, bold)
    for at, row in enumerate(table.rows, 1):
        for n, (kind, value) in enumerate(zip(table.kinds(row), row.values, strict=True)):
            _cell(sheet, at, n, value, formats[kind])
    if table.note:
        sheet.write_string(len(table.rows) + 2, 0, table.note)


def _cell(sheet: Any, at: int, n: int, value: Value, form: Any) -> None:
    match value:
        case None:
            return
        case str():
            sheet.write_string(at, n, plain(value))
        case _:
            sheet.write_number(at, n, value, form)
