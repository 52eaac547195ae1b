"""Staff promise no amounts: a remedy above their authority waits for an approver, who is somebody else (IN-10)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from services.routing.commands import Close, DecideOnOffer, RecordAnswer
from services.routing.hearing import HearAnswer
from services.routing.tests.road import (
    CASE_ID,
    assessed,
    carry_out,
    close,
    closed,
    given,
    offer,
    offered_round,
    opened,
    reopened,
    tell,
)
from shared.contracts.routing import (
    CaseClosed,
    RemedyAnswered,
    RemedyApproved,
    RemedyCarriedOut,
    RemedyDeclined,
    RemedyOffered,
    RemedyProposed,
    WorkItemDone,
    WorkItemOffered,
)
from shared.contracts.vocabulary import Actor, Money
from shared.testing import ANNA, happened

LIN = Actor(person="lin", name="Lin", role="approver")
ALSO_ANNA = Actor(person="anna", name="Anna as approver", role="approver")
YES = DecideOnOffer(1, True, "Fair.")
NO = DecideOnOffer(1, False, "Too much.")

proposed = RemedyProposed(complaint_id=CASE_ID, round=1, kinds=("refund",), text="We pay half.", commitment="a week")
approved = RemedyApproved(complaint_id=CASE_ID, round=1, reason="Fair.")
declined = RemedyDeclined(complaint_id=CASE_ID, round=1, reason="Too much.")
WAITING = (opened, assessed(), proposed)


@pytest.mark.parametrize("currency", ["CNY", "USD"])
def test_an_offer_above_the_authority_waits_for_the_leading_group(currency):
    dear = replace(offer("refund"), amount=Money(amount=Decimal("0.01"), currency=currency))
    waiting = (
        given(opened, assessed())
        .when(dear)
        .then(happened(RemedyProposed, round=1, amount=dear.amount), happened(WorkItemOffered, department="leading_group", task="approve"))
    )
    assert waiting.state.state == "assessed"


def test_what_costs_nothing_is_offered_as_is():
    free = Money(amount=Decimal(0), currency="USD")
    given(opened, assessed()).when(replace(offer("refund"), amount=free)).then(happened(RemedyOffered, amount=free))


def test_what_is_approved_is_with_the_customer():
    item = WorkItemOffered(complaint_id=CASE_ID, item_id=CASE_ID, department="leading_group", task="approve")
    after = given(*WAITING, item).when(YES, by=LIN).then(happened(RemedyApproved, round=1), happened(WorkItemDone, item_id=CASE_ID))
    assert after.state.state == "offered"
    accepted = after.when(RecordAnswer(1, True, "phone")).then(happened(RemedyAnswered, accepted=True))
    accepted.when(carry_out).then(happened(RemedyCarriedOut, round=1))


def test_what_is_declined_is_followed_by_the_next_round():
    after = given(*WAITING).when(NO, by=LIN).then(happened(RemedyDeclined, round=1))
    assert after.state.state == "assessed"
    after.when(offer()).then(happened(RemedyOffered, round=2))


@pytest.mark.parametrize("who", [ANNA, ALSO_ANNA])
def test_who_proposed_it_does_not_approve_it(who):
    given(*WAITING).when(YES, by=who).refused("second-person")


def test_a_round_is_decided_on_once():
    given(*WAITING, approved).when(NO, by=LIN).refused("already-decided")
    given(*WAITING, declined).when(YES, by=LIN).refused("already-decided")
    given(opened, assessed(), offered_round()).when(YES, by=LIN).refused("already-decided")


def test_there_must_be_a_round_to_decide_on():
    given(opened, assessed()).when(YES, by=LIN).refused("not-offered")
    given(*WAITING, closed("withdrawn"), reopened).when(YES, by=LIN).refused("not-offered")
    given(*WAITING, closed("withdrawn")).when(YES, by=LIN).refused("case-closed")


def test_the_customer_knows_nothing_of_a_round_that_waits_or_was_declined():
    for happened_so_far in (WAITING, (*WAITING, declined)):
        given(*happened_so_far).when(RecordAnswer(1, True, "phone")).refused("not-offered")
        given(*happened_so_far).when(HearAnswer(1, True)).nothing()
        given(*happened_so_far).when(carry_out).refused("not-accepted")
        given(*happened_so_far).when(close).refused("not-accepted")
        given(*happened_so_far).when(tell).refused("not-offered")


def test_nothing_else_is_offered_meanwhile():
    given(*WAITING).when(offer()).refused("approval-pending")
    given(*WAITING, approved).when(offer()).refused("answer-pending")


def test_the_complainant_answers_an_approved_round():
    given(*WAITING, approved).when(HearAnswer(1, True)).then(happened(RemedyAnswered, accepted=True, by="complainant"))


def test_who_proposed_a_remedy_has_handled_the_case():
    given(*WAITING).when(Close("withdrawn", "Enough."), by=LIN).then(happened(CaseClosed, handlers=("anna", "lin")))
