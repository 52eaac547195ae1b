"""Rules of what is judged again after the assessment: severity, nature, early warning."""

from __future__ import annotations

import pytest

from services.routing.commands import RegradeNature, RegradeSeverity, SetEarlyWarning
from services.routing.tests.road import (
    CASE_ID,
    DESK_ROAD,
    answered,
    assess,
    assessed,
    closed,
    given,
    offer,
    offered_round,
    opened,
    reopened,
)
from shared.contracts.routing import CaseAssessed, CaseRegraded, EarlyWarningSet, WorkItemDone, WorkItemOffered
from shared.contracts.vocabulary import Actor
from shared.testing import ANNA, happened

BO = Actor(person="bo", name="Bo", role="quality")
UP = RegradeSeverity("major", "A second car caught fire.")
DOWN = RegradeSeverity("ordinary", "The part was not ours.")
QUIET = opened.model_copy(update={"content_class": "service_quality"})
DANGEROUS = assessed("major", "quality_assurance").model_copy(update={"safety": True})


def warning(sign, **changed):
    return SetEarlyWarning(sign, "A reporter called.", "In the papers tomorrow.", "He asked for names.", **changed)


def test_severity_and_nature_are_changed_after_the_assessment_only():
    given(opened).when(UP).refused("not-assessed")
    given(opened).when(RegradeNature("communicative", "He only asked.")).refused("not-assessed")


def test_a_grade_that_stands_already_is_no_change():
    given(opened, assessed()).when(DOWN).invalid("/severity")
    given(opened, assessed()).when(RegradeNature("valid", "It is.")).invalid("/nature")


def test_what_becomes_major_goes_to_quality_and_the_missing_work_is_offered():
    before = given(QUIET).when(assess()).events
    (desk,) = (e for e in before if isinstance(e, WorkItemOffered))
    after = (
        given(QUIET, *before)
        .when(UP)
        .then(
            happened(CaseRegraded, severity="major", severity_before="ordinary", path="quality_assurance", nature=None),
            happened(WorkItemDone, item_id=desk.item_id),
            happened(WorkItemOffered, department="quality_assurance", task="remedy", severity="major"),
            happened(WorkItemOffered, department="technical_director", task="act"),
            happened(WorkItemOffered, department="quality_management", task="file"),
        )
    )
    after.when(offer(), by=BO).refused("meeting-first")


def test_work_that_is_there_is_not_offered_again():
    before = given(QUIET).when(assess(severity="important", pass_on=True, responsible_department="finance")).events
    given(QUIET, *before).when(UP).then(
        happened(CaseRegraded, path=None), happened(WorkItemOffered, department="technical_director", task="act")
    )


def test_work_that_a_closing_ended_is_missing_again_after_the_reopening():
    before = given(QUIET).when(assess(severity="important")).events
    ended = [WorkItemDone(complaint_id=CASE_ID, item_id=e.item_id) for e in before if isinstance(e, WorkItemOffered)]
    given(QUIET, *before, closed("withdrawn"), *ended, reopened).when(RegradeSeverity("ordinary", "Less.")).then(
        happened(CaseRegraded), happened(WorkItemOffered, department="desk", task="remedy")
    )


def test_danger_is_graded_down_by_a_second_person_only():
    given(opened, DANGEROUS).when(DOWN, by=ANNA).refused("second-person")
    given(opened, DANGEROUS).when(RegradeSeverity("important", "Less."), by=ANNA).refused("second-person")
    lower = given(QUIET, DANGEROUS).when(RegradeSeverity("important", "Less."), by=BO)
    lower.then(
        happened(CaseRegraded, severity="important", severity_before="major", path=None),
        happened(WorkItemOffered, department="quality_assurance", task="remedy"),
        happened(WorkItemOffered, department="technical", task="act"),
        happened(WorkItemOffered, department="quality_management", task="file"),
    )


def test_without_danger_the_assessor_may_grade_down():
    given(QUIET, assessed("important")).when(DOWN).then(
        happened(CaseRegraded, severity="ordinary"), happened(WorkItemOffered, task="remedy")
    )


def test_nature_is_changed_with_a_reason():
    given(opened, assessed()).when(RegradeNature("communicative", "He only asked.")).then(
        happened(CaseRegraded, nature="communicative", nature_before="valid", severity=None, path=None)
    )


@pytest.mark.parametrize("command", [UP, RegradeNature("communicative", "He only asked."), warning("A")])
def test_a_closed_case_is_not_judged_again(command):
    given(*DESK_ROAD, closed()).when(command).refused("case-closed")


def test_a_warning_is_diagnosed_and_its_group_set_to_work_before_the_assessment_too():
    given(opened).when(warning("A")).then(
        happened(EarlyWarningSet, early_warning="A", before=None, cause="A reporter called.", because="person"),
        happened(WorkItemOffered, department="leading_group", task="warn"),
    )


def test_a_warning_of_another_class_is_another_groups():
    before = given(QUIET).when(assess(early_warning="B")).events
    given(QUIET, *before).when(warning("A")).then(
        happened(EarlyWarningSet, early_warning="A", before="B"),
        happened(WorkItemDone),
        happened(WorkItemOffered, department="leading_group", task="warn"),
    )


def test_the_same_class_again_is_a_new_diagnosis_for_the_same_group():
    before = given(QUIET).when(assess(early_warning="B")).events
    given(QUIET, *before).when(warning("B")).then(happened(EarlyWarningSet, early_warning="B", before="B"))


def test_a_warning_can_be_lifted():
    before = given(QUIET).when(assess(early_warning="C")).events
    lifted = (
        given(QUIET, *before).when(warning(None)).then(happened(EarlyWarningSet, early_warning=None, before="C"), happened(WorkItemDone))
    )
    assert lifted.state.early_warning is None


def test_the_assessment_has_the_last_word_on_an_earlier_warning():
    before = given(QUIET).when(warning("A")).events
    given(QUIET, *before).when(assess()).then(happened(CaseAssessed), happened(WorkItemOffered, task="remedy"), happened(WorkItemDone))


def test_a_case_that_turns_major_after_its_offer_keeps_the_round():
    turned = given(QUIET, assessed(), offered_round()).when(UP).events
    given(QUIET, assessed(), offered_round(), *turned, answered(False)).when(offer(), by=BO).refused("meeting-first")
