"""What the store writes and the log carries is what the published schema says: every type, sealed with a real key."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import jsonschema_rs
import orjson
import pytest

from shared.contracts import CATALOGUE
from shared.contracts.event import sealed_fields
from shared.contracts.example import value_of
from shared.contracts.generate import FOLDER, example_file, schema_file
from shared.envelope import decode
from shared.sealing import seal

KEY = bytes(range(32))


def published(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / schema_file(kind)).read_text(encoding="utf-8"))
    return found


def golden(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / example_file(kind)).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("kind", CATALOGUE)
def test_the_golden_example_keeps_to_the_schema(kind: str):
    jsonschema_rs.validator_for(published(kind)).validate(golden(kind))


@pytest.mark.parametrize("kind", CATALOGUE)
def test_what_the_store_writes_keeps_to_the_schema(kind: str):
    schema, cls = published(kind), CATALOGUE[kind]
    clear = {name: value_of(name, schema["properties"][name]["x-sealed"], schema) for name in sealed_fields(cls)}
    event = cls.model_validate_json(orjson.dumps(golden(kind) | clear))
    written = seal(event, uuid4(), uuid4(), KEY).model_dump_json(exclude_none=True).encode()
    jsonschema_rs.validator_for(schema).validate(orjson.loads(written))
    for name in clear:
        assert UUID(orjson.loads(written)[name]["subject"])
    assert decode(kind, written).model_dump(exclude=set(clear)) == event.model_dump(exclude=set(clear))


@pytest.mark.parametrize("kind", CATALOGUE)
def test_an_event_with_nothing_optional_keeps_to_it_too(kind: str):
    schema = published(kind)
    least = {name: value for name, value in golden(kind).items() if name in schema["required"]}
    jsonschema_rs.validator_for(schema).validate(least)
    assert kind == decode(kind, orjson.dumps(least)).TYPE
