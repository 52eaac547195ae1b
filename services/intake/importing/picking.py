"""Which value does a field take when its rows say several things? The mapping's `pick` and `all`; without them the first, and a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from services.intake.importing.grouping import Row
from services.intake.importing.mapping import Column, ImportMapping
from services.intake.importing.values import UnknownCode, constant

Picked = dict[str, Any]  # field name → value; a field that says nothing is absent

NAME_OF = {"complaint.customer.name": "complaint.customer.ref", "complaint.product.name": "complaint.product.code"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something in the source that was taken in but should be looked at."""

    line: int
    flag: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Slot:
    """A field, where its value stands in a row, and how it is chosen."""

    name: str
    index: int
    column: Column
    takes_all: bool  # a tuple of known values is taken as it is
    ref: int | None  # of a name: where the reference it belongs to stands


class Picker:
    """Reads the values of a round of rows, field by field."""

    def __init__(self, mapping: ImportMapping, zone: ZoneInfo) -> None:
        read = mapping.read_columns
        places = {column.field.name: index for index, column in enumerate(read)}
        self._constants: Picked = {
            column.field.name: constant(column, zone) for column in mapping.columns if column.column is None and column.value
        }
        self._slots = tuple(
            _Slot(name, index, read[index], read[index].all and read[index].map is None, places.get(NAME_OF.get(name, "")))
            for name, index in places.items()
        )

    def picked(self, rows: Sequence[Row], doubts: list[Doubt]) -> Picked:
        """The known values; what had to be decided without being told is added to the doubts."""
        picked = dict(self._constants)
        if len(rows) == 1:
            for slot, value in zip(self._slots, rows[0].values, strict=True):
                if value is not None and value != ():
                    self._take(slot, value, rows, picked, doubts)
            return picked
        columns = [dict.fromkeys(column) for column in zip(*[row.values for row in rows], strict=True)]
        for slot in self._slots:
            values = columns[slot.index]
            values.pop(None, None)
            values.pop((), None)
            if not values:
                continue
            if len(values) == 1 and (slot.ref is None or len(columns[slot.ref]) == 1):
                self._take(slot, next(iter(values)), rows, picked, doubts)
            else:
                self._choose(slot, rows, picked, doubts)
        return picked

    def _take(self, slot: _Slot, value: Any, rows: Sequence[Row], picked: Picked, doubts: list[Doubt]) -> None:
        """The usual case: there is nothing to choose."""
        kind = type(value)
        if kind is UnknownCode or (kind is tuple and not slot.takes_all):
            self._choose(slot, rows, picked, doubts)
        else:
            picked[slot.name] = value

    def _choose(self, slot: _Slot, rows: Sequence[Row], picked: Picked, doubts: list[Doubt]) -> None:
        column = slot.column
        if slot.ref is not None and (ref := picked.get(NAME_OF[slot.name])) is not None:
            rows = [row for row in rows if row.values[slot.ref] == ref]  # a name belongs to its reference
        values = _known(slot, rows, doubts)
        if not values:
            return
        if column.all:
            picked[slot.name] = tuple(values)
            return
        if slot.name == "case.closed":
            picked[slot.name] = any(values)  # closed when any of its rows says so
            return
        if len(values) > 1 and column.pick is None:
            doubts.append(Doubt(rows[0].line, "several_values", f"{column.column}: {len(values)} different values, the first was taken"))
        value = min(values) if column.pick == "earliest" else max(values) if column.pick == "latest" else values[0]
        picked[slot.name] = (value,) if column.field.many else value


def _known(slot: _Slot, rows: Sequence[Row], doubts: list[Doubt]) -> list[Any]:
    """The distinct values of a field in these rows, in file order; unknown codes are reported."""
    known: dict[Any, None] = {}
    for row in rows:
        value = row.values[slot.index]
        if value is None:
            continue
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, UnknownCode):
                field = slot.column.field
                doubts.append(Doubt(row.line, "unknown_code", f"{slot.column.column}: {one.text!r} is not a known code for {field.name}"))
                if field.fallback is not None:
                    known[field.fallback] = None
            else:
                known[one] = None
    return list(known)
