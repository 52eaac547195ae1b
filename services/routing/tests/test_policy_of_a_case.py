"""A case keeps the rules it was opened under until a person moves it, with a reason."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime

import pytest

from services.routing.case import CASE
from services.routing.commands import Close, MovePolicy
from services.routing.hearing import OpenCase
from services.routing.tests.road import CASE_ID, assess, assessed, given, offer, opened, received
from shared.contracts.routing import CaseOpened, CasePolicyMoved, CustomerReminded, RemedyOffered, WorkItemOffered
from shared.decider import Context, Invalid, Refused
from shared.policy import Policies, parse, shipped_content
from shared.policy.policies import Adopted
from shared.testing import ANNA, NOON

OLD, NEW = "2025.1", "2026.1"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def version(name: str, effective_on: date, **changed: object) -> Adopted:
    content = deepcopy(shipped_content()) | {"version": name, "effective_on": effective_on} | changed
    return Adopted(parse(content), LONG_AGO, LONG_AGO)


POLICIES = Policies.of(
    [
        version(OLD, date(2025, 1, 1), reminders={"count": 1}, meeting={"severities": []}),
        version(NEW, date(2026, 1, 1), reminders={"count": 2}),
    ]
)
NOW = Context.under(POLICIES, NOON, ANNA)
BEGAN = opened.model_copy(update={"policy_version": OLD})
moved = CasePolicyMoved(complaint_id=CASE_ID, policy_version=NEW, before=OLD, reason="The customer asked.")
reminded = CustomerReminded(complaint_id=CASE_ID, medium="phone", reminder=1)
silent = Close("no_answer", "Silence.")


def decided(*events, command):
    return CASE.decide(given(*events).state, command, NOW)


def test_a_case_is_opened_under_the_rules_in_force():
    event, _ = decided(command=OpenCase(received))
    assert isinstance(event, CaseOpened)
    assert event.policy_version == NEW


def test_a_case_is_decided_by_the_rules_it_was_opened_under():
    assert decided(BEGAN, assessed(), reminded, command=silent)
    (offered,) = decided(BEGAN, assessed("major", "quality_assurance"), command=offer())
    assert isinstance(offered, RemedyOffered)


def test_a_moved_case_is_decided_by_its_new_rules():
    with pytest.raises(Refused, match="reminders-first"):
        decided(BEGAN, moved, assessed(), reminded, command=silent)
    with pytest.raises(Refused, match="meeting-first"):
        decided(BEGAN, moved, assessed("major", "quality_assurance"), command=offer())


def test_moving_names_both_versions():
    (event,) = decided(BEGAN, command=MovePolicy(NEW, "The customer asked."))
    assert event == moved


@pytest.mark.parametrize("name", [OLD, "nowhere.9"])
def test_a_case_moves_to_another_version_that_was_adopted(name):
    with pytest.raises(Invalid, match="/version"):
        decided(BEGAN, command=MovePolicy(name, "Why not."))


def test_the_paths_and_groups_are_the_policys():
    paths = shipped_content()["paths"] | {"important": {"act": "production"}}
    warnings = shipped_content()["early_warning"] | {"B": {"department": "legal"}}
    own = Policies.of([version(OLD, date(2025, 1, 1), paths=paths, early_warning=warnings)])
    asked = assess(severity="important", early_warning="B")
    work = CASE.decide(given(BEGAN).state, asked, Context.under(own, NOON, ANNA))
    assert [(e.department, e.task) for e in work if isinstance(e, WorkItemOffered)] == [
        ("desk", "remedy"), ("production", "act"), ("legal", "warn"),
    ]  # fmt: skip
