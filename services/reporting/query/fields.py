"""What may one ask about? What a field and a grain are, and which operations a kind of field allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Subquery

Kind = Literal["text", "id", "list", "number", "money", "flag", "day", "moment"]
Op = Literal["eq", "ne", "in", "not_in", "gte", "lte", "is_null"]

_SAME: tuple[Op, ...] = ("eq", "ne", "in", "not_in", "is_null")
_ORDERED: tuple[Op, ...] = ("eq", "ne", "in", "not_in", "gte", "lte", "is_null")
OPERATIONS: Mapping[Kind, tuple[Op, ...]] = MappingProxyType(
    {
        "text": _SAME,
        "id": _SAME,
        "list": _SAME,
        "number": _ORDERED,
        "money": ("is_null",),
        "flag": ("eq", "ne", "is_null"),
        "day": _ORDERED,
        "moment": ("gte", "lte", "is_null"),
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """A `list` field holds several values; used as a dimension, a row counts once under each. `always` known or not.

    `lasts` names the moments a duration runs between (from, to), so that what is not over yet can be counted as still running.
    """

    name: str
    kind: Kind
    label: str
    label_zh: str
    meaning: str = ""
    meaning_zh: str = ""
    always: bool = False
    unit: str | None = None
    lasts: tuple[str, str] | None = None

    @property
    def is_dimension(self) -> bool:
        return self.kind not in ("moment", "money")

    @property
    def is_time(self) -> bool:
        return self.kind in ("moment", "day")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a grain's rows depend on: what was known when, whose customers are one, and which days and fields are asked for."""

    as_of: datetime
    zone: ZoneInfo
    today: date
    names: frozenset[str]
    merged: Mapping[str, str] = field(default_factory=dict)
    first: date | None = None
    beyond: date | None = None


@dataclass(frozen=True, slots=True)
class Grain:
    """One kind of row one can count. `time` is the field that windows and buckets go by unless another is named.

    `rows` is its table as of a moment with a column per field; `order` are columns that tell any two rows apart.
    """

    name: str
    time: str
    label: str
    label_zh: str
    counted: str
    counted_zh: str
    fields: Mapping[str, Field]
    rows: Callable[[Frame], Subquery]
    order: tuple[tuple[str, Kind], ...]


def named(*fields: Field) -> Mapping[str, Field]:
    return MappingProxyType({field.name: field for field in fields})
