"""The rules of a cause review."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from services.capa.cause_review import CAUSE_REVIEW, Cause, DecideReview, OpenReview, own_capa_id, review_id
from shared.contracts.capa import CauseReviewDecided, CauseReviewOpened
from shared.contracts.vocabulary import ComplaintId
from shared.testing import happened, scenario

COMPLAINT = ComplaintId(UUID("11111111-1111-4111-8111-111111111111"))
OTHER_CAPA = UUID("22222222-2222-4222-8222-222222222222")

given = scenario(CAUSE_REVIEW, review_id(COMPLAINT))
opened = CauseReviewOpened(complaint_id=COMPLAINT, because="carried_out")
causes = (Cause("occurrence", "The seal was fitted dry."), Cause("non_detection", "No leak test after assembly."))
found = DecideReview(
    complaint_id=COMPLAINT,
    method="five_why",
    causes=causes,
    needed=True,
    join_capa=None,
    reason="It will come again.",
    extend_to_others=False,
    nature="valid",
)


def test_a_handled_complaint_gets_a_review():
    given().when(OpenReview(COMPLAINT, "carried_out")).then(opened)


def test_a_complaint_has_one_review_however_often_it_is_handled():
    given(opened).when(OpenReview(COMPLAINT, "closed")).nothing()


def test_the_decision_names_levels_in_clear_and_texts_beside_them():
    given(opened).when(found).then(
        happened(
            CauseReviewDecided,
            cause_levels=("occurrence", "non_detection"),
            cause_texts=("The seal was fitted dry.", "No leak test after assembly."),
        )
    )


def test_needed_action_opens_its_own_capa():
    given(opened).when(found).then(happened(CauseReviewDecided, needed=True, capa_id=own_capa_id(COMPLAINT)))


def test_needed_action_may_join_another_capa():
    given(opened).when(replace(found, join_capa=OTHER_CAPA)).then(happened(CauseReviewDecided, capa_id=OTHER_CAPA))


def test_no_action_names_no_capa():
    given(opened).when(replace(found, needed=False)).then(happened(CauseReviewDecided, needed=False, capa_id=None))


def test_no_action_joins_no_capa():
    given(opened).when(replace(found, needed=False, join_capa=OTHER_CAPA)).invalid("/join_capa")


def test_a_review_is_decided_once():
    given(opened).when(found).then(happened(CauseReviewDecided)).when(found).refused("already-decided")


def test_what_was_never_opened_is_not_found():
    given().when(found).not_found()


def test_a_communicative_complaint_may_be_short_and_without_causes():
    short = replace(found, method="short", causes=(), needed=False, nature="communicative")
    given(opened).when(short).then(happened(CauseReviewDecided, method="short", cause_levels=(), capa_id=None))


@pytest.mark.parametrize("nature", ["valid", None])
def test_any_other_may_not_be_short(nature):
    given(opened).when(replace(found, method="short", nature=nature)).invalid("/method")


def test_a_method_other_than_short_names_a_cause():
    given(opened).when(replace(found, causes=())).invalid("/causes")
