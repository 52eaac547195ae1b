"""What became of a complaint elsewhere: closings, codes, and what looks doubtful."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.importing.tests.tables import day, imported, mapping_with
from shared.contracts.vocabulary import Customer

CASE = mapping_with(
    case={
        "severity": {"column": "Priority", "map": {"1": "major"}, "default": "ordinary"},
        "closed_at": "Closed",
        "outcome": {"column": "Result", "map": {"Paid": "satisfied", "Other": ""}},
    }
)


@pytest.mark.parametrize(
    ("closed_at", "result", "expected"),
    [
        ("2020-03-09", "Paid", (True, day("2020-03-09"), "satisfied")),
        ("-", "Paid", (True, None, "satisfied")),
        ("2020-03-09", "-", (True, day("2020-03-09"), None)),
        ("-", "-", (False, None, None)),
    ],
)
def test_a_date_or_an_outcome_closes(tmp_path: Path, closed_at, result, expected):
    only = imported(tmp_path, f"Ref|Received|Priority|Closed|Result\n1|2020-03-01|1|{closed_at}|{result}", CASE).only
    (round,) = only.history.rounds
    assert (round.closed, round.closed_at, round.outcome) == expected
    assert only.data_flags == ()


def test_a_default_stands_for_what_the_map_does_not_know(tmp_path: Path):
    rows = "\n".join(f"{n}|2020-03-01|{priority}|-|-" for n, priority in enumerate(("1", "7", "-")))
    outcome = imported(tmp_path, f"Ref|Received|Priority|Closed|Result\n{rows}", CASE)
    assert [one.history.rounds[0].severity for one in outcome.complaints] == ["major", "ordinary", "ordinary"]
    assert not any(one.doubts for one in outcome.complaints)


def test_an_unknown_code_is_unknown_flagged_and_named(tmp_path: Path):
    only = imported(tmp_path, "Ref|Received|Priority|Closed|Result\n1|2020-03-01|1|-|Lost", CASE).only
    assert (only.history.rounds[0].outcome, only.history.rounds[0].closed, only.data_flags) == (None, False, ("unknown_code",))
    assert only.doubts[0].detail == "Result: 'Lost' is not a known code for case.outcome"


def test_an_empty_target_is_known_to_say_nothing(tmp_path: Path):
    only = imported(tmp_path, "Ref|Received|Priority|Closed|Result\n1|2020-03-01|1|-|Other", CASE).only
    assert (only.history.rounds[0].outcome, only.data_flags) == (None, ())


def test_an_unknown_channel_is_other_and_flagged(tmp_path: Path):
    only = imported(tmp_path, "Ref|Received|By\n1|2020-03-01|pigeon", mapping_with(complaint={"channel": "By"})).only
    assert (only.channel, only.data_flags) == ("other", ("unknown_code",))


@pytest.mark.parametrize(
    ("received", "closed", "flags"),
    [
        ("2020-03-02", "2020-03-01", ("closed_before_received",)),
        ("2020-03-02", "2020-03-02", ()),
        ("2020-03-02 10:00", "2020-03-02", ()),
        ("2020-03-02 10:00", "2020-03-02 09:00", ("closed_before_received",)),
        ("2020-03-02", "2031-01-01", ("closed_in_future",)),
    ],
)
def test_impossible_closings_are_taken_in_and_flagged(tmp_path: Path, received, closed, flags):
    only = imported(tmp_path, f"Ref|Received|Priority|Closed|Result\n1|{received}|1|{closed}|-", CASE).only
    assert (only.history.rounds[0].closed, only.data_flags) == (True, flags)


def test_an_incident_after_its_complaint_is_flagged(tmp_path: Path):
    content = mapping_with(complaint={"occurred_on": "Incident"})
    outcome = imported(tmp_path, "Ref|Received|Incident\n1|2020-03-01|2020-03-02\n2|2020-03-01|2020-03-01 23:00", content)
    assert [one.data_flags for one in outcome.complaints] == [("occurred_after_received",), ()]


def test_a_customer_that_has_only_a_name_keeps_it_and_is_flagged(tmp_path: Path):
    content = mapping_with(complaint={"customer.ref": "Id", "customer.name": "Name"})
    only = imported(tmp_path, "Ref|Received|Id|Name\n1|2020-03-01|-|Comcast", content).only
    assert (only.customer, only.data_flags) == (Customer(name="Comcast"), ("customer_without_ref",))
