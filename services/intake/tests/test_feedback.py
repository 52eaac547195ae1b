"""The rules of other feedback: every inquiry has a time by which it is answered (IN-7), and some feedback is a complaint."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.intake.feedback import FEEDBACK, AnswerFeedback, PromoteFeedback, ReceiveFeedback
from shared.contracts.intake import FeedbackAnswered, FeedbackPromoted, FeedbackReceived
from shared.contracts.vocabulary import ComplaintId
from shared.policy import shipped
from shared.testing import NOON, happened, scenario

ID, COMPLAINT = UUID(int=1), ComplaintId(UUID(int=2))
given = scenario(FEEDBACK, ID)
asked = FeedbackReceived(feedback_id=ID, kind="inquiry", channel="phone", received_at=NOON, text="What does it cost?", topic="price")
answer, promote = AnswerFeedback("Twelve."), PromoteFeedback(COMPLAINT, "It leaks.")


def test_an_inquiry_has_a_time_by_which_it_is_answered():
    due_at = shipped().due("inquiry", None, NOON)
    assert due_at > NOON
    given().when(ReceiveFeedback("inquiry", "phone", "What does it cost?", "price")).then(
        happened(FeedbackReceived, kind="inquiry", topic="price", received_at=NOON, due_at=due_at)
    )


@pytest.mark.parametrize("kind", ["suggestion", "praise", "opinion"])
def test_nothing_else_has(kind):
    given().when(ReceiveFeedback(kind, "web", "Well done.")).then(happened(FeedbackReceived, kind=kind, due_at=None))


def test_it_cannot_come_from_the_future():
    given().when(ReceiveFeedback("praise", "web", "Well done.", received_at=NOON + timedelta(seconds=1))).invalid("/received_at")


def test_it_is_answered_once():
    given(asked).when(answer).then(happened(FeedbackAnswered, text="Twelve.")).when(answer).refused("already-decided")


def test_what_is_a_complaint_goes_on_as_one_and_once():
    promoted = given(asked).when(promote).then(happened(FeedbackPromoted, complaint_id=COMPLAINT))
    promoted.when(promote).refused("already-decided")
    promoted.when(answer).refused("already-decided")


def test_an_answered_inquiry_may_turn_out_a_complaint():
    given(asked, FeedbackAnswered(feedback_id=ID, text="Twelve.")).when(promote).then(happened(FeedbackPromoted))


@pytest.mark.parametrize("command", [answer, promote])
def test_there_is_nothing_to_answer_that_was_not_received(command):
    given().when(command).not_found()
