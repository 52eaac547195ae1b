"""A wrong mapping is refused with every mistake named by its key; a right one says what it says."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.intake.importing.mapping import MappingError
from services.intake.importing.mapping_file import load_mapping, parse_mapping
from services.intake.importing.tests.tables import PLAIN, mapping_with


def problems(content: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(MappingError) as refused:
        parse_mapping(content)
    return refused.value.problems


def the_problem(content: dict[str, Any]) -> str:
    (only,) = problems(content)
    return only


def test_a_name_alone_is_the_column():
    assert parse_mapping(PLAIN).of("complaint.received_at").column == "Received"


def test_blank_is_always_unknown_whatever_else_is_ignored():
    assert parse_mapping(mapping_with(source={"ignore_values": ["-"]})).source.ignore_values == {"", "-"}


@pytest.mark.parametrize(
    "customer",
    [{"customer.ref": "Id", "customer.name": "Name"}, {"customer": {"ref": "Id", "name": "Name"}}],
    ids=["quoted", "dotted"],
)
def test_a_party_may_be_written_quoted_or_dotted(customer):
    mapping = parse_mapping(mapping_with(complaint=customer))
    assert (mapping.of("complaint.customer.ref").column, mapping.of("complaint.customer.name").column) == ("Id", "Name")


@pytest.mark.parametrize("day", ["2020-04-30", date(2020, 4, 30)])
def test_coverage_may_be_a_text_or_a_toml_date(day):
    assert parse_mapping(mapping_with(source={"covers_to": day})).source.covers_to == date(2020, 4, 30)


def test_an_unknown_section_is_named_with_the_nearest():
    assert the_problem({**PLAIN, "complain": {}}) == "complain: unknown key; did you mean complaint?"


def test_an_unknown_field_is_named_with_the_nearest():
    assert the_problem(mapping_with(complaint={"customer.reff": "Id"})).startswith(
        "complaint.customer.reff: unknown key; did you mean complaint.customer.ref"
    )


def test_an_unknown_source_key_is_named_with_the_nearest():
    assert the_problem(mapping_with(source={"groupby": "Id"})) == "source.groupby: unknown key; did you mean group_by?"


def test_an_unknown_key_of_a_column_is_named_with_the_nearest():
    assert the_problem(mapping_with(complaint={"occurred_on": {"column": "D", "formats": "%Y-%m-%d"}})) == (
        "complaint.occurred_on.formats: unknown key; did you mean format?"
    )


@pytest.mark.parametrize("name", ["received_at", "channel", "content_class"])
def test_what_every_complaint_needs_must_be_mapped(name):
    assert the_problem(mapping_with(without=(name,))).startswith(f"complaint.{name}: every complaint needs it")


def test_a_source_without_a_name_is_refused():
    assert the_problem({**PLAIN, "source": {}}).startswith("source.name: missing")


@pytest.mark.parametrize("wanted", ["%d.%m", "31.12.2020", "%Y-%Q", 7])
def test_a_format_that_is_no_whole_date_is_refused(wanted):
    assert "is not a whole date" in the_problem(mapping_with(complaint={"received_at": {"column": "R", "format": wanted}}))


def test_only_a_date_has_a_format():
    assert "only a date has a format" in the_problem(mapping_with(complaint={"description": {"column": "T", "format": "%Y-%m-%d"}}))


def test_an_unknown_code_in_a_map_is_named_with_the_nearest():
    spec = {"column": "P", "map": {"1": "major", "2": "importent"}}
    assert the_problem(mapping_with(case={"severity": spec})) == (
        "case.severity.map.\"2\": 'importent' is an unknown code; did you mean important?"
    )


@pytest.mark.parametrize("key", ["value", "default"])
def test_an_unknown_code_as_value_or_default_is_named(key):
    spec = {"value": "sms"} if key == "value" else {"column": "C", "default": "sms"}
    assert the_problem(mapping_with(complaint={"channel": spec})).startswith(f"complaint.channel.{key}: 'sms' is an unknown code")


@pytest.mark.parametrize("spec", [{}, {"column": "A", "value": "other"}])
def test_a_field_has_either_a_column_or_a_value(spec):
    assert "needs either a column or a value" in the_problem(mapping_with(complaint={"channel": spec}))


def test_an_amount_needs_its_currency():
    assert the_problem(mapping_with(case={"amount": "Paid"})).startswith("case.amount.currency: an amount needs its currency")


def test_only_an_amount_has_a_currency():
    assert (
        the_problem(mapping_with(case={"outcome": {"column": "O", "currency": "USD"}})) == "case.outcome.currency: only an amount has one."
    )


def test_the_earliest_of_what_is_no_date_is_refused():
    assert "needs a date" in the_problem(mapping_with(complaint={"description": {"column": "T", "pick": "earliest"}}))


def test_all_values_of_a_field_that_takes_one_is_refused():
    assert the_problem(mapping_with(complaint={"batch": "B", "product.batch": {"column": "B", "all": True}}, without=("batch",))) == (
        "complaint.product.batch.all: this field takes one value; use pick."
    )


def test_an_unknown_way_to_pick_is_refused():
    assert the_problem(mapping_with(complaint={"received_at": {"column": "R", "pick": "last"}})).startswith(
        "complaint.received_at.pick: 'last' is an unknown value"
    )


def test_an_unknown_way_to_repeat_is_refused():
    assert "did you mean reopen?" in the_problem(mapping_with(source={"repeated": "reopened"}))


def test_repeating_needs_something_to_go_by():
    assert the_problem(mapping_with(source={"repeated": "reopen"}, without=("external_ref",))).startswith("source.repeated: needs")


def test_a_customers_name_needs_a_reference():
    assert the_problem(mapping_with(complaint={"customer.name": "Name"})).startswith("complaint.customer.ref: a customer's name needs")


def test_coverage_that_ends_before_it_begins_is_refused():
    assert the_problem(mapping_with(source={"covers_from": "2020-02-01", "covers_to": "2020-01-31"})) == (
        "source.covers_to: lies before covers_from."
    )


def test_an_encoding_nobody_knows_is_refused():
    assert "is not an encoding" in the_problem(mapping_with(source={"encoding": "utf-99"}))


def test_all_mistakes_are_told_at_once():
    assert len(problems(mapping_with(source={"groupby": "Id"}, case={"amount": "Paid"}, without=("channel",)))) == 3


def test_a_file_that_is_no_toml_is_refused_with_the_line(tmp_path: Path):
    path = tmp_path / "m.toml"
    path.write_text("[source\nname = 'x'", encoding="utf-8")
    with pytest.raises(MappingError, match=r"m\.toml is not valid TOML: .*line 1"):
        load_mapping(path)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path):
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path / "none.toml")
