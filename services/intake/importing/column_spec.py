"""What does one field's entry in a mapping file say, and is it right?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import get_args

from services.intake.importing.fields import Field
from services.intake.importing.mapping import Column, Pick

_COLUMN_KEYS = ("column", "value", "format", "pick", "all", "split", "map", "default", "currency")
_PROBE = datetime(2013, 11, 29, 17, 45, 8, tzinfo=UTC)  # a day whose parts cannot be mistaken for one another


def parse_column(field: Field, spec: object, problems: list[str]) -> Column:
    name = field.name
    if isinstance(spec, str):
        spec = {"column": spec}
    if not isinstance(spec, dict):
        problems.append(f'{name}: must be a column\'s name or a table such as {{ column = "…" }}.')
        return Column(field)
    problems += [unknown(f"{name}.{key}", key, _COLUMN_KEYS) for key in spec if key not in _COLUMN_KEYS]
    if ("column" in spec) == ("value" in spec):
        problems.append(f"{name}: needs either a column or a value, not both.")
    for key in ("column", "split", "currency"):
        if key in spec and (not isinstance(spec[key], str) or not spec[key]):
            problems.append(f"{name}.{key}: must be a text.")
    pick = spec.get("pick")
    if pick is not None and pick not in get_args(Pick):
        problems.append(unknown(f"{name}.pick", str(pick), get_args(Pick), what="value"))
    elif pick in ("earliest", "latest") and field.kind not in ("moment", "day"):
        problems.append(f"{name}.pick: {pick!r} needs a date; this field takes the first.")
    if spec.get("all") not in (None, False) and not field.many:
        problems.append(f"{name}.all: this field takes one value; use pick.")
    column = Column(
        field,
        column=spec.get("column"),
        value=_text(spec.get("value")),
        formats=tuple(_formats(field, spec.get("format"), problems)),
        pick=pick,
        all=spec.get("all") is True,
        split=spec.get("split"),
        map=_map(field, spec.get("map"), problems),
        default=_text(spec.get("default")),
        currency=spec.get("currency"),
    )
    _check_values(column, problems)
    return column


def _check_values(column: Column, problems: list[str]) -> None:
    field, name = column.field, column.field.name
    if field.kind == "money":
        currency = column.currency or ""
        if len(currency) != 3 or not currency.isascii() or not currency.isupper():
            problems.append(f'{name}.currency: an amount needs its currency, three capital letters such as "CNY".')
    elif column.currency is not None:
        problems.append(f"{name}.currency: only an amount has one.")
    targets = [("value", column.value), ("default", column.default)]
    targets += [(f'map."{key}"', target) for key, target in (column.map or {}).items() if target]
    for key, target in targets:
        if target is not None and field.kind == "choice" and target not in field.choices:
            problems.append(unknown(f"{name}.{key}", target, field.choices, what="code"))
        if target is not None and field.kind == "flag" and target not in ("true", "false"):
            problems.append(f"{name}.{key}: must be true or false.")


def _map(field: Field, found: object, problems: list[str]) -> Mapping[str, str] | None:
    if found is None:
        return None
    if not isinstance(found, dict) or any(isinstance(value, dict | list) for value in found.values()):
        problems.append(f'{field.name}.map: must be a table such as {{ "Yes" = "satisfied" }}.')
        return None
    return {str(key).strip(): _text(value) or "" for key, value in found.items()}


def _formats(field: Field, found: object, problems: list[str]) -> Iterator[str]:
    """The date formats; each must carry a whole date, which a round trip proves."""
    if found is None:
        return
    if field.kind not in ("moment", "day"):
        problems.append(f"{field.name}.format: only a date has a format.")
        return
    for wanted in found if isinstance(found, list) else [found]:
        if isinstance(wanted, str) and _is_whole_date(wanted):
            yield wanted
        else:
            problems.append(f'{field.name}.format: {wanted!r} is not a whole date; write it as in "%m/%d/%Y" or "%Y-%m-%d %H:%M".')


def _is_whole_date(wanted: str) -> bool:
    try:
        return datetime.strptime(_PROBE.strftime(wanted), wanted).date() == _PROBE.date()  # noqa: DTZ007  # only the form is tried
    except (ValueError, OverflowError):
        return False


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date | datetime) else str(value).strip()


def unknown(at: str, given: str, known: Iterable[str], what: str = "key") -> str:
    """`complaint.chanel: unknown key; did you mean complaint.channel?`"""
    names = list(known)
    near = difflib.get_close_matches(given, names, n=2, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known are: {', '.join(names)}."
    said = f"{given!r} is an unknown {what}" if what != "key" else "unknown key"
    return f"{at}: {said}; {hint}"
