"""What may stand in a field of a request? Strict types: a number is no text, a date is no number, nothing overflows a column."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StrictBool, StrictInt

from shared.contracts.vocabulary import Code as _Code
from shared.contracts.vocabulary import FreeText as _FreeText

FIRST_YEAR, LAST_YEAR = 1900, 2200  # beyond that a date is a slip of the pen, and arithmetic with it may overflow

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})$", re.ASCII)


def _written_as(form: re.Pattern[str], example: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, str) and not form.match(value):
            raise ValueError(f"write it like {example}")
        if not isinstance(value, (str, date)):
            raise ValueError(f"write it as text, like {example}")
        return value

    return BeforeValidator(check)


def _day_in_range(value: date) -> date:
    if not FIRST_YEAR <= value.year < LAST_YEAR:
        raise ValueError(f"the year must be from {FIRST_YEAR} to {LAST_YEAR - 1}")
    return value


def _moment_in_utc(value: datetime) -> datetime:
    _day_in_range(value)
    return value.astimezone(UTC)


T = TypeVar("T")

Code = Annotated[_Code, Field(pattern=r"^\S(.*\S)?$")]
FreeText = _FreeText
Flag = StrictBool
Whole = Annotated[StrictInt, Field(ge=-(2**31), lt=2**31)]
Count = Annotated[StrictInt, Field(ge=0, lt=2**31)]
Day = Annotated[date, _written_as(_DAY, "2026-11-20"), AfterValidator(_day_in_range)]
Moment = Annotated[AwareDatetime, _written_as(_MOMENT, "2026-11-20T09:12:00+08:00"), AfterValidator(_moment_in_utc)]
Month = Annotated[str, Field(pattern=r"^(19|20|21)\d{2}-(0[1-9]|1[0-2])$")]
Many = Annotated[tuple[T, ...], Field(max_length=500)]
