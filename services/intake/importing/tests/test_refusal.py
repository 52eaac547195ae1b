"""A row that cannot be taken in is refused with its line and the reason; the others are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.importing.mapping import MappingError
from services.intake.importing.reading import UnreadableTable
from services.intake.importing.tests.tables import PLAIN, imported, mapping_with, read


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1|01.03.2020|5|1", "Received (complaint.received_at): '01.03.2020' is not a date of the form YYYY-MM-DD"),
        ("1|2020-02-30|5|1", "Received (complaint.received_at): '2020-02-30' is not a date of the form YYYY-MM-DD"),
        (
            "1|0020-03-01|5|1",
            "Received (complaint.received_at): '0020-03-01' lies in the year 20; if it stands for an unknown date, name it in ignore_values",
        ),
        ("1\0|2020-03-01|5|1", "Ref (complaint.external_ref): the text holds a zero character, which no database takes"),
        ("1|-|5|1", "received_at is unknown; without it the complaint belongs to no month"),
        ("1|2031-01-01|5|1", "received_at 2031-01-01 lies in the future"),
        ("1|2020-03-01|-5|1", "Paid (case.amount): '-5' is not an amount of money"),
        ("1|2020-03-01|much|1", "Paid (case.amount): 'much' is not an amount"),
        ("1|2020-03-01|5|1.5", "Pieces (complaint.product.quantity_affected): '1.5' is not a whole number"),
        ("1|2020-03-01|5", "the row has 3 values, the header names 4"),
        ("1|2020-03-01|5|1|x", "the row has 5 values, the header names 4"),
        ("1" * 101 + "|2020-03-01|5|1", "Ref (complaint.external_ref): the text has 101 characters; at most 100 are taken"),
    ],
)
def test_a_row_that_cannot_be_taken_in_is_refused_with_its_line_and_reason(tmp_path: Path, row, reason):
    content = mapping_with(complaint={"product.quantity_affected": "Pieces"}, case={"amount": {"column": "Paid", "currency": "CNY"}})
    outcome = imported(tmp_path, f"Ref|Received|Paid|Pieces\n0|2020-03-01|5|1\n{row}", content)
    assert [(one.external_ref, one.lines) for one in outcome.complaints] == [("0", (2,))]
    assert [(refused.line, refused.reason) for refused in outcome.refused] == [(3, reason)]


def test_a_date_that_stands_for_none_is_to_be_ignored(tmp_path: Path):
    content = mapping_with(case={"closed_at": "Closed"})
    outcome = imported(tmp_path, "Ref|Received|Closed\n1|2020-03-01|9999-12-31", content)
    assert outcome.refused[0].reason.endswith("if it stands for an unknown date, name it in ignore_values")
    content["source"]["ignore_values"].append("9999-12-31")
    assert not imported(tmp_path, "Ref|Received|Closed\n1|2020-03-01|9999-12-31", content).only.history.rounds[0].closed


def test_cells_beyond_the_header_are_fine_while_empty(tmp_path: Path):
    assert imported(tmp_path, "Ref|Received\n1|2020-03-01||").only.external_ref == "1"


def test_a_content_class_that_is_unknown_is_refused(tmp_path: Path):
    content = mapping_with(complaint={"content_class": {"column": "Kind", "map": {"p": "product_quality"}}})
    outcome = imported(tmp_path, "Ref|Received|Kind\n1|2020-03-01|p\n2|2020-03-01|x", content)
    assert [refused.reason for refused in outcome.refused] == ["content_class is unknown; give the mapping a default for it"]


def test_amounts_are_read_as_people_write_them(tmp_path: Path):
    content = mapping_with(case={"amount": {"column": "Paid", "currency": "USD"}})
    path = tmp_path / "t.csv"
    path.write_text('Ref,Received,Paid\n1,2020-03-01,"$1,234.5"\n', encoding="utf-8")
    (only,) = read(path, content).complaints
    assert str(only.history.rounds[0].amount.amount) == "1234.50"


def test_a_missing_column_ends_the_import_before_it_begins(tmp_path: Path):
    with pytest.raises(UnreadableTable, match="has no column 'Received'"):
        imported(tmp_path, "Ref|Receive\n1|2020-03-01", PLAIN)


def test_a_value_in_the_mapping_that_cannot_be_is_named_by_its_key(tmp_path: Path):
    content = mapping_with(complaint={"received_at": {"column": "Received", "default": "someday"}})
    with pytest.raises(MappingError, match=r"complaint\.received_at\.default: 'someday' is not a date"):
        imported(tmp_path, "Ref|Received\n1|2020-03-01", content)


def test_more_values_than_a_complaint_takes_are_refused(tmp_path: Path):
    content = mapping_with(complaint={"issue_codes": {"column": "Issue", "all": True, "split": "+"}})
    outcome = imported(tmp_path, f"Ref|Received|Issue\n1|2020-03-01|{'+'.join(map(str, range(501)))}", content)
    assert [refused.reason for refused in outcome.refused] == ["complaint.issue_codes has more than 500 different values"]
