"""The rules of an erasure: two administrators, once, and for good (IN-9; ISO 10002, confidentiality)."""

from __future__ import annotations

from uuid import UUID

from services.intake.complaint import COMPLAINT
from services.intake.ending import Erase
from services.intake.erasure import ERASURE, ConfirmErasure, RequestErasure
from services.intake.feedback import FEEDBACK, EraseFeedback
from shared.contracts.intake import (
    ComplaintReceived,
    ErasureConfirmed,
    ErasureRequested,
    FeedbackErased,
    FeedbackReceived,
    SubjectErased,
)
from shared.contracts.vocabulary import Actor, ComplaintId
from shared.testing import ANNA, NOON, happened, scenario

REQUEST, ONE, TWO, ASKED = (UUID(int=n) for n in range(1, 5))
OTHER = Actor(person="ma", name="Ma Li", role="admin")
given = scenario(ERASURE, REQUEST)
requested = ErasureRequested(request_id=REQUEST, complaints=(ONE, TWO), feedback=(ASKED,), reason="They asked for it.")


def test_an_erasure_is_asked_for_with_a_reason_and_names_what_it_is_about():
    given().when(RequestErasure((ONE, TWO), (ASKED,), "They asked for it.")).then(requested)


def test_who_is_erased_is_not_erased_again():
    given().when(RequestErasure((ONE,), (), "They asked for it.", erased=True)).refused("erased")


def test_whoever_asked_for_it_does_not_confirm_it():
    """Under whichever token: a person is who counts."""
    given(requested).when(ConfirmErasure(), by=ANNA).refused("second-person")


def test_another_administrator_does_once():
    confirmed = ErasureConfirmed(request_id=REQUEST, complaints=(ONE, TWO), feedback=(ASKED,))
    given(requested).when(ConfirmErasure(), by=OTHER).then(confirmed).when(ConfirmErasure(), by=OTHER).refused("already-decided")


def test_what_nobody_asked_for_cannot_be_confirmed():
    given().when(ConfirmErasure(), by=OTHER).not_found()


def test_a_complaint_is_erased_once():
    received = ComplaintReceived(
        complaint_id=ComplaintId(ONE), number="C-2026-000001", channel="phone", content_class="service_quality", received_at=NOON
    )
    erased = happened(SubjectErased, complaint_id=ONE, request_id=REQUEST)
    scenario(COMPLAINT, ONE)(received).when(Erase(REQUEST)).then(erased).when(Erase(REQUEST)).nothing()


def test_other_feedback_is_erased_once():
    received = FeedbackReceived(feedback_id=ASKED, kind="inquiry", channel="phone", received_at=NOON, text="What does it cost?")
    erased = happened(FeedbackErased, feedback_id=ASKED, request_id=REQUEST)
    scenario(FEEDBACK, ASKED)(received).when(EraseFeedback(REQUEST)).then(erased).when(EraseFeedback(REQUEST)).nothing()
