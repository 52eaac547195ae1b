"""Rules of closing by each outcome, of reopening, and of what is heard of a case that has ended (ISO 10002, closing; RT-13, RT-14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from services.routing.commands import Close, NameRecourse, Pause, RemindCustomer, Reopen, Resume
from services.routing.hearing import HearCapaClosed, HearInformation, HearMerger, HearUnsettled, HearWithdrawal
from services.routing.tests.road import (
    CASE_ID,
    DESK_ROAD,
    TODAY,
    answered,
    assess,
    assessed,
    close,
    closed,
    given,
    imported,
    offer,
    offered_round,
    opened,
    reopened,
    tell,
    to_assess,
)
from shared.contracts.routing import (
    CaseClosed,
    CaseReopened,
    CaseSupplemented,
    ClockPaused,
    ClockResumed,
    CustomerReminded,
    RecourseNamed,
    RemedyOffered,
    ResultReported,
    WorkItemDone,
    WorkItemOffered,
)
from shared.contracts.vocabulary import Actor
from shared.testing import happened

BO = Actor(person="bo", name="Bo", role="quality")
REFUSED = (opened, assessed(), offered_round(), answered(False))
exhausted = Close("recourse_exhausted", "No agreement.")
unanswered = Close("no_answer", "Silence.")
name_recourse = NameRecourse("consumer association", TODAY)
recourse = RecourseNamed(complaint_id=CASE_ID, body="consumer association", told_on=TODAY)
remind = RemindCustomer("phone")
paused = ClockPaused(complaint_id=CASE_ID, reason="waiting_for_customer")


def reminded(n: int = 1) -> CustomerReminded:
    return CustomerReminded(complaint_id=CASE_ID, medium="phone", reminder=n)


def test_recourse_comes_first():
    given(*REFUSED).when(exhausted).refused("recourse-first")
    given(*REFUSED).when(name_recourse).then(happened(RecourseNamed)).when(exhausted).then(
        happened(CaseClosed, outcome="recourse_exhausted")
    )


def test_after_a_refusal_the_matter_is_with_the_body_outside():
    assert given(*REFUSED, recourse).state.state == "external"
    assert given(opened, assessed(), offered_round(), recourse).state.state == "offered"


def test_recourse_named_before_any_refusal_does_not_exhaust_it():
    given(opened, assessed(), recourse).when(exhausted).refused("recourse-first")
    given(opened, assessed(), recourse, offered_round(), answered(False)).when(exhausted).refused("recourse-first")


def test_recourse_is_not_exhausted_while_an_offer_stands():
    given(*REFUSED, recourse).when(offer()).then(happened(RemedyOffered, round=2)).when(exhausted).refused("answer-pending")
    given(*REFUSED, recourse, offered_round(2), answered(True, 2)).when(exhausted).refused("already-accepted")
    given(*REFUSED, recourse, offered_round(2), answered(False, 2)).when(exhausted).then(happened(CaseClosed))


def test_recourse_is_named_on_the_day_it_was_or_later():
    given(*REFUSED).when(replace(name_recourse, told_on=TODAY + timedelta(days=2))).invalid("/told_on")


def test_recourse_from_before_a_reopening_counts_no_more():
    given(*REFUSED, recourse, closed("recourse_exhausted"), reopened).when(exhausted).refused("recourse-first")


def test_reminders_come_first():
    waiting = given(opened, assessed(), offered_round())
    waiting.when(unanswered).refused("reminders-first")
    twice = waiting.when(remind).then(happened(CustomerReminded, reminder=1)).when(remind).then(happened(CustomerReminded, reminder=2))
    twice.when(unanswered).refused("reminders-first")
    twice.when(remind).then(happened(CustomerReminded, reminder=3)).when(unanswered).then(happened(CaseClosed, outcome="no_answer"))


def test_who_was_heard_is_reminded_from_the_beginning():
    given(opened, assessed(), offered_round(), reminded(3), answered(False)).when(unanswered).refused("reminders-first")
    given(opened, assessed(), reminded(3), closed("no_answer"), reopened).when(unanswered).refused("reminders-first")


@pytest.mark.parametrize("outcome", ["withdrawn", "recourse_exhausted", "no_answer", "duplicate"])
def test_closing_without_an_accepted_remedy_needs_a_reason(outcome):
    given(*REFUSED, recourse, reminded(3)).when(Close(outcome)).invalid("/reason")


def test_clocks_are_paused_and_go_on():
    halted = given(opened).when(Pause("waiting_for_customer")).then(happened(ClockPaused, reason="waiting_for_customer"))
    halted.when(Pause("waiting_for_customer")).refused("paused")
    halted.when(Resume()).then(happened(ClockResumed)).when(Resume()).refused("not-paused")


def test_a_closing_ends_the_pause():
    again = given(*DESK_ROAD, paused, closed(), reopened)
    assert not again.state.paused
    again.when(Resume()).refused("not-paused")


@pytest.mark.parametrize("command", [remind, name_recourse, Pause("waiting_for_customer"), Resume()])
def test_nothing_is_waited_for_on_a_closed_case(command):
    given(*DESK_ROAD, closed()).when(command).refused("case-closed")


def test_staff_reopen_a_closed_case_with_a_reason():
    again = (
        given(*DESK_ROAD, closed())
        .when(Reopen("He found a second leak."))
        .then(
            happened(CaseReopened, because="staff", state="assessed", closing_round=1),
            happened(WorkItemOffered, department="desk", task="reopened"),
        )
    )
    again.when(close).refused("not-accepted")
    again.when(offer()).then(happened(RemedyOffered, round=2))
    again.when(assess()).refused("already-assessed")


@pytest.mark.parametrize("before", [(opened,), DESK_ROAD, (*DESK_ROAD, closed(), reopened)])
def test_an_open_case_is_not_reopened(before):
    given(*before).when(Reopen("Again.")).refused("case-open")


def test_a_withdrawn_case_can_be_reopened():
    event, *_ = given(opened, assessed(), closed("withdrawn")).when(Reopen("He came back.")).events
    assert isinstance(event, CaseReopened)
    assert event.closing_round == 1


def test_on_the_quality_path_a_reopened_case_is_qualitys_work_too():
    given(opened, assessed("important", "quality_assurance"), closed("withdrawn")).when(Reopen("He came back.")).then(
        happened(CaseReopened),
        happened(WorkItemOffered, department="desk", task="reopened"),
        happened(WorkItemOffered, department="quality_assurance", task="remedy"),
    )


def test_who_says_that_it_is_not_settled_reopens_the_case():
    given(*DESK_ROAD, closed()).when(HearUnsettled()).then(happened(CaseReopened, because="complainant"), happened(WorkItemOffered))
    given(*DESK_ROAD, closed()).when(HearUnsettled(1)).then(happened(CaseReopened, because="complainant"), happened(WorkItemOffered))


def test_what_is_not_settled_anyway_stays_as_it_is():
    given(*DESK_ROAD).when(HearUnsettled()).nothing()
    given(*DESK_ROAD, closed(), reopened, closed("withdrawn", 2)).when(HearUnsettled(1)).nothing()
    given().when(HearUnsettled()).nothing()


def test_a_withdrawn_complaint_closes_its_case_and_ends_its_work():
    ended = (
        given(opened, to_assess)
        .when(HearWithdrawal())
        .then(happened(CaseClosed, outcome="withdrawn", closing_round=1), happened(WorkItemDone, item_id=to_assess.item_id))
    )
    assert ended.state.state == "withdrawn"


def test_a_merged_complaint_closes_its_case_as_a_duplicate():
    ended = given(opened).when(HearMerger("bo")).then(happened(CaseClosed, outcome="duplicate", handlers=("bo",)))
    assert ended.state.state == "closed"


@pytest.mark.parametrize("heard", [HearWithdrawal(), HearMerger()])
def test_an_ended_case_does_not_end_again(heard):
    given(*DESK_ROAD, closed()).when(heard).nothing()
    given().when(heard).nothing()


def test_news_on_a_closed_case_is_work_for_the_desk_each_time():
    first, second = uuid4(), uuid4()
    given(*DESK_ROAD, closed()).when(HearInformation(first)).then(
        happened(WorkItemOffered, department="desk", task="news", about=first)
    ).when(HearInformation(second)).then(happened(WorkItemOffered, department="desk", task="news", about=second))


def test_what_the_desk_wrote_itself_is_no_news_to_it():
    given(*DESK_ROAD, closed()).when(HearInformation(uuid4(), known=True)).nothing()


def test_news_and_telling_outlive_a_closing():
    news = given(*DESK_ROAD, closed()).when(HearInformation(uuid4())).events
    telling = given(*DESK_ROAD).when(HearCapaClosed(uuid4())).events
    given(*DESK_ROAD, closed(), *news, reopened, *telling).when(Close("withdrawn", "Enough.")).then(happened(CaseClosed, closing_round=2))


def test_news_on_an_open_case_is_not_the_closed_cases_work():
    given(*DESK_ROAD).when(HearInformation(uuid4())).nothing()
    given().when(HearInformation(uuid4())).nothing()


def test_facts_that_come_in_later_are_the_cases_whatever_its_state():
    """IN-6."""
    facts = HearInformation(uuid4(), known=True, issue_codes=("noise",), product_code="P-20", batch="B2")
    said = happened(CaseSupplemented, issue_codes=("noise",), product_code="P-20", batch="B2")
    given(*DESK_ROAD).when(facts).then(said)
    given(*DESK_ROAD, closed()).when(facts).then(said)
    given(imported).when(replace(facts, known=False)).then(said, happened(WorkItemOffered, task="news"))
    given().when(facts).nothing()


def test_news_make_work_of_an_imported_case_once():
    untouched = given(imported.model_copy(update={"closed": False, "outcome": None}))
    for known in (True, False):
        begun = untouched.when(HearInformation(uuid4(), known)).then(happened(WorkItemOffered, department="desk", task="assess"))
        begun.when(HearInformation(uuid4())).nothing()


def test_an_effective_action_is_told_by_the_desk_on_a_closed_case_too():
    capa = uuid4()
    for before in (DESK_ROAD, (*DESK_ROAD, closed())):
        to_tell = given(*before).when(HearCapaClosed(capa)).then(happened(WorkItemOffered, department="desk", task="tell", about=capa))
        item = to_tell.events[-1].item_id
        to_tell.when(tell).then(happened(ResultReported), happened(WorkItemDone, item_id=item))


def test_an_effective_action_starts_nothing_on_a_case_that_was_only_imported():
    given(imported).when(HearCapaClosed(uuid4())).nothing()
    given().when(HearCapaClosed(uuid4())).nothing()


def test_the_result_is_told_however_often():
    told = given(*DESK_ROAD).when(tell).then(happened(ResultReported))
    assert told.when(tell).then(happened(ResultReported)).state.state == "told"


def test_closing_by_the_machine_names_no_handler_of_its_own():
    given(*DESK_ROAD).when(HearWithdrawal(), by=Actor(person="redress", name="Redress", role="system")).then(
        happened(CaseClosed, handlers=("anna",))
    )
    given(*DESK_ROAD).when(Close("withdrawn", "Enough."), by=BO).then(happened(CaseClosed, handlers=("anna", "bo")))
