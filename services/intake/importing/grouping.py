"""Which rows belong together? Rows of one key are handed on together as soon as the last of them is read.

A file is read twice: the survey finds out how often each key occurs, so that the second reading never holds more
rows than wait for their last one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.intake.importing.mapping import Column, ImportMapping
from services.intake.importing.reading import Cell, Table
from services.intake.importing.values import BadValue, Reader, Value, reader

Values = tuple[Value | tuple[Value, ...] | None, ...]


class Row(NamedTuple):
    """A readable row: its values stand in the order of the mapping's `read_columns`."""

    line: int
    values: Values
    cells: Sequence[Cell]  # the whole row as it was read


class RefusedRow(NamedTuple):
    """A row that cannot be taken in as it stands."""

    line: int
    reason: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first reading of the whole file tells: that it can be read to its end, how long it is, and which keys repeat."""

    rows: int
    repeats: dict[str, int]


class Group(NamedTuple):
    """Rows of one key; `key` is None for a row that stands alone."""

    key: str | None
    rows: tuple[Row, ...]


def key_column(mapping: ImportMapping) -> str | None:
    """The column whose value tells rows of one complaint: `group_by`, else the reference."""
    ref = mapping.of("complaint.external_ref")
    return mapping.source.group_by or (ref.column if ref is not None else None)


def survey(table: Table, mapping: ImportMapping) -> Survey:
    """Reads the file once, before anything is stored."""
    column = key_column(mapping)
    for one in mapping.read_columns:
        table.index(one.column or "")  # a column that is not there is found out now
    if column is None:
        return Survey(sum(1 for _ in table.rows()), {})
    index, width = table.index(column), len(table.header)
    keys: Counter[str] = Counter()
    rows = 0
    for _, cells in table.rows():
        rows += 1
        if _fits(cells, width):
            keys[_trimmed(cells[index])] += 1
    ignored = mapping.source.ignore_values
    return Survey(rows, {key: n for key, n in keys.items() if n > 1 and key not in ignored})


def read_rows(table: Table, mapping: ImportMapping, zone: ZoneInfo, repeats: dict[str, int]) -> Iterator[Group | RefusedRow]:
    """Every row of the table, in groups or refused. A group comes when its last row has been read."""
    column = key_column(mapping)
    key_index = table.index(column) if column is not None else None
    plan = [_cell_reader(column, table, mapping, zone) for column in mapping.read_columns]
    width, ignored = len(table.header), mapping.source.ignore_values
    waiting: dict[str, list[Row | None]] = {}
    for line, cells in table.rows():
        if not _fits(cells, width):
            yield RefusedRow(line, f"the row has {len(cells)} values, the header names {width}", cells)
            continue
        key = _trimmed(cells[key_index]) if key_index is not None else ""
        expected = repeats.get(key, 1)
        row = None
        try:
            row = Row(line, tuple([read(cells[index]) for read, index in plan]), cells)
        except BadValue:
            yield RefusedRow(line, _reason(cells, plan, mapping), cells)
        if expected == 1:
            if row is not None:
                yield Group(None if key in ignored else key, (row,))
            continue
        together = waiting.setdefault(key, [])
        together.append(row)
        if len(together) == expected:
            yield from _readable(key, waiting.pop(key))
    for key, together in waiting.items():  # the file was written to since it was surveyed
        yield from _readable(key, together)


def _readable(key: str, rows: Sequence[Row | None]) -> Iterator[Group]:
    readable = tuple(row for row in rows if row is not None)
    if readable:
        yield Group(key, readable)


def _cell_reader(column: Column, table: Table, mapping: ImportMapping, zone: ZoneInfo) -> tuple[Reader, int]:
    return reader(column, mapping.source, zone), table.index(column.column or "")


def _fits(cells: Sequence[Cell], width: int) -> bool:
    """As many cells as the header has; more are fine where they are empty."""
    return len(cells) == width or (len(cells) > width and not any(cells[width:]))


def _reason(cells: Sequence[Cell], plan: Sequence[tuple[Reader, int]], mapping: ImportMapping) -> str:
    """Why a row is refused, with the column it is about; the first bad cell is enough."""
    for column, (read, index) in zip(mapping.read_columns, plan, strict=True):
        try:
            read(cells[index])
        except BadValue as error:
            return f"{column.column} ({column.field.name}): {error}"
    raise AssertionError("a row is only refused for a bad cell")


def _trimmed(cell: Cell) -> str:
    return cell.strip() if isinstance(cell, str) else cell.isoformat(" ")


def trimmed(cells: Sequence[Cell]) -> tuple[str, ...]:
    """A row's cells as text, without the blanks around them."""
    try:
        return tuple(map(str.strip, cells))  # type: ignore[arg-type]  # the plain path: every cell is text
    except TypeError:  # a workbook's dates
        return tuple(map(_trimmed, cells))
