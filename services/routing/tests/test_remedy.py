"""Rules from offer to verification."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.routing.commands import RecordAnswer
from services.routing.hearing import HearAnswer
from services.routing.tests.road import (
    DESK_ROAD,
    TODAY,
    accept,
    answered,
    assess,
    assessed,
    carried_out,
    carry_out,
    closed,
    given,
    met,
    offer,
    offered_round,
    opened,
    refuse,
    reopened,
    to_assess,
    verify,
)
from shared.contracts.routing import CaseAssessed, RemedyAnswered, RemedyCarriedOut, RemedyOffered, RemedyVerified, WorkItemDone
from shared.testing import happened


def test_there_is_no_offer_before_the_assessment():
    given(opened).when(offer()).refused("not-assessed")


def test_a_major_case_gets_no_offer_before_a_meeting():
    given(opened, assessed("major", "quality_assurance")).when(offer()).refused("meeting-first")


def test_after_the_meeting_it_does():
    given(opened, assessed("major", "quality_assurance"), met).when(offer("repair")).then(
        happened(RemedyOffered, round=1, kinds=("repair",))
    )


def test_an_ordinary_case_needs_no_meeting():
    given(opened, assessed()).when(offer()).then(happened(RemedyOffered, round=1))


def test_one_offer_at_a_time():
    given(opened, assessed(), offered_round()).when(offer()).refused("answer-pending")


def test_a_refused_round_is_followed_by_the_next_until_the_customer_accepts():
    given(opened, assessed(), offered_round()).when(refuse).then(happened(RemedyAnswered, accepted=False, by="staff")).when(offer()).then(
        happened(RemedyOffered, round=2)
    ).when(RecordAnswer(2, True, "phone")).then(happened(RemedyAnswered, round=2, accepted=True)).when(offer()).refused("already-accepted")


def test_only_an_open_round_is_answered():
    given(opened, assessed()).when(accept).refused("not-offered")
    given(opened, assessed(), offered_round()).when(replace(accept, round=2)).refused("not-offered")


def test_a_round_is_answered_once():
    given(opened, assessed(), offered_round(), answered(False)).when(accept).refused("already-decided")


def test_a_round_from_before_a_reopening_is_no_longer_open():
    given(opened, assessed(), offered_round(), closed("withdrawn"), reopened).when(accept).refused("not-offered")


def test_the_complainants_own_answer_counts():
    given(opened, assessed(), offered_round()).when(HearAnswer(1, True)).then(
        happened(RemedyAnswered, accepted=True, by="complainant", medium="tracking")
    )


@pytest.mark.parametrize("then", [answered(True), answered(False), closed("withdrawn")])
def test_the_first_answer_of_two_wins(then):
    given(opened, assessed(), offered_round(), then).when(HearAnswer(1, True)).nothing()


def test_only_an_accepted_remedy_is_carried_out():
    given(opened, assessed(), offered_round()).when(carry_out).refused("not-accepted")
    given(opened, assessed(), offered_round(), answered(False)).when(carry_out).refused("not-accepted")
    given(opened, assessed(), offered_round(), answered(True)).when(carry_out).then(happened(RemedyCarriedOut, round=1, on=TODAY))


def test_a_remedy_is_carried_out_once():
    given(*DESK_ROAD[:-1]).when(carry_out).refused("already-carried-out")


def test_nothing_is_carried_out_or_verified_in_the_future():
    soon = TODAY + timedelta(days=2)
    given(*DESK_ROAD[:-2]).when(replace(carry_out, on=soon)).invalid("/on")
    given(*DESK_ROAD[:-1]).when(replace(verify, on=soon)).invalid("/on")


def test_a_remedy_is_verified_once_it_is_carried_out():
    given(*DESK_ROAD[:-2]).when(verify).refused("not-carried-out")
    given(*DESK_ROAD[:-1]).when(verify).then(happened(RemedyVerified, round=1)).when(verify).refused("already-verified")


def test_verification_ends_the_work_on_the_remedy():
    decided = given(opened, to_assess).when(assess()).events
    remedy = next(e for e in decided if getattr(e, "task", None) == "remedy")
    assert isinstance(decided[0], CaseAssessed)
    given(opened, to_assess, *decided, offered_round(), answered(True), carried_out()).when(verify).then(
        happened(RemedyVerified), happened(WorkItemDone, item_id=remedy.item_id)
    )
