"""How do a hundred thousand rows get into a sheet? As the text they become, a row at a time; cell by cell XlsxWriter takes four times as long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

LONGEST = 32_767  # characters in a cell
_SPECIAL = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^\s|\s$").search


class Rows(Worksheet):  # type: ignore[misc]  # XlsxWriter's is not typed in full
    """A sheet of a workbook in constant memory. Whatever a text has in it, it is a text."""

    def columns(self, numbers: Sequence[bool]) -> None:
        """Told once, before the rows: in which columns a number stands."""
        self.shape = [(f'<c r="{xl_col_to_name(n)}', number) for n, number in enumerate(numbers)]

    def write_whole(self, row: int, values: Sequence[Any]) -> None:
        """Below all rows written so far; None is an empty cell."""
        self._write_single_row(row)
        self._check_dimensions(row, len(values) - 1)
        at = row + 1
        cells = [
            f'{cell}{at}"><v>{float(value):.16G}</v></c>' if number else f'{cell}{at}" t="inlineStr"><is>{self._said(value)}</is></c>'
            for (cell, number), value in zip(self.shape, values, strict=True)
            if value is not None
        ]
        self.fh.write(f'<row r="{at}">{"".join(cells)}</row>')

    def _said(self, text: str) -> str:
        if len(text) <= LONGEST and not _SPECIAL(text):
            return f"<t>{text}</t>"
        escaped = self._escape_data(self._escape_control_characters(text[:LONGEST]))
        return f'<t xml:space="preserve">{escaped}</t>'
