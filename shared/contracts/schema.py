"""What does an event look like on the wire? Its JSON Schema, made from the class that reads it.

A sealed field is shown as it travels: `{subject, sealed}`. What is inside stands beside it under `x-sealed`, so that
retyping it is seen too. Titles and the class's inner names are left out: they are no promise.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from shared.contracts.event import Event, sealed_fields

Schema = dict[str, Any]

CIPHERTEXT: Schema = {"$ref": "#/$defs/Ciphertext"}
STAMPED = ("actor", "occurred_at")  # null until the decision is recorded, so never null on the wire


def wire_schema(cls: type[Event]) -> Schema:
    """The schema of the event's body in the store and on the log, with everything it refers to."""
    made = TypeAdapter(cls).json_schema(mode="serialization")
    properties: Schema = {name: _plain(schema) for name, schema in made["properties"].items()}
    for name in sealed_fields(cls):
        properties[name] = _sealed(properties[name])
    for name in STAMPED:
        properties[name] = _without(properties[name], {"type": "null"})
    definitions: Schema = {name: _plain(schema) for name, schema in made.get("$defs", {}).items()}
    body: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": cls.TYPE,
        "description": (cls.__doc__ or "").strip(),
        "type": "object",
        "properties": properties,
        "required": [*STAMPED, *made.get("required", ())],
    }
    return body | ({"$defs": definitions} if definitions else {})


def alternatives(schema: Schema) -> list[Schema]:
    """The forms a value may take, one each; a schema without a choice is its only one."""
    found: list[Schema] = []
    for choice in schema.get("anyOf", [schema]):
        kinds = choice.get("type")
        found.extend(choice | {"type": kind} for kind in kinds) if isinstance(kinds, list) else found.append(choice)
    return found


def _sealed(schema: Schema) -> Schema:
    inside = _without(_without(schema, CIPHERTEXT), {"type": "null"})
    inside.pop("default", None)
    optional = {"type": "null"} in alternatives(schema)
    shown: Schema = {"anyOf": [CIPHERTEXT, {"type": "null"}], "default": None} if optional else dict(CIPHERTEXT)
    return shown | {"x-sealed": inside}


def _without(schema: Schema, unwanted: Schema) -> Schema:
    """The schema with one of its alternatives taken away, and no default that only that one allowed."""
    if "anyOf" not in schema:
        return dict(schema)
    left = [choice for choice in schema["anyOf"] if choice != unwanted]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if unwanted == {"type": "null"} and rest.get("default", ...) is None:
        del rest["default"]
    return rest | (left[0] if len(left) == 1 else {"anyOf": left})


def _plain(schema: Any) -> Any:
    """Without titles; `properties` and `$defs` hold names, which may be called title."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _plain(part) for name, part in value.items()} if key in {"properties", "$defs"} else _plain(value)
        for key, value in schema.items()
        if key != "title"
    }
