"""The rules of the directory of customers (IN-3)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.intake.customer import CUSTOMER, ChangeCustomer, Entry, MergeCustomer, RegisterCustomer, customer_id
from shared.contracts.intake import CustomerChanged, CustomerRegistered, CustomersMerged
from shared.contracts.vocabulary import Money
from shared.testing import happened, scenario

ID = customer_id("C-1")
given = scenario(CUSTOMER, ID)
SALES = Money(amount=Decimal("1200000"), currency="CNY")
registered = CustomerRegistered(customer_id=ID, ref="C-1", name="Harbour Foods", rank="2", annual_sales=SALES)
merge = MergeCustomer("C-2", known=True, into_merged_into=None, reason="The same firm.")


def test_a_customer_is_registered_once():
    entry = Entry("C-1", "Harbour Foods", annual_sales=SALES)
    given().when(RegisterCustomer(entry)).then(happened(CustomerRegistered, ref="C-1", annual_sales=SALES, status="active"))
    given(registered).when(RegisterCustomer(entry)).refused("already-registered")


def test_a_change_tells_the_whole_entry_as_it_is_now():
    given(registered).when(ChangeCustomer({"status": "lost", "rank": None})).then(
        happened(CustomerChanged, ref="C-1", name="Harbour Foods", annual_sales=SALES, rank=None, status="lost")
    )


def test_what_changes_nothing_is_no_event():
    given(registered).when(ChangeCustomer({"name": "Harbour Foods"})).nothing()


def test_two_entries_become_one():
    merged = given(registered).when(merge).then(happened(CustomersMerged, ref="C-1", into="C-2"))
    merged.when(merge).refused("already-merged")
    merged.when(ChangeCustomer({"name": "Other"})).refused("already-merged")


@pytest.mark.parametrize(
    "into", [MergeCustomer("C-9", False, None, "?"), MergeCustomer("C-1", True, None, "?"), MergeCustomer("C-2", True, "C-3", "?")]
)
def test_the_survivor_is_another_entry_that_went_into_none(into):
    given(registered).when(into).invalid("/into")


@pytest.mark.parametrize("command", [ChangeCustomer({"name": "Other"}), merge])
def test_there_is_nothing_to_change_that_is_not_there(command):
    given().when(command).not_found()
