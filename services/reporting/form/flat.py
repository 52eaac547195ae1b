"""How does the form look as CSV? One figure a line: which table, which row, which column, the value. Tables and columns have codes for names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from services.reporting.form.about import about
from services.reporting.form.given import Given
from services.reporting.form.table import Table, Value
from services.reporting.form.tables import tables

HEADER = ("table", "row", "column", "value")
_DANGEROUS = re.compile(r"[=+\-@\t\r\n＝＋－＠]")  # a spreadsheet would take what begins with it for a formula


def as_csv(given: Given) -> bytes:
    """RFC 4180 in UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(("about", _safe(word), "", _safe(said)) for word, said in about(given))
    for table in tables(given):
        writer.writerows(_lines(table))
    return text.getvalue().encode()


def _lines(table: Table) -> Iterator[tuple[str, str, str, str]]:
    keys = [n for n, column in enumerate(table.columns) if column.key]
    for row in table.rows:
        of = " · ".join(str(row.values[n]) for n in keys)
        for n, column in enumerate(table.columns):
            if n not in keys and row.values[n] is not None:
                yield table.name, _safe(of), column.name, _said(row.values[n])


def _said(value: Value) -> str:
    """A number stays one, also a negative one."""
    return _safe(value) if isinstance(value, str) else str(value)


def _safe(text: str) -> str:
    return f"'{text}" if _DANGEROUS.match(text) else text
