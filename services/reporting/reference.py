"""What does each call take and answer? The OpenAPI document laid out for a page, so that nothing has to be loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 4
_OPERATIONS = ("healthz", "readyz", "metrics", "consumers", "parked", "clock")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of a body or answer; deeper ones stand under their object."""

    name: str
    depth: int
    type: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    anchor: str
    summary: str
    needs_token: bool
    parameters: tuple[FieldRow, ...]
    body: tuple[FieldRow, ...]
    status: str
    answer: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """`groups` by the first part of the path; `always` are parameters every call takes."""

    groups: Mapping[str, tuple[Call, ...]]
    always: tuple[FieldRow, ...]


def laid_out(document: Document) -> Reference:
    """The document's calls, those of one prefix together."""
    groups: dict[str, list[Call]] = {}
    always: dict[str, FieldRow] = {}
    for path, calls in sorted(document.get("paths", {}).items(), key=lambda item: (_group(item[0]), item[0])):
        for method in (m for m in _METHODS if m in calls):
            groups.setdefault(_group(path), []).append(_call(document, method, path, calls[method], always))
    return Reference({name: tuple(found) for name, found in groups.items()}, tuple(always.values()))


def _group(path: str) -> str:
    """The first part behind `/api/v1/`; what is for operators stands together."""
    first = path.removeprefix("/api/v1/").strip("/").partition("/")[0]
    return "operations" if first in _OPERATIONS or first.endswith(".json") else first


def _call(document: Document, method: str, path: str, call: Mapping[str, Any], always: dict[str, FieldRow]) -> Call:
    rows = []
    for given in call.get("parameters", ()):
        parameter = _resolved(document, given)
        schema = parameter.get("schema", {})
        meaning = parameter.get("description", "")
        row = FieldRow(parameter["name"], 0, _type(document, schema), parameter.get("required", False), meaning)
        if parameter["name"] in ("min_position", "Accept-Language", "Idempotency-Key", "If-Match"):
            always.setdefault(parameter["name"], row)
        elif parameter["in"] != "header":
            rows.append(row)
    status, answer = next(((s, a) for s, a in call.get("responses", {}).items() if s.startswith("2")), ("", {}))
    return Call(
        method=method.upper(),
        path=path,
        anchor=f"{method}{path.replace('/', '-').replace('{', '').replace('}', '')}",
        summary=call.get("description") or call.get("summary", ""),
        needs_token=bool(call.get("security")),
        parameters=tuple(rows),
        body=tuple(_fields(document, _json(call.get("requestBody", {})))),
        status=status,
        answer=tuple(_fields(document, _json(answer))),
    )


def _json(content: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = content.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _fields(document: Document, schema: Mapping[str, Any], depth: int = 0) -> Iterator[FieldRow]:
    """The fields of an object, or of the objects in a list, with what lies in them."""
    schema = _object_of(document, schema)
    for name, field in schema.get("properties", {}).items():
        meaning = field.get("description", "")
        yield FieldRow(name, depth, _type(document, field), name in schema.get("required", ()), meaning)
        if depth < _DEEPEST:
            yield from _fields(document, field, depth + 1)


def _object_of(document: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Through references, options and lists to the object with properties; an empty one when there is none."""
    schema = _resolved(document, schema)
    if "items" in schema:
        return _object_of(document, schema["items"])
    for choice in schema.get("anyOf", ()):
        found = _object_of(document, choice)
        if "properties" in found:
            return found
    return schema


def _resolved(document: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found.get(part, {})
        schema = found
    return schema


def _type(document: Document, schema: Mapping[str, Any]) -> str:
    """In words: `text`, `number`, `one of: a, b`, `list of …`, `… or null`."""
    schema = _resolved(document, schema)
    if "anyOf" in schema:
        kinds = dict.fromkeys(_type(document, choice) for choice in schema["anyOf"])
        return " or ".join(sorted(kinds, key=lambda kind: kind == "null"))
    if "enum" in schema:
        return "one of: " + ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return f"“{schema['const']}”"
    if schema.get("type") == "array":
        return f"list of {_type(document, schema.get('items', {}))}"
    kind = str(schema.get("format") or schema.get("type", "any"))
    return {"string": "text", "boolean": "true or false", "date-time": "moment"}.get(kind, kind)
