"""When is offered work due, as far as it is known when it is offered?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.routing.case import CASE
from services.routing.commands import Assess
from services.routing.due import due_of
from services.routing.tests.lives import DAY, FRIDAY, HOUR, ID, clocks_with, every_grade, item, opening, policy
from shared.contracts.routing import CaseAssessed, WorkItemDone, WorkItemOffered
from shared.policy import shipped
from shared.testing import happened, scenario

given = scenario(CASE, ID)
DESK = Assess("ordinary", "valid", False, "low", "low", "possible", False, False, "as ever", early_warning="B")


def test_assessing_has_its_own_clock():
    assert due_of("assess", "desk", None, shipped(), FRIDAY) == ("assessment", FRIDAY + 5 * HOUR)  # an hour of it is lunch


@pytest.mark.parametrize(("task", "department", "clock"), [
    ("remedy", "desk", "desk_remedy"), ("remedy", "quality_assurance", "take"), ("warn", "leading_group", "early_warning"),
    ("legal", "legal", "take"), ("tell", "desk", "take"),
])  # fmt: skip
def test_other_work_is_due_by_the_clock_it_is_about_or_must_be_taken_in_time(task, department, clock):
    assert due_of(task, department, "major", shipped(), FRIDAY, warning="A")[0] == clock


def test_each_offer_of_an_assessment_says_when_it_is_due():
    """The desk's remedy counts from the registration, not from the assessment."""
    given(opening(), item("assess", "desk")).when(DESK, now=FRIDAY + 3 * HOUR).then(
        happened(CaseAssessed),
        happened(WorkItemDone),
        happened(WorkItemOffered, task="remedy", clock="desk_remedy", due_at=FRIDAY + 48 * HOUR),
        happened(WorkItemOffered, task="inspect", clock="take", due_at=FRIDAY + 3 * DAY + 3 * HOUR),
        happened(WorkItemOffered, task="warn", clock="early_warning", due_at=FRIDAY + 75 * HOUR),
    )


def test_it_goes_by_the_rules_the_case_was_opened_under():
    rules = policy("default.1", **clocks_with(desk_remedy=every_grade("10h")))
    given(opening()).when(replace(DESK, early_warning=None), policy=rules).then(
        happened(CaseAssessed),
        happened(WorkItemOffered, task="remedy", due_at=FRIDAY + timedelta(hours=10)),
        happened(WorkItemOffered, task="inspect"),
    )
