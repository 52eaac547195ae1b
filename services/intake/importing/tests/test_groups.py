"""Rows of one key become one complaint, or one complaint received again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from services.intake.importing.tests.tables import day, imported, mapping_with
from shared.contracts.vocabulary import Customer, Money

GROUPED = mapping_with(
    source={"group_by": "Ref"},
    complaint={
        "received_at": {"column": "Received", "pick": "earliest"},
        "issue_codes": {"column": "Issue", "all": True, "split": "; "},
    },
)
REOPENED = mapping_with(
    source={"repeated": "reopen"},
    case={"outcome": {"column": "Result", "map": {"Paid": "satisfied"}}, "amount": {"column": "Paid", "currency": "USD"}},
    complaint={"customer.ref": "Airline", "customer.name": "Name"},
)


def test_rows_of_one_key_are_one_complaint_wherever_they_stand(tmp_path: Path):
    outcome = imported(tmp_path, "Ref|Received|Issue\n1|2020-03-02|leak\n2|2020-03-05|noise\n1|2020-03-01|crack", GROUPED)
    assert [(one.external_ref, one.lines, one.issue_codes) for one in outcome.complaints] == [
        ("2", (3,), ("noise",)),
        ("1", (2, 4), ("leak", "crack")),
    ]
    assert outcome.complaints[1].received_at == day("2020-03-01")
    assert not outcome.complaints[1].doubts


@pytest.mark.parametrize(("pick", "expected"), [("earliest", "2020-03-01"), ("latest", "2020-03-09"), ("first", "2020-03-05")])
def test_one_of_several_dates_is_picked_as_told(tmp_path: Path, pick, expected):
    content = mapping_with(source={"group_by": "Ref"}, complaint={"received_at": {"column": "Received", "pick": pick}})
    only = imported(tmp_path, "Ref|Received\n1|-\n1|2020-03-05\n1|2020-03-01\n1|2020-03-09", content).only
    assert (only.received_at, only.data_flags) == (day(expected), ())


def test_several_values_where_one_is_wanted_are_a_doubt_and_the_first_counts(tmp_path: Path):
    content = mapping_with(source={"group_by": "Ref"}, complaint={"customer.ref": "Customer"})
    only = imported(tmp_path, "Ref|Received|Customer\n1|2020-03-01|-\n1|2020-03-01|C-2\n1|2020-03-01|C-1\n1|2020-03-01|C-2", content).only
    assert only.customer == Customer(ref="C-2")
    assert [(doubt.line, doubt.flag, doubt.detail) for doubt in only.doubts if doubt.flag == "several_values"] == [
        (2, "several_values", "Customer: 2 different values, the first was taken")
    ]


def test_a_name_belongs_to_the_reference_that_was_chosen(tmp_path: Path):
    content = mapping_with(source={"group_by": "Ref"}, complaint={"customer.ref": "Id", "customer.name": "Name"})
    only = imported(tmp_path, "Ref|Received|Id|Name\n1|2020-03-01|7|\n1|2020-03-01|8|Comcast", content).only
    assert only.customer == Customer(ref="7")


def test_all_distinct_values_are_taken_and_the_first_is_the_main_one(tmp_path: Path):
    only = imported(tmp_path, "Ref|Received|Issue\n1|2020-03-01|Cameras; Cameras\n1|2020-03-01|-; Clothing ; Cameras", GROUPED).only
    assert only.issue_codes == ("Cameras", "Clothing")
    assert only.data_flags == ()


def test_the_same_row_twice_is_a_doubt(tmp_path: Path):
    only = imported(tmp_path, "Ref|Received|Issue\n1|2020-03-01|leak\n1|2020-03-01|crack\n1| 2020-03-01|leak", GROUPED).only
    assert [(doubt.line, doubt.flag, doubt.detail) for doubt in only.doubts] == [(4, "same_row_twice", "the same as line 2")]


def test_rows_with_a_blank_key_stand_alone(tmp_path: Path):
    outcome = imported(tmp_path, "Ref|Received|Issue\n-|2020-03-01|leak\n-|2020-03-01|crack", GROUPED)
    assert [one.issue_codes for one in outcome.complaints] == [("leak",), ("crack",)]


def test_a_bad_row_of_a_group_is_refused_and_the_others_are_the_complaint(tmp_path: Path):
    outcome = imported(tmp_path, "Ref|Received|Issue\n1|2020-03-01|leak\n1|yesterday|crack", GROUPED)
    assert [one.lines for one in outcome.complaints] == [(2,)]
    assert [row.line for row in outcome.refused] == [3]


def test_without_grouping_a_row_that_repeats_a_reference_is_the_same_complaint_told_again(tmp_path: Path):
    outcome = imported(tmp_path, "Ref|Received\n1|2020-03-01\n1|2020-03-01\n1|2020-03-02")
    first, same, changed = outcome.complaints
    assert first.id == same.id == changed.id
    assert first.history.fingerprint == same.history.fingerprint != changed.history.fingerprint
    assert (first.data_flags, same.data_flags, changed.data_flags) == (("same_row_twice",), (), ())


def test_a_group_is_closed_when_any_of_its_rows_says_so(tmp_path: Path):
    content = mapping_with(source={"group_by": "Ref"}, case={"closed": {"column": "State", "map": {"Closed": True, "New": False}}})
    only = imported(tmp_path, "Ref|Received|State\n1|2020-03-01|New\n1|2020-03-01|Closed", content).only
    assert (only.history.rounds[0].closed, only.data_flags) == (True, ())


def test_a_row_of_a_later_date_is_a_new_round_and_its_values_replace_the_earlier(tmp_path: Path):
    text = "Ref|Received|Result|Paid|Airline|Name\n1|2014-04-18|Paid|20|D|Delta\n1|2013-04-23|-|-|A|Alpha"
    only = imported(tmp_path, text, REOPENED).only
    first, second = only.history.rounds
    assert (first.received_at, first.closed, first.outcome, first.amount) == (day("2013-04-23"), False, None, None)
    assert (second.received_at, second.closed, second.outcome) == (day("2014-04-18"), True, "satisfied")
    assert second.amount == Money(amount=Decimal(20), currency="USD")
    assert (only.received_at, only.customer) == (day("2013-04-23"), Customer(ref="D", name="Delta"))
    assert only.data_flags == ()


def test_what_a_later_round_does_not_say_stays(tmp_path: Path):
    text = "Ref|Received|Result|Paid|Airline|Name\n1|2013-04-23|-|-|A|Alpha\n1|2014-04-18|-|-|-|-"
    assert imported(tmp_path, text, REOPENED).only.customer == Customer(ref="A", name="Alpha")


def test_the_name_of_another_reference_does_not_stay(tmp_path: Path):
    text = "Ref|Received|Result|Paid|Airline|Name\n1|2013-04-23|-|-|A|Alpha\n1|2014-04-18|-|-|B|-"
    assert imported(tmp_path, text, REOPENED).only.customer == Customer(ref="B")


def test_rows_of_the_same_date_are_one_round(tmp_path: Path):
    text = "Ref|Received|Result|Paid|Airline|Name\n1|2013-04-23|-|-|A|Alpha\n1|2013-04-23|Paid|-|A|Alpha"
    only = imported(tmp_path, text, REOPENED).only
    assert [round.outcome for round in only.history.rounds] == ["satisfied"]
