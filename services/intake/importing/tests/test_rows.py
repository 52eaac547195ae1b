"""A row becomes a complaint: its fields, and by what it is known when it comes again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from services.intake.importing.tests.tables import day, imported, mapping_with, read
from shared.contracts.vocabulary import Complainant, Customer, Product


def test_a_row_is_a_complaint_in_the_organisations_zone(tmp_path: Path):
    only = imported(tmp_path, "Ref|Received\nA-1|2020-03-01").only
    assert (only.external_ref, only.received_at, only.channel, only.content_class) == ("A-1", day("2020-03-01"), "other", "service_quality")
    assert only.history.source == "test"
    (first,) = only.history.rounds
    assert (first.received_at, first.closed, first.closed_at, first.outcome, first.amount) == (day("2020-03-01"), False, None, None, None)


def test_values_are_trimmed_and_ignored_ones_unknown(tmp_path: Path):
    content = mapping_with(complaint={"customer.ref": "Customer", "product.code": "Product", "description": "Text"})
    only = imported(tmp_path, "Ref|Received|Customer|Product|Text\n A-1 | 2020-03-01 |  Delta Air | - |NA", content).only
    assert (only.external_ref, only.customer, only.product, only.description) == ("A-1", Customer(ref="Delta Air"), None, None)


def test_every_field_of_a_complaint_can_be_mapped(tmp_path: Path):
    names = ("name", "phone", "email", "address", "anonymous", "represents")
    parts = ("code", "name", "batch", "serial", "quantity_affected", "quantity_returned", "purchased_on", "purchased_at")
    content = mapping_with(
        complaint={
            **{f"complainant.{name}": name for name in names},
            **{f"product.{part}": f"p_{part}" for part in parts},
            "product.damaged_parts": {"column": "parts", "all": True, "split": "+"},
            "remedy_sought": "wish",
            "perceived_seriousness": "serious",
            "occurred_on": "when",
            "description": "text",
        },
        callback={"satisfied_with_handling": "handling", "satisfied_with_remedy": "remedy"},
    )
    header = (
        "Ref|Received|" + "|".join(names) + "|" + "|".join(f"p_{part}" for part in parts) + "|parts|wish|serious|when|text|handling|remedy"
    )
    row = (
        "1|2020-03-01|Li|123|a@b|Road 1|no|Wang|P-20|Pump|B1|S1|1200|0|2019-12-31|Shop|seal+valve|repair|high|2020-02-29|It leaks|very|not"
    )
    only = imported(tmp_path, f"{header}\n{row}", content).only
    assert only.complainant == Complainant(name="Li", phone="123", email="a@b", address="Road 1", anonymous=False, represents="Wang")
    assert only.product == Product(
        code="P-20",
        name="Pump",
        batch="B1",
        serial="S1",
        quantity_affected=1200,
        quantity_returned=0,
        damaged_parts=("seal", "valve"),
        purchased_on=date(2019, 12, 31),
        purchased_at="Shop",
    )
    assert (only.remedy_sought, only.perceived_seriousness, only.description) == ("repair", "high", "It leaks")
    assert only.occurred_on == date(2020, 2, 29)
    assert (only.history.satisfied_with_handling, only.history.satisfied_with_remedy) == ("very", "not")
    assert only.data_flags == ()


@pytest.mark.parametrize(
    ("wanted", "text", "moment"),
    [
        ("%m/%d/%Y", "03/01/2020", day("2020-03-01")),
        (["%Y-%m-%d", "%Y-%m-%d %H:%M"], "2020-03-01 08:30", datetime(2020, 3, 1, 0, 30, tzinfo=UTC)),
        (None, "2020-03-01T08:30:00+01:00", datetime(2020, 3, 1, 7, 30, tzinfo=UTC)),
        ("%Y-%m-%d %H:%M %z", "2020-03-01 08:30 -0500", datetime(2020, 3, 1, 13, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_read_by_their_format_and_a_zone_of_their_own_counts(tmp_path: Path, wanted, text, moment):
    spec = {"column": "Received", **({"format": wanted} if wanted else {})}
    assert imported(tmp_path, f"Ref|Received\n1|{text}", mapping_with(complaint={"received_at": spec})).only.received_at == moment


def test_a_real_date_of_a_workbook_needs_no_format(tmp_path: Path):
    book = Workbook()
    book.active.append(["Ref", "Received"])
    book.active.append([7, datetime.fromisoformat("2020-03-01")])
    book.save(tmp_path / "t.xlsx")
    spec = {"column": "Received", "format": "%d.%m.%Y"}
    (only,) = read(tmp_path / "t.xlsx", mapping_with(complaint={"received_at": spec})).complaints
    assert (only.external_ref, only.received_at) == ("7", day("2020-03-01"))


def test_it_is_source_and_reference_whatever_else_the_row_says(tmp_path: Path):
    one = imported(tmp_path, "Ref|Received\n1|2020-03-01").only
    other = imported(tmp_path, "Received|Ref|More\n2020-04-01|1|x").only
    assert one.id == other.id
    assert one.history.fingerprint != other.history.fingerprint


def test_another_source_has_other_complaints(tmp_path: Path):
    one = imported(tmp_path, "Ref|Received\n1|2020-03-01").only
    assert one.id != imported(tmp_path, "Ref|Received\n1|2020-03-01", mapping_with(source={"name": "elsewhere"})).only.id


def test_the_same_row_says_the_same(tmp_path: Path):
    one, other = (imported(tmp_path, "Ref|Received\n1|2020-03-01 ").only for _ in range(2))
    assert one == other


def test_without_a_reference_it_is_the_row_and_its_occurrence(tmp_path: Path):
    content = mapping_with(without=("external_ref",))
    outcome = imported(tmp_path, "Received|Who\n2020-03-01|a\n2020-03-01|b\n2020-03-01| a\n2020-03-01|a", content)
    assert len({one.id for one in outcome.complaints}) == 4
    assert [one.data_flags for one in outcome.complaints] == [(), (), ("same_row_twice",), ("same_row_twice",)]
    again = imported(tmp_path, "Received|Who\n2020-03-01|b\n2020-03-01|a\n2020-03-01|a\n2020-03-01|a", content)
    assert {one.id for one in again.complaints} == {one.id for one in outcome.complaints}


def test_a_row_whose_reference_is_blank_is_known_by_what_it_says(tmp_path: Path):
    outcome = imported(tmp_path, "Ref|Received|Who\n-|2020-03-01|a\n-|2020-03-01|b")
    assert len({one.id for one in outcome.complaints}) == 2
    assert [one.external_ref for one in outcome.complaints] == [None, None]


def test_a_group_without_a_reference_is_known_by_its_key(tmp_path: Path):
    content = mapping_with(source={"group_by": "Ref"}, without=("external_ref",))
    assert imported(tmp_path, "Ref|Received\n1|2020-03-01", content).only.id == imported(tmp_path, "Ref|Received\n1|2020-03-01").only.id
