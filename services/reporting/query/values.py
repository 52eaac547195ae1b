"""Does a filter's value fit its field? Answers what is bound into the SQL."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from services.reporting.periods import midnight
from services.reporting.query.fields import Kind, Op
from shared.web import Day, Moment

MOST_VALUES = 500
LONGEST = 1000

_DAY: TypeAdapter[date] = TypeAdapter(Day)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def fitted(kind: Kind, op: Op, value: Any, zone: ZoneInfo) -> Any:
    """The value, or list of values, as the column has them. Raises ValueError with a sentence for people."""
    if op == "is_null":
        if value is None or isinstance(value, bool):
            return value is not False
        raise ValueError("Give true or false.")
    if value is None:
        raise ValueError("Give a value; for unknown ones use `is_null`.")
    if op in ("in", "not_in"):
        if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES:
            raise ValueError(f"Give a list of 1 to {MOST_VALUES} values.")
        return [_one(kind, item) for item in value]
    if kind == "moment":
        return _moment(op, value, zone)
    return _one(kind, value)


def _one(kind: Kind, value: Any) -> Any:
    match kind:
        case "id":
            try:
                return UUID(value)
            except (ValueError, TypeError, AttributeError):
                raise ValueError("Give an id like 0190f5f0-9c2e-7b1a-8a6e-2f1d0c3b4a5d.") from None
        case "text" | "list":
            if isinstance(value, str) and len(value) <= LONGEST:
                return value
            raise ValueError(f"Give text of at most {LONGEST} characters.")
        case "number":
            if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**31:
                return value
            raise ValueError("Give a number below 2147483648.")
        case "flag":
            if isinstance(value, bool):
                return value
            raise ValueError("Give true or false.")
        case _:
            try:
                return _DAY.validate_python(value)
            except ValidationError:
                raise ValueError("Give a day like 2026-11-20.") from None


def _moment(op: Op, value: Any, zone: ZoneInfo) -> datetime:
    """A moment as it is; a day is taken whole: from its first instant, or to its last."""
    try:
        day = _DAY.validate_python(value)
    except ValidationError:
        try:
            return _MOMENT.validate_python(value)
        except ValidationError:
            raise ValueError("Give a moment like 2026-11-20T09:12:00+08:00, or a day like 2026-11-20.") from None
    return midnight(day, zone) if op == "gte" else midnight(day + timedelta(days=1), zone) - timedelta(microseconds=1)
