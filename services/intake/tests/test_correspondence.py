"""The rules of what is said after the receipt: information, messages, withdrawal, merging, confirmation (IN-6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.intake.complaint import COMPLAINT
from services.intake.correspondence import AddInformation, ConfirmSettlement, PostMessage
from services.intake.ending import MergeInto, Withdraw
from shared.contracts.intake import (
    ComplaintMerged,
    ComplaintReceived,
    ComplaintWithdrawn,
    InformationAdded,
    MessagePosted,
    SettlementConfirmed,
)
from shared.contracts.vocabulary import ComplaintId, Product
from shared.testing import NOON, happened, scenario

ID, OTHER = ComplaintId(UUID(int=1)), ComplaintId(UUID(int=2))
given = scenario(COMPLAINT, ID)
received = ComplaintReceived(complaint_id=ID, number="C-2026-000001", channel="phone", content_class="product_quality", received_at=NOON)
withdraw = Withdraw("complainant", None, closed=False)


def merge(**changed: Any) -> MergeInto:
    return replace(MergeInto(OTHER, "C-2026-000002", other_merged_into=None, reason="Same.", closed=False), **changed)


def test_facts_are_added():
    given(received).when(AddInformation("It smokes.", Product(batch="B1"))).then(
        happened(InformationAdded, text="It smokes.", product=Product(batch="B1"), issue_codes=())
    )


def test_an_addition_says_all_that_is_known_of_the_product_by_now():
    """So that routing can tighten inspection of a batch that becomes known later (RT-5)."""
    known = received.model_copy(update={"product": Product(code="P-20", batch="B1", damaged_parts=("seal",))})
    now = Product(code="P-20", batch="B2", damaged_parts=("seal",))
    after = (
        given(known)
        .when(AddInformation(product=Product(batch="B2")))
        .then(happened(InformationAdded, product=Product(batch="B2"), known_product=now, content_class="product_quality"))
    )
    more = after.when(AddInformation(product=Product(serial="S-7")))
    more.then(happened(InformationAdded, known_product=now.model_copy(update={"serial": "S-7"})))
    given(received).when(AddInformation(product=Product(batch="B2"))).then(happened(InformationAdded, known_product=Product(batch="B2")))
    given(known).when(AddInformation("It smokes.")).then(happened(InformationAdded, known_product=None))


def test_an_addition_adds_something():
    given(received).when(AddInformation()).invalid("")


@pytest.mark.parametrize(("by", "visible", "shown"), [("staff", False, False), ("staff", True, True), ("complainant", False, True)])
def test_messages_are_internal_or_visible_and_the_complainants_own_always_are(by, visible, shown):
    given(received).when(PostMessage(uuid4(), by, "When?", visible, "delivery")).then(
        happened(MessagePosted, by=by, visible=shown, topic="delivery")
    )


def test_a_complaint_is_taken_back_once():
    given(received).when(withdraw).then(happened(ComplaintWithdrawn, by="complainant")).when(withdraw).refused("case-closed")


def test_a_closed_case_is_not_taken_back():
    given(received).when(Withdraw("staff", "No need.", closed=True)).refused("case-closed")


def test_a_duplicate_goes_on_under_the_other_number():
    merged = given(received).when(merge()).then(happened(ComplaintMerged, number="C-2026-000001", into=OTHER, into_number="C-2026-000002"))
    merged.when(merge()).refused("case-closed")
    merged.when(withdraw).refused("case-closed")


@pytest.mark.parametrize("changed", [{"other": None}, {"other": ID}, {"other_merged_into": "C-2026-000003"}])
def test_a_duplicate_is_of_another_complaint_that_is_none_itself(changed):
    given(received).when(merge(**changed)).invalid("/number")


def test_the_complainant_says_whether_it_is_settled():
    given(received).when(ConfirmSettlement(satisfied=False)).then(happened(SettlementConfirmed, satisfied=False))


@pytest.mark.parametrize(
    "command", [AddInformation("x"), withdraw, merge(), ConfirmSettlement(True), PostMessage(uuid4(), "staff", "x", True)]
)
def test_nothing_is_said_about_a_complaint_that_is_not_there(command):
    given().when(command).not_found()
