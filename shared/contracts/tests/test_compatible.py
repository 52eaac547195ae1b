"""Each rule of compatibility, broken once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from shared.contracts import CATALOGUE
from shared.contracts.compatible import breaks
from shared.contracts.schema import wire_schema

PUBLISHED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "complaint_id": {"type": "string", "format": "uuid"},
        "severity": {"enum": ["ordinary", "major"], "type": "string"},
        "round": {"type": "integer", "minimum": 1},
        "number": {"type": "string", "maxLength": 20},
        "codes": {"type": "array", "items": {"type": "string"}, "default": []},
        "reason": {"$ref": "#/$defs/Ciphertext", "x-sealed": {"type": "string"}},
        "amount": {"anyOf": [{"$ref": "#/$defs/Money"}, {"type": "null"}], "default": None},
        "policy": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "required": ["complaint_id", "severity", "round", "number", "reason", "policy"],
    "$defs": {
        "Money": {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]},
        "Ciphertext": {"type": "object", "properties": {"sealed": {"type": "string"}}, "required": ["sealed"]},
    },
}


def changed(**fields: Any) -> dict[str, Any]:
    """The published schema with other fields; None takes one away."""
    new = copy.deepcopy(PUBLISHED)
    for name, schema in fields.items():
        if schema is None:
            del new["properties"][name]
        else:
            new["properties"][name] = schema
    return new


@pytest.mark.parametrize("cls", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_an_event_may_stand_for_itself(cls):
    assert breaks(wire_schema(cls), wire_schema(cls)) == []


def test_a_removed_field_breaks():
    assert breaks(PUBLISHED, changed(number=None)) == ["/number was removed or renamed"]


def test_a_renamed_field_breaks():
    assert "/number was removed or renamed" in breaks(PUBLISHED, changed(number=None, reference={"type": "string", "default": None}))


def test_a_retyped_field_breaks():
    assert breaks(PUBLISHED, changed(round={"type": "string"})) == ["/round was integer and is now string"]


def test_an_integer_may_become_a_number():
    assert breaks(PUBLISHED, changed(round={"type": "number", "minimum": 1})) == []


def test_another_format_breaks():
    assert breaks(PUBLISHED, changed(complaint_id={"type": "string", "format": "date"})) == [
        "/complaint_id was tightened: format uuid became date"
    ]


def test_a_value_taken_away_breaks():
    assert breaks(PUBLISHED, changed(severity={"enum": ["major"], "type": "string"})) == ["/severity no longer allows ordinary"]


def test_a_value_added_does_not():
    assert breaks(PUBLISHED, changed(severity={"enum": ["ordinary", "major", "minor"], "type": "string"})) == []


def test_limiting_a_free_text_to_some_values_breaks():
    assert breaks(PUBLISHED, changed(number={"enum": ["A", "B"], "type": "string"})) == ["/number is now limited to A, B"]


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        ("number", {"type": "string", "maxLength": 10}),
        ("number", {"type": "string", "maxLength": 20, "minLength": 1}),
        ("number", {"type": "string", "maxLength": 20, "pattern": "^C"}),
        ("round", {"type": "integer", "minimum": 2}),
    ],
)
def test_a_tightened_field_breaks(field, schema):
    assert any(problem.startswith(f"/{field} was tightened") for problem in breaks(PUBLISHED, changed(**{field: schema})))


@pytest.mark.parametrize(
    ("field", "schema"),
    [("number", {"type": "string", "maxLength": 30}), ("number", {"type": "string"}), ("round", {"type": "integer", "minimum": 0})],
)
def test_a_loosened_field_does_not(field, schema):
    assert breaks(PUBLISHED, changed(**{field: schema})) == []


def test_a_new_field_must_be_optional():
    new = changed(channel={"type": "string"})
    new["required"] = [*PUBLISHED["required"], "channel"]
    assert breaks(PUBLISHED, new) == ["/channel is new and required; a new field is optional"]


def test_a_new_optional_field_is_welcome():
    assert breaks(PUBLISHED, changed(channel={"type": "string", "default": "other"})) == []


def test_an_optional_field_does_not_become_required():
    new = changed(codes={"type": "array", "items": {"type": "string"}})
    new["required"] = [*PUBLISHED["required"], "codes"]
    assert breaks(PUBLISHED, new) == ["/codes was optional and is now required"]


def test_another_default_changes_the_meaning_of_old_events():
    found = breaks(PUBLISHED, changed(codes={"type": "array", "items": {"type": "string"}, "default": ["none"]}))
    assert found == ["/codes has another default: events without it would change their meaning"]


def test_what_is_in_a_list_is_not_retyped():
    assert breaks(PUBLISHED, changed(codes={"type": "array", "items": {"type": "integer"}, "default": []})) == [
        "/codes[] was string and is now integer"
    ]


def test_a_null_that_was_allowed_stays_allowed():
    assert breaks(PUBLISHED, changed(amount={"$ref": "#/$defs/Money", "default": None})) == ["/amount was null and is now object"]


def test_a_definition_is_compared_too():
    new = copy.deepcopy(PUBLISHED)
    new["$defs"]["Money"]["properties"] = {"units": {"type": "string"}}
    new["$defs"]["Money"]["required"] = []
    assert breaks(PUBLISHED, new) == ["Money/amount was removed or renamed"]


def test_a_sealed_field_does_not_come_into_the_clear():
    assert breaks(PUBLISHED, changed(reason={"type": "string"})) == ["/reason was sealed and is no longer"]


def test_a_clear_field_does_not_disappear_under_a_seal():
    assert breaks(PUBLISHED, changed(number=PUBLISHED["properties"]["reason"])) == ["/number was in clear and is no longer"]


def test_what_is_sealed_is_not_retyped():
    new = changed(reason={"$ref": "#/$defs/Ciphertext", "x-sealed": {"type": "integer"}})
    assert breaks(PUBLISHED, new) == ["/reason (inside) was string and is now integer"]


def test_further_fields_are_not_shut_out():
    new = changed()
    new["additionalProperties"] = False
    assert breaks(PUBLISHED, new) == ["/ no longer takes further fields"]


def test_fields_without_a_name_are_not_retyped():
    assert breaks(PUBLISHED, changed(policy={"type": "object", "additionalProperties": {"type": "string"}})) == [
        "/policy/* was integer and is now string"
    ]
