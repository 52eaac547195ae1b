"""What does a mapping say? Where rows come from, and how each field of a complaint is filled from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.intake.importing.fields import Field

Pick = Literal["earliest", "latest", "first"]
Repeated = Literal["group", "reopen"]


class MappingError(Exception):
    """The mapping file is wrong; one sentence per mistake, each beginning with the key it is about."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows come from, and which of them belong together."""

    name: str
    group_by: str | None = None
    repeated: Repeated | None = None
    ignore_values: frozenset[str] = frozenset({""})
    covers_from: date | None = None
    covers_to: date | None = None
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """How one field is filled: from a column, or with one value for every row."""

    field: Field
    column: str | None = None
    value: str | None = None
    formats: tuple[str, ...] = ()
    pick: Pick | None = None
    all: bool = False
    split: str | None = None
    map: Mapping[str, str] | None = None  # an empty target: known, but no equal here
    default: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A whole mapping, checked."""

    source: Source
    columns: tuple[Column, ...]

    @property
    def read_columns(self) -> tuple[Column, ...]:
        """The fields that are read from the table; the others have one value for every row."""
        return tuple(column for column in self.columns if column.column is not None)

    def of(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.field.name == name), None)
