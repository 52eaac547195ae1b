"""What does one cell say? Text becomes the kind of value its field takes, or a reason why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.intake.importing.fields import Field
from services.intake.importing.mapping import Column, MappingError, Source
from services.intake.importing.reading import Cell
from shared.contracts.vocabulary import Money

CODE_LENGTH = 100
TEXT_LENGTH = 20_000
NAME_LENGTH = 320
FIRST_YEAR, LAST_YEAR = 1900, 2200  # as at the door
_REMEMBERED = 65_536  # values of a column; one with more costs no more memory than this


class BadValue(ValueError):
    """A cell that cannot be what its field takes; the row is refused with this reason."""


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code the mapping or the vocabulary does not know; the row is taken in, the code is reported."""

    text: str


Value = str | datetime | date | Decimal | int | Money | UnknownCode
Reader = Callable[[Cell], "Value | tuple[Value, ...] | None"]


def reader(column: Column, source: Source, zone: ZoneInfo) -> Reader:
    """The function that reads the cells of a column: None where they say nothing."""
    parse = _parser(column, zone)
    mapped = None
    if column.map is not None:
        mapped = {text: _given(column, f'map."{text}"', target, zone) if target else None for text, target in column.map.items()}
    default = _given(column, "default", column.default, zone) if column.default else None
    ignored = source.ignore_values

    def one(cell: Cell) -> Value | None:
        text = cell.strip() if isinstance(cell, str) else cell
        if text in ignored:
            return default
        if mapped is not None:
            if text in mapped:
                return mapped[text]  # type: ignore[index]  # a date is in no map
            return default if default is not None else UnknownCode(str(text))
        return parse(text)

    def several(cell: Cell) -> tuple[Value, ...]:
        parts = cell.split(column.split) if column.split and isinstance(cell, str) else [cell]
        return tuple(dict.fromkeys(value for part in parts if (value := one(part)) is not None))

    read: Reader = several if column.split or column.field.many else one
    return lru_cache(_REMEMBERED)(read) if column.field.repeats else read


def constant(column: Column, zone: ZoneInfo) -> Value | tuple[Value, ...]:
    """The value every row has."""
    value = _given(column, "value", column.value or "", zone)
    return (value,) if column.field.many or column.split else value


def _given(column: Column, key: str, text: str, zone: ZoneInfo) -> Value:
    """A value that stands in the mapping itself; written plainly, whatever the format of the column."""
    try:
        return _parser(replace(column, formats=()), zone)(text)
    except BadValue as error:
        raise MappingError([f"{column.field.name}.{key}: {error}."]) from error


def _parser(column: Column, zone: ZoneInfo) -> Callable[[Cell], Value]:
    field = column.field
    match field.kind:
        case "moment":
            return lambda cell: _moment(cell, column.formats, zone)
        case "day":
            return lambda cell: _day(cell, column.formats)
        case "choice":
            return lambda cell: _choice(cell, field)
        case "flag":
            return _flag
        case "number":
            return _number
        case "money":
            return lambda cell: _money(cell, column.currency or "")
        case _:
            limit = {"code": CODE_LENGTH, "name": NAME_LENGTH}.get(field.kind, TEXT_LENGTH)
            return lambda cell: _short(cell, limit)


def _moment(cell: Cell, formats: tuple[str, ...], zone: ZoneInfo) -> datetime:
    found = _dated(cell, formats)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _day(cell: Cell, formats: tuple[str, ...]) -> date:
    return _dated(cell, formats).date()


def _dated(cell: Cell, formats: tuple[str, ...]) -> datetime:
    found = cell if isinstance(cell, datetime) else _parsed(cell, formats)
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        raise BadValue(f"{str(cell)!r} lies in the year {found.year}; if it stands for an unknown date, name it in ignore_values")
    return found


def _parsed(text: str, formats: tuple[str, ...]) -> datetime:
    for wanted in formats:
        try:
            return datetime.strptime(text, wanted)  # noqa: DTZ007  # the zone is the organisation's, set by the caller
        except ValueError:
            continue
    if not formats:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise BadValue(f"{text!r} is not a date of the form {' or '.join(formats) or 'YYYY-MM-DD'}")


def _choice(cell: Cell, field: Field) -> Value:
    text = str(cell)
    return text if text in field.choices else UnknownCode(text)


def _flag(cell: Cell) -> bool:
    found = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}.get(str(cell).lower())
    if found is None:
        raise BadValue(f"{str(cell)!r} is neither yes nor no; map it to true or false")
    return found


def _number(cell: Cell) -> int:
    text = str(cell).replace(",", "")
    whole, _, rest = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or rest.strip("0") or len(whole) > 9:
        raise BadValue(f"{str(cell)!r} is not a whole number")
    return int(whole)


def _money(cell: Cell, currency: str) -> Money:
    try:
        amount = round(Decimal(str(cell).replace(",", "").lstrip("$€£¥￥ ")), 4)
    except InvalidOperation:
        raise BadValue(f"{str(cell)!r} is not an amount") from None
    if not 0 <= amount < 10**14:
        raise BadValue(f"{str(cell)!r} is not an amount of money")
    if amount == round(amount, 2):
        amount = round(amount, 2)  # written the same whatever the source wrote
    return Money(amount=amount, currency=currency)


def _short(cell: Cell, limit: int) -> str:
    text = str(cell)
    if "\0" in text:
        raise BadValue("the text holds a zero character, which no database takes")
    if len(text) > limit:
        raise BadValue(f"the text has {len(text):,} characters; at most {limit:,} are taken")
    return text


def day_in(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day of a moment in the organisation's zone."""
    return moment.astimezone(zone).date()


def is_whole_day(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the source gave a day and no time of day."""
    return moment.astimezone(zone).time() == time()
