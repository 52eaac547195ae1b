"""Rules of receipt, assessment, meeting, telling and closing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.routing.commands import Close
from services.routing.hearing import HearDissatisfaction, ImportCase, OpenCase
from services.routing.tests.road import (
    CASE_ID,
    DESK_ROAD,
    answered,
    assess,
    assessed,
    carry_out,
    close,
    closed,
    given,
    imported,
    meet,
    offer,
    offered_round,
    opened,
    received,
    reopened,
    tell,
    to_assess,
    verify,
)
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseImported,
    CaseOpened,
    CaseReopened,
    MeetingHeld,
    ResultReported,
    WorkItemDone,
    WorkItemOffered,
    WorkItemTaken,
)
from shared.contracts.vocabulary import Actor
from shared.testing import NOON, happened

BO = Actor(person="bo", name="Bo", role="quality")
CHEN = Actor(person="chen", name="Chen", role="quality")


def test_a_received_complaint_becomes_a_case_with_work_for_the_desk():
    given().when(OpenCase(received, ("sales-north",), "dealer-7")).then(
        happened(CaseOpened, number="C-2026-000123", departments=("sales-north",), posted_by="dealer-7"),
        happened(WorkItemOffered, number="C-2026-000123", department="desk", task="assess"),
    )


def test_a_case_opens_once():
    given(opened).when(OpenCase(received)).nothing()


def test_an_imported_case_starts_nothing():
    given().when(ImportCase(received, severity="major", closed=True, outcome="satisfied")).then(
        happened(CaseImported, severity="major", closed=True, outcome="satisfied")
    )


def test_an_imported_case_is_imported_once():
    given(imported).when(ImportCase(received)).nothing()


def test_nothing_can_be_asked_of_a_case_that_is_not_there():
    given().when(assess()).not_found()


def test_the_assessment_ends_the_desks_work_and_opens_the_desks_path():
    given(opened, to_assess).when(assess()).then(
        happened(CaseAssessed, path="desk", severity="ordinary"),
        happened(WorkItemDone, item_id=to_assess.item_id),
        happened(WorkItemOffered, department="desk", task="remedy", severity="ordinary"),
        happened(WorkItemOffered, department="final_inspection", task="inspect"),
    )


def test_a_major_case_goes_to_quality_the_technical_director_inspection_and_the_files():
    major = assess(severity="major", pass_on=True, responsible_department="production", safety=True)
    given(opened, to_assess).when(major).then(
        happened(CaseAssessed, path="quality_assurance"),
        happened(WorkItemDone),
        happened(WorkItemOffered, department="quality_assurance", task="remedy", severity="major"),
        happened(WorkItemOffered, department="technical_director", task="act"),
        happened(WorkItemOffered, department="final_inspection", task="inspect"),
        happened(WorkItemOffered, department="quality_management", task="file"),
    )


def test_an_important_case_is_the_technical_departments_and_filed():
    given(opened.model_copy(update={"content_class": "service_quality"})).when(assess(severity="important")).then(
        happened(CaseAssessed),
        happened(WorkItemOffered, department="desk", task="remedy"),
        happened(WorkItemOffered, department="technical", task="act"),
        happened(WorkItemOffered, department="quality_management", task="file"),
    )


def test_an_ordinary_case_passed_on_is_the_responsible_departments():
    given(opened.model_copy(update={"content_class": "service_quality"})).when(assess(pass_on=True, responsible_department="finance")).then(
        happened(CaseAssessed),
        happened(WorkItemOffered, department="quality_assurance", task="remedy"),
        happened(WorkItemOffered, department="finance", task="act"),
    )


@pytest.mark.parametrize(("sign", "department"), [("A", "leading_group"), ("B", "working_group"), ("C", "marketing")])
def test_an_early_warning_goes_to_its_group_and_a_legal_matter_to_the_lawyers(sign, department):
    given(opened.model_copy(update={"content_class": "service_quality"})).when(assess(early_warning=sign, legal=True)).then(
        happened(CaseAssessed, early_warning=sign, legal=True),
        happened(WorkItemOffered, task="remedy"),
        happened(WorkItemOffered, department=department, task="warn"),
        happened(WorkItemOffered, department="legal", task="legal"),
    )


def test_a_case_is_assessed_once():
    given(opened, assessed()).when(assess()).refused("already-assessed")


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"safety": True}, "/severity"),
        ({"severity": "major"}, "/pass_on"),
        ({"pass_on": True}, "/responsible_department"),
        ({"pass_on": True, "responsible_department": "kitchen"}, "/responsible_department"),
    ],
)
def test_an_assessment_that_contradicts_itself_is_invalid(changed, at):
    given(opened).when(assess(**changed)).invalid(at)


def test_an_imported_case_can_be_assessed_when_it_is_open():
    given(imported.model_copy(update={"closed": False, "outcome": None})).when(assess()).then(
        happened(CaseAssessed), happened(WorkItemOffered, task="remedy")
    )


def test_a_meeting_is_on_record():
    given(opened, assessed("major", "quality_assurance")).when(meet).then(happened(MeetingHeld, attendees=("anna", "bo")))


def test_a_meeting_cannot_lie_in_the_future():
    given(opened).when(replace(meet, held_at=NOON + timedelta(minutes=1))).invalid("/held_at")


def test_there_is_nothing_to_tell_before_the_first_offer():
    given(opened, assessed()).when(tell).refused("not-offered")


def test_a_result_is_told_from_the_first_offer_on():
    told = given(opened, assessed(), offered_round()).when(tell).then(happened(ResultReported))
    assert told.state.state == "offered"


def test_telling_moves_a_remedied_case():
    assert given(*DESK_ROAD).when(tell).then(happened(ResultReported)).state.state == "told"


def test_a_closed_case_can_still_be_told():
    assert given(*DESK_ROAD, closed()).when(tell).then(happened(ResultReported)).state.state == "closed"


def test_satisfied_needs_acceptance_then_the_doing_then_the_check():
    given(opened, assessed()).when(close).refused("not-accepted")
    given(opened, assessed(), offered_round()).when(close).refused("not-accepted")
    given(opened, assessed(), offered_round(), answered(False)).when(close).refused("not-accepted")
    given(*DESK_ROAD[:-2]).when(close).refused("not-carried-out")
    given(*DESK_ROAD[:-1]).when(close).refused("not-verified")
    given(*DESK_ROAD).when(close).then(happened(CaseClosed, outcome="satisfied", closing_round=1))


def test_closing_names_everybody_who_handled_the_case():
    taken = WorkItemTaken(complaint_id=CASE_ID, item_id=to_assess.item_id, holder="chen", holder_name="Chen")
    given(opened, to_assess, taken, *DESK_ROAD[1:]).when(close, by=BO).then(
        happened(CaseClosed, handlers=("anna", "bo", "chen")), happened(WorkItemDone)
    )


def test_who_closed_it_before_is_among_the_handlers_of_a_second_closing():
    first = closed().model_copy(update={"handlers": ("anna", "bo")})
    given(*DESK_ROAD, first, reopened).when(Close("withdrawn", "Enough."), by=CHEN).then(
        happened(CaseClosed, closing_round=2, handlers=("anna", "bo", "chen"))
    )


def test_closing_ends_the_work_that_is_left():
    after = given(opened, to_assess).when(assess(severity="important")).events
    given(opened, to_assess, *after).when(Close("withdrawn", "Called back.")).then(
        happened(CaseClosed, outcome="withdrawn"), *(happened(WorkItemDone) for _ in range(4))
    )


def test_closing_without_an_accepted_remedy_needs_a_reason():
    given(opened).when(Close("withdrawn")).invalid("/reason")


def test_recourse_comes_first():
    given(opened, assessed()).when(Close("recourse_exhausted", "No agreement.")).refused("recourse-first")


def test_reminders_come_first():
    given(opened, assessed()).when(Close("no_answer", "Silence.")).refused("reminders-first")


def test_a_withdrawn_case_is_withdrawn_and_a_duplicate_closed():
    assert given(opened).when(Close("withdrawn", "Called back.")).then(happened(CaseClosed)).state.state == "withdrawn"
    assert given(opened).when(Close("duplicate", "See C-2026-000001.")).then(happened(CaseClosed)).state.state == "closed"


@pytest.mark.parametrize("command", [assess(), meet, offer(), carry_out, verify, close])
def test_a_closed_case_stands(command):
    given(*DESK_ROAD, closed()).when(command).refused("case-closed")


def test_a_dissatisfied_customer_reopens_the_case_for_the_desk():
    again = (
        given(*DESK_ROAD, closed())
        .when(HearDissatisfaction(1))
        .then(
            happened(CaseReopened, because="callback", state="assessed", closing_round=1),
            happened(WorkItemOffered, department="desk", task="reopened"),
        )
    )
    assert (again.state.state, again.state.reopened, again.state.current) == ("assessed", 1, None)


def test_an_imported_case_that_reopens_is_assessed_first():
    given(imported).when(HearDissatisfaction(1)).then(
        happened(CaseReopened, state="received"), happened(WorkItemOffered, task="reopened"), happened(WorkItemOffered, task="assess")
    )


def test_what_is_heard_about_an_earlier_closing_changes_nothing():
    given(*DESK_ROAD, closed(), reopened).when(HearDissatisfaction(1)).nothing()
    given(*DESK_ROAD, closed(), reopened, closed("withdrawn", 2)).when(HearDissatisfaction(1)).nothing()


def test_a_reopened_case_needs_a_new_round_and_a_second_closing_counts_on():
    again = given(*DESK_ROAD, closed(), reopened)
    again.when(close).refused("not-accepted")
    assert again.when(offer()).events[0].round == 2
    again.when(Close("withdrawn", "Enough.")).then(happened(CaseClosed, closing_round=2))
