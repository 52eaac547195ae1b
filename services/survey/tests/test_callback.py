"""The rules of a callback."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.survey.callback import CALLBACK, Expire, ImportAnswer, PlanCallback, RecordAttempt, callback_id, imported_id
from shared.contracts.survey import (
    CallbackAnswered,
    CallbackAttempted,
    CallbackDeclined,
    CallbackDue,
    CallbackExpired,
    CallbackImported,
    CallbackUnreached,
)
from shared.contracts.vocabulary import Actor, ComplaintId
from shared.policy import parse, shipped, shipped_content
from shared.testing import NOON, happened, scenario

COMPLAINT = ComplaintId(UUID("11111111-1111-4111-8111-111111111111"))
ID = callback_id(COMPLAINT, 1)
BODO = Actor(person="bodo", name="Bodo", role="desk")

given = scenario(CALLBACK, ID)
plan = PlanCallback(COMPLAINT, 1, NOON, ("bodo",))
due = CallbackDue(
    callback_id=ID,
    complaint_id=COMPLAINT,
    closing_round=1,
    due_at=NOON + timedelta(days=7),
    expires_at=NOON + timedelta(days=37),
    handlers=("bodo",),
    policy_version=shipped().version,
)
nobody = RecordAttempt("no_answer", "phone")
content = RecordAttempt("answered", "phone", "very", "satisfied", "Quick and friendly.")


def tried(n: int) -> CallbackAttempted:
    return CallbackAttempted(callback_id=ID, complaint_id=COMPLAINT, attempt=n, outcome="no_answer", medium="phone")


def test_a_closing_makes_a_callback_due_a_week_later_and_lets_it_expire_a_month_after():
    given().when(plan).then(due)


def test_a_closing_has_one_callback():
    given(due).when(plan).nothing()


IMPATIENT = parse(
    {
        **shipped_content(),
        "version": "impatient",
        "callback": {"expires_days": 10, "attempts": 1},
        "clocks": {**shipped_content()["clocks"], "callback": {"ordinary": "3d", "important": "2d", "major": "1d"}},
    }
)


def test_when_it_is_due_and_how_often_it_is_tried_is_the_organisations_to_say():
    """SV-8: by the rules that the case goes by."""
    planned = replace(plan, severity="major", policy_version="impatient")
    due_soon = happened(CallbackDue, due_at=NOON + timedelta(days=1), expires_at=NOON + timedelta(days=11), policy_version="impatient")
    after = given().when(planned, policy=IMPATIENT).then(due_soon)
    after.when(nobody, policy=IMPATIENT).then(tried(1), happened(CallbackUnreached))


def test_a_callback_keeps_its_rules_when_others_come_into_force():
    given(due).when(nobody, policy=IMPATIENT).then(tried(1))


def test_two_closings_have_two():
    assert callback_id(COMPLAINT, 1) != callback_id(COMPLAINT, 2)


def test_the_customer_may_be_asked_at_once():
    given(due).when(content, now=NOON).then(happened(CallbackAttempted, attempt=1), happened(CallbackAnswered, satisfied=True))


def test_what_the_customer_said_stands_in_the_answer():
    given(due).when(content).then(
        happened(CallbackAttempted, outcome="answered", comment=None),
        happened(CallbackAnswered, closing_round=1, satisfied_with_handling="very", comment="Quick and friendly."),
    )


@pytest.mark.parametrize(
    ("handling", "remedy", "satisfied"),
    [
        ("very", "very", True),
        ("satisfied", "satisfied", True),
        ("rather_not", "very", False),
        ("very", "rather_not", False),
        ("not", "not", False),
    ],
)
def test_either_bad_mark_means_dissatisfied(handling, remedy, satisfied):
    answer = RecordAttempt("answered", "phone", handling, remedy)
    given(due).when(answer).then(happened(CallbackAttempted), happened(CallbackAnswered, satisfied=satisfied))


@pytest.mark.parametrize("missing", ["satisfied_with_handling", "satisfied_with_remedy"])
def test_an_answer_has_both_marks(missing):
    given(due).when(replace(content, **{missing: None})).invalid(f"/{missing}")


@pytest.mark.parametrize("outcome", ["no_answer", "declined"])
@pytest.mark.parametrize("given_mark", ["satisfied_with_handling", "satisfied_with_remedy"])
def test_without_an_answer_there_are_no_marks(outcome, given_mark):
    given(due).when(RecordAttempt(outcome, "phone", **{given_mark: "very"})).invalid(f"/{given_mark}")


def test_an_attempt_without_answer_leaves_it_due():
    given(due).when(replace(nobody, comment="Voicemail.")).then(happened(CallbackAttempted, attempt=1, comment="Voicemail."))


def test_the_third_attempt_without_answer_ends_it():
    given(due, tried(1), tried(2)).when(nobody).then(tried(3), happened(CallbackUnreached))


def test_the_third_attempt_may_still_be_answered():
    given(due, tried(1), tried(2)).when(content).then(happened(CallbackAttempted, attempt=3), happened(CallbackAnswered))


def test_a_customer_may_decline():
    given(due).when(RecordAttempt("declined", "phone")).then(happened(CallbackAttempted), happened(CallbackDeclined))


def test_whoever_handled_the_case_does_not_ask_about_it():
    given(due).when(content, by=BODO).refused("own-callback")


@pytest.mark.parametrize(
    "end",
    [
        CallbackDeclined(callback_id=ID, complaint_id=COMPLAINT),
        CallbackUnreached(callback_id=ID, complaint_id=COMPLAINT),
        CallbackExpired(callback_id=ID, complaint_id=COMPLAINT, because="time"),
        CallbackAnswered(
            callback_id=ID,
            complaint_id=COMPLAINT,
            closing_round=1,
            satisfied_with_handling="very",
            satisfied_with_remedy="very",
            satisfied=True,
        ),
    ],
    ids=lambda event: event.TYPE,
)
def test_an_ended_callback_takes_no_attempt(end):
    given(due, end).when(nobody).refused("already-decided")


def test_an_attempt_after_the_last_day_is_too_late():
    given(due).when(nobody, now=due.expires_at).refused("already-decided")


def test_a_callback_that_was_never_due_is_not_found():
    given().when(nobody).not_found()


def test_it_expires_when_its_time_has_come():
    given(due).when(Expire("time"), now=due.expires_at).then(happened(CallbackExpired, because="time"))


def test_it_does_not_expire_before():
    given(due).when(Expire("time"), now=due.expires_at - timedelta(microseconds=1)).nothing()


def test_a_reopening_ends_it_at_once():
    given(due).when(Expire("reopened")).then(happened(CallbackExpired, because="reopened"))


@pytest.mark.parametrize("because", ["time", "reopened"])
def test_what_has_ended_does_not_expire(because):
    given(due, CallbackDeclined(callback_id=ID, complaint_id=COMPLAINT)).when(Expire(because), now=due.expires_at).nothing()


def test_a_closing_that_asks_nobody_has_nothing_to_expire():
    given().when(Expire("reopened")).nothing()


def test_what_a_customer_said_elsewhere_is_kept_once():
    elsewhere = scenario(CALLBACK, imported_id(COMPLAINT))
    said = ImportAnswer(COMPLAINT, "satisfied", None)
    after = elsewhere().when(said).then(CallbackImported(complaint_id=COMPLAINT, satisfied_with_handling="satisfied"))
    after.when(said).nothing()
