"""Which rows does a file hold? CSV (also gzip'd) and XLSX, streamed: a file is never in memory as a whole."""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from services.intake.importing.mapping import Source

Cell = str | datetime  # only a workbook has real dates; all else is text


class UnreadableTable(Exception):
    """The file cannot be read as a table; says where, and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose header has been read. `rows()` reads it from the start, as often as asked."""

    path: Path
    header: tuple[str, ...]
    source: Source

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Line number in the file and the cells; lines with nothing in them are no rows."""
        records = _records(self.path, self.source)
        next(records)
        return records

    def index(self, column: str) -> int:
        """Where a column stands; names are compared trimmed."""
        count = self.header.count(column.strip())
        if count == 1:
            return self.header.index(column.strip())
        if count:
            raise UnreadableTable(f"{self.path.name} has {count} columns named {column!r}; give them different names.")
        near = difflib.get_close_matches(column, self.header, n=2, cutoff=0.6)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"it has: {', '.join(name for name in self.header if name)}."
        raise UnreadableTable(f"{self.path.name} has no column {column!r}; {hint}")


def open_table(path: Path, source: Source) -> Table:
    """The table in a file; its first non-empty line names the columns."""
    if path.suffix.lower() == ".xls":
        raise UnreadableTable(f"{path.name} is the old Excel format; save it as .xlsx or .csv.")
    for _, cells in _records(path, source):
        return Table(path, tuple(str(cell).strip() for cell in cells), source)
    raise UnreadableTable(f"{path.name} is empty; its first line must name the columns.")


def _records(path: Path, source: Source) -> Iterator[tuple[int, Sequence[Cell]]]:
    try:
        yield from _workbook(path, source) if path.suffix.lower() == ".xlsx" else _text(path, source)
    except UnicodeDecodeError as error:
        raise UnreadableTable(
            f"{path.name} is not {source.encoding.removesuffix('-sig')} text ({error.reason}); "
            'save it as UTF-8, or say what it is in the mapping: [source] encoding = "gb18030".'
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableTable(f"{path.name} is damaged or cut off ({error}); fetch it again.") from error
    except OSError as error:
        raise UnreadableTable(f"{path} cannot be read ({error.strerror or error}).") from error


def _text(path: Path, source: Source) -> Iterator[tuple[int, Sequence[Cell]]]:
    with (
        gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as binary,
        io.TextIOWrapper(io.BufferedReader(binary, 1 << 20), encoding=source.encoding, newline="") as lines,
    ):
        reader = csv.reader(lines, delimiter=source.delimiter)
        line = 1
        try:
            for cells in reader:
                if any(map(str.strip, cells)):
                    yield line, cells
                line = reader.line_num + 1  # a quoted cell may span lines: a row's number is that of its first
        except csv.Error as error:
            raise UnreadableTable(f"{path.name}, line {line}: {error}; is a quotation mark left open?") from error


def _workbook(path: Path, source: Source) -> Iterator[tuple[int, Sequence[Cell]]]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise UnreadableTable(f"{path.name} is not an Excel workbook (.xlsx), or it is damaged.") from error
    try:
        if source.sheet is not None and source.sheet not in book.sheetnames:
            raise UnreadableTable(f"{path.name} has no sheet {source.sheet!r}; it has: {', '.join(book.sheetnames)}.")
        sheet = book[source.sheet] if source.sheet is not None else book[book.sheetnames[0]]
        width = 0
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = _cells(values)
            if not any(cells):
                continue
            width = width or len(cells)
            yield line, cells + [""] * (width - len(cells))  # a sheet leaves out the empty cells at a row's end
    finally:
        book.close()


def _cells(values: Iterable[Any]) -> list[Cell]:
    cells = [_cell(value) for value in values]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell(value: Any) -> Cell:
    match value:
        case None:
            return ""
        case str() | datetime():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case date():
            return datetime.combine(value, time())
        case _:
            return str(value)
