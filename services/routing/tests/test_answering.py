"""The communication matrix: who answers what, and what counts as the answer (RT-10, IN-7)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.routing.hearing import HearMessage
from services.routing.inquiry import INQUIRY, HearInquiry, HearInquiryEnded
from services.routing.item import FinishItem, HandOverItem, TakeItem
from services.routing.tests.road import DESK_ROAD, assessed, closed, given, imported, opened
from shared.contracts.routing import WorkItemDone, WorkItemHandedOver, WorkItemOffered, WorkItemTaken
from shared.contracts.vocabulary import Actor
from shared.policy import parse, shipped, shipped_content
from shared.testing import NOON, happened, scenario

FAN = Actor(person="fan", name="Fan", role="department")
MATRIX = [("product", "technical"), ("quality", "quality_assurance"), ("delivery", "production"), ("price", "finance"), ("other", "desk")]
FEEDBACK = UUID("0193a4a0-0000-7000-8000-0000000fee0b")

HAVING = (opened, assessed())
asking = scenario(INQUIRY, FEEDBACK)


def asks(topic: str = "price") -> HearMessage:
    return HearMessage(uuid4(), "complainant", True, topic)


def says(topic: str = "price", *, visible: bool = True, person: str = "anna") -> HearMessage:
    return HearMessage(uuid4(), "staff", visible, topic, person)


def to_answer(department: str = "finance", topic: str = "price", **more: object):
    return happened(WorkItemOffered, task="answer", department=department, topic=topic, **more)


@pytest.mark.parametrize(("topic", "department"), MATRIX)
def test_what_the_complainant_asks_is_answered_by_the_department_of_its_topic(topic, department):
    question = asks(topic)
    given(*HAVING).when(question).then(to_answer(department, topic, about=question.message_id, asked_by=None, clock="take"))


def test_each_question_is_work_of_its_own():
    after = given(*HAVING).when(asks()).then(to_answer())
    after.when(asks()).then(to_answer())
    assert len({item.id for item in after.when(asks()).then(to_answer()).state.items}) == 2


def test_what_staff_ask_a_department_is_its_work_and_small_talk_is_not():
    given(*HAVING).when(says("delivery", visible=False)).then(to_answer("production", "delivery", asked_by="anna"))
    given(*HAVING).when(says("other", visible=False)).nothing()


def test_what_staff_tell_the_complainant_asks_nobody():
    given(*HAVING).when(says("price")).nothing()


def test_an_answer_on_the_topic_ends_the_question():
    after = given(*HAVING).when(asks()).then(to_answer())
    after.when(says("price", person="fan")).then(happened(WorkItemDone))
    after.when(says("other", person="fan")).nothing()


def test_what_the_complainant_does_not_see_is_no_answer_to_the_complainant():
    after = given(*HAVING).when(asks()).then(to_answer())
    after.when(says("price", visible=False)).then(to_answer(asked_by="anna"))


def test_who_holds_the_question_answers_it_without_naming_the_topic():
    after = given(*HAVING).when(asks()).then(to_answer())
    held = after.when(TakeItem(after.state.items[-1].id), by=FAN).then(happened(WorkItemTaken))
    held.when(says("other", person="fan")).then(happened(WorkItemDone))
    held.when(says("delivery", visible=False, person="fan")).then(to_answer("production", "delivery", asked_by="fan"))


def test_a_colleagues_answer_ends_a_question_and_asks_none_but_who_asked_cannot_answer():
    after = given(*HAVING).when(says("price", visible=False)).then(to_answer(asked_by="anna"))
    after.when(says("price", visible=False, person="fan")).then(happened(WorkItemDone))
    after.when(says("price", visible=False)).then(to_answer(asked_by="anna"))


def test_a_question_on_a_closed_case_is_read_by_the_desk():
    given(*DESK_ROAD, closed()).when(asks()).then(happened(WorkItemOffered, task="news", department="desk"))


def test_a_question_on_an_imported_case_makes_it_work_and_is_answered():
    untouched = given(imported.model_copy(update={"closed": False, "outcome": None}))
    untouched.when(asks()).then(happened(WorkItemOffered, task="assess"), to_answer())


def test_the_organisation_says_who_answers():
    matrix = {**shipped_content()["matrix"], "price": "purchasing"}
    policy = parse({**shipped_content(), "matrix": matrix})
    asking().when(HearInquiry("price", NOON), policy=policy).then(to_answer("purchasing"))


@pytest.mark.parametrize(("topic", "department"), MATRIX)
def test_every_inquiry_is_the_work_of_its_topics_department_with_its_own_clock(topic, department):
    due = shipped().due("inquiry", None, NOON)
    asking().when(HearInquiry(topic, NOON)).then(
        to_answer(department, topic, feedback_id=FEEDBACK, complaint_id=None, clock="inquiry", due_at=due)
    )


def test_an_inquiry_is_offered_once_and_ends_when_it_is_answered():
    after = asking().when(HearInquiry("price", NOON)).then(to_answer())
    after.when(HearInquiry("price", NOON)).nothing()
    ended = after.when(HearInquiryEnded()).then(happened(WorkItemDone, feedback_id=FEEDBACK))
    ended.when(HearInquiryEnded()).nothing()


def test_the_work_on_an_inquiry_is_moved_as_any_other():
    after = asking().when(HearInquiry("price", NOON)).then(to_answer())
    item = after.state.items[0].id
    taken = after.when(TakeItem(item), by=FAN).then(happened(WorkItemTaken, feedback_id=FEEDBACK, holder="fan"))
    taken.when(FinishItem(item, "Told."), by=FAN).then(happened(WorkItemDone, result="Told."))
    over = taken.when(HandOverItem(item, "desk", "No price."), by=FAN).then(happened(WorkItemHandedOver, to_department="desk"))
    over.when(HearInquiryEnded()).then(happened(WorkItemDone))
    asking().when(TakeItem(item)).not_found()
