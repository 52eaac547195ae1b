"""Is this mapping file right? A wrong one is refused with every mistake named by its key."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

from services.intake.importing.column_spec import parse_column, unknown
from services.intake.importing.fields import FIELDS, SECTIONS
from services.intake.importing.mapping import ImportMapping, MappingError, Repeated, Source

_SOURCE_KEYS = ("name", "group_by", "repeated", "ignore_values", "covers_from", "covers_to", "encoding", "delimiter", "sheet")


def load_mapping(path: Path) -> ImportMapping:
    """The mapping in a TOML file."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise MappingError([f"{path}: cannot be read ({error.strerror})."]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError([f"{path.name} is not valid TOML: {error}"]) from error
    return parse_mapping(content)


def parse_mapping(content: Mapping[str, Any]) -> ImportMapping:
    """A mapping from its parsed TOML; raises with all mistakes at once."""
    problems = [unknown(key, key, ("source", *SECTIONS)) for key in content if key not in ("source", *SECTIONS)]
    source = _source(content.get("source"), problems)
    columns = []
    for section in SECTIONS:
        for name, spec in _flat(section, content.get(section, {}), problems):
            if name not in FIELDS:
                problems.append(unknown(name, name, FIELDS))
            else:
                columns.append(parse_column(FIELDS[name], spec, problems))
    filled = {column.field.name for column in columns}
    problems += [f"{name}: every complaint needs it; name its column or give a value." for name in _required() if name not in filled]
    if "complaint.customer.name" in filled and "complaint.customer.ref" not in filled:
        problems.append("complaint.customer.ref: a customer's name needs a customer.ref to go by (it may be the same column).")
    if source.repeated is not None and source.group_by is None and "complaint.external_ref" not in filled:
        problems.append("source.repeated: needs source.group_by or complaint.external_ref to tell which rows repeat.")
    if problems:
        raise MappingError(problems)
    return ImportMapping(source, tuple(columns))


def _required() -> Iterator[str]:
    return (field.name for field in FIELDS.values() if field.required)


def _source(found: object, problems: list[str]) -> Source:
    if not isinstance(found, dict):
        problems.append("source: missing; it needs at least a name.")
        return Source("")
    problems += [unknown(f"source.{key}", key, _SOURCE_KEYS) for key in found if key not in _SOURCE_KEYS]
    for key in ("name", "group_by", "encoding", "delimiter", "sheet"):
        if key in found and (not isinstance(found[key], str) or not found[key]):
            problems.append(f"source.{key}: must be a text.")
    if not found.get("name"):
        problems.append("source.name: missing; rows are told apart by it, so choose it once and keep it.")
    repeated = found.get("repeated")
    if repeated is not None and repeated not in get_args(Repeated):
        problems.append(unknown("source.repeated", str(repeated), get_args(Repeated), what="value"))
    ignored = found.get("ignore_values", [])
    if not isinstance(ignored, list) or not all(isinstance(value, str) for value in ignored):
        problems.append("source.ignore_values: must be a list of texts.")
        ignored = []
    first, last = (_day(f"source.{key}", found.get(key), problems) for key in ("covers_from", "covers_to"))
    if first and last and last < first:
        problems.append("source.covers_to: lies before covers_from.")
    encoding = str(found.get("encoding", "utf-8"))
    if not _is_encoding(encoding):
        problems.append(f"source.encoding: {encoding!r} is not an encoding; usual ones: utf-8, gb18030, windows-1252, utf-16.")
    delimiter = str(found.get("delimiter", ","))
    if len(delimiter) != 1:
        problems.append('source.delimiter: must be one character, such as "," or ";" or "\\t".')
    return Source(
        name=str(found.get("name", "")).strip(),
        group_by=found.get("group_by"),
        repeated=repeated,
        ignore_values=frozenset({"", *(value.strip() for value in ignored)}),
        covers_from=first,
        covers_to=last,
        encoding="utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding,
        delimiter=delimiter,
        sheet=found.get("sheet"),
    )


def _flat(prefix: str, found: object, problems: list[str]) -> Iterator[tuple[str, object]]:
    """Field names with their specs; `"customer.ref" = …`, `customer.ref = …` and `[complaint.customer]` all say the same."""
    if not isinstance(found, dict):
        problems.append(f"{prefix}: must be a table of fields.")
        return
    for key, value in found.items():
        name = f"{prefix}.{key}"
        if name in ("complaint.customer", "complaint.product", "complaint.complainant"):
            yield from _flat(name, value, problems)
        else:
            yield name, value


def _day(name: str, found: object, problems: list[str]) -> date | None:
    if found is None or (isinstance(found, date) and not isinstance(found, datetime)):
        return found
    try:
        return date.fromisoformat(str(found))
    except ValueError:
        problems.append(f'{name}: {str(found)!r} is not a date such as "2020-04-30".')
        return None


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False
