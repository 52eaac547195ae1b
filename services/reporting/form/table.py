"""What is one table of the form? The same for paper, workbook and CSV, so that what is read is what is exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "number", "share"]
Value = str | int | float | bool | None
Link = dict[str, Any]  # what `/query/cases` is asked for the cases behind


@dataclass(frozen=True, slots=True)
class Column:
    """`name` never changes and is never translated; `key` columns say what a row is of."""

    name: str
    label: str
    kind: Kind = "text"
    key: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`kinds` where they are others than the columns': an indicator's figure is a share, another's a number of days."""

    values: tuple[Value, ...]
    link: Link | None = None
    kinds: tuple[Kind, ...] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    note: str = ""

    def kinds(self, row: Row) -> tuple[Kind, ...]:
        return row.kinds or tuple(column.kind for column in self.columns)
