"""Clocks of actions, of changed grades and policies, and the arithmetic in words."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.routing.clocks.words import explanation
from services.routing.tests.lives import (
    DAY,
    FRIDAY,
    HOUR,
    ID,
    PAUSED,
    RESUMED,
    Life,
    assessed,
    clocks_with,
    every_grade,
    offered,
    policy,
)
from services.routing.tests.test_clocks import CAPA, at, capa
from shared.contracts.capa import CapaClosed, CapaRoundOpened, ContainmentDone, EffectivenessReviewed, PlanApproved, StepDone
from shared.contracts.routing import (
    CasePolicyMoved,
    CaseRegraded,
)


def test_an_action_has_its_owners_clocks_by_its_own_severity():
    life = Life().opened().then(HOUR, assessed(), capa())
    containment, plan = life.clock("containment", 2 * HOUR), life.clock("plan", 2 * HOUR)
    assert (containment.due_at - containment.span.since, plan.due_at - plan.span.since) == (DAY, 14 * DAY)
    assert plan.department == "technical_director"
    more = {"capa_id": CAPA, "complaints": (ID,), "round": 1}
    life.then(2 * HOUR, ContainmentDone(on=FRIDAY.date(), text="blocked", **more), PlanApproved(steps=(), **more))
    assert {life.clock(name, 3 * HOUR).state for name in ("containment", "plan")} == {"met"}
    life.then(3 * DAY, StepDone(n=1, on=FRIDAY.date(), evidence="seen", steps_open=1, **more))
    assert not [clock for clock in life.clocks(4 * DAY) if clock.span.clock == "effectiveness"]
    life.then(5 * DAY, StepDone(n=2, on=FRIDAY.date(), evidence="seen", steps_open=0, **more))
    review = life.clock("effectiveness", 6 * DAY)
    assert review.due_at - review.span.since == 90 * DAY
    life.then(9 * DAY, EffectivenessReviewed(verdict="ineffective", evidence="again", **more), CapaRoundOpened(**more | {"round": 2}))
    assert life.clock("effectiveness", 10 * DAY).state == "met"
    assert life.clock("plan", 10 * DAY).span.instance == f"{CAPA}/2"
    life.then(11 * DAY, CapaClosed(capa_id=CAPA, number="CA-2026-0001", complaints=(ID,), rounds=2))
    assert life.clock("plan", 12 * DAY).state == "stopped"


def test_an_action_that_serves_many_tells_of_its_deadline_once():
    second = UUID("0190a5b6-0000-7000-8000-000000000002")
    first = Life().opened().then(HOUR, capa(complaints=(ID, second)))
    other = Life(subject=second).then(HOUR, capa(complaints=(ID, second)))
    by_itself = Life(subject=CAPA).then(HOUR, capa(complaints=(ID, second)))
    assert first.clock("plan", DAY).span.tells
    assert not other.clock("plan", DAY).span.tells
    assert by_itself.clocks(DAY) == []
    assert Life(subject=CAPA).then(HOUR, capa(complaints=())).clock("plan", DAY).span.tells


def test_a_severer_grade_shortens_what_is_left_and_keeps_what_was_used():
    short = policy("short", **clocks_with(personal_contact={"ordinary": "10h", "important": "10h", "major": "4h"}))
    life = (
        Life(policies=(short,))
        .opened("short")
        .then(HOUR, assessed())
        .then(3 * HOUR, CaseRegraded(complaint_id=ID, severity="major", reason="x"))
    )
    clock = life.clock("personal_contact", 3 * HOUR + timedelta(minutes=30))
    assert clock.due_at == FRIDAY + 4 * HOUR
    assert clock.consumed == 3.5 * HOUR


def test_what_a_new_limit_had_ended_before_is_due_when_it_begins_to_hold():
    short = policy("short", **clocks_with(personal_contact={"ordinary": "10h", "important": "10h", "major": "1h"}))
    life = (
        Life(policies=(short,))
        .opened("short")
        .then(HOUR / 2, assessed())
        .then(3 * HOUR, CaseRegraded(complaint_id=ID, severity="major", reason="x"))
    )
    clock = life.clock("personal_contact", 4 * HOUR)
    assert clock.due_at - FRIDAY == 3 * HOUR + timedelta(microseconds=1)
    assert clock.state == "missed"


def test_another_policy_keeps_what_was_consumed():
    longer = policy("longer", **clocks_with(desk_remedy=every_grade("4d")))
    life = Life(policies=(longer,)).opened("default.1").then(HOUR, assessed())
    life.then(50 * HOUR, CasePolicyMoved(complaint_id=ID, policy_version="longer", reason="they asked"))
    clock = life.clock("desk_remedy", 60 * HOUR)
    assert (clock.state, clock.consumed, clock.due_at) == ("running", 60 * HOUR, FRIDAY + 96 * HOUR)


def test_from_elapsed_to_working_time_nothing_used_is_lost():
    working = policy("working", **clocks_with(desk_remedy=every_grade("16 working hours")))
    life = Life(policies=(working,)).opened("default.1").then(HOUR, assessed())
    life.then(10 * HOUR, CasePolicyMoved(complaint_id=ID, policy_version="working", reason="they asked"))
    clock = life.clock("desk_remedy", 11 * HOUR)
    assert clock.consumed - 10 * HOUR < timedelta(seconds=1)
    assert clock.due_at.replace(microsecond=0) == at("2026-11-23 15:29:59")  # six working hours from Monday morning


def test_the_arithmetic_is_told_in_words():
    life = Life().opened().then(HOUR, assessed()).then(2 * HOUR, PAUSED).then(12 * HOUR, RESUMED)
    assert explanation(life.clock("desk_remedy", 13 * HOUR), "en") == (
        "Started 2026-11-20 12:00. Policy default.1 allows 48 hours of elapsed time."
        " From 2026-11-20 12:00 to 2026-11-20 14:00: 2 h. From 2026-11-21 00:00 to 2026-11-21 01:00: 1 h."
        " Paused from 2026-11-20 14:00 to 2026-11-21 00:00: not counted. Consumed 3 h, 1 d 21 h left. Due 2026-11-22 22:00."
    )


def test_working_time_is_told_stretch_by_stretch_in_chinese_too():
    clock = Life(at("2026-11-20 16:00")).opened().clock("assessment", 66 * HOUR)
    assert explanation(clock, "zh-CN") == (
        "2026-11-20 16:00 开始。制度 default.1 允许 4 个工作小时，只计工作时间（08:30–12:00, 13:00–17:30, Asia/Shanghai）。"
        "2026-11-20 16:00 至 2026-11-23 10:00：工作时间 3 小时（2026-11-20 16:00–17:30, 2026-11-23 08:30–10:00）。"
        "已用 3 小时，剩余 1 小时。期限 2026-11-23 11:00。"
    )


def test_a_year_without_known_holidays_is_told_of():
    told = explanation(Life(at("2026-12-31 17:00")).opened().clock("assessment", HOUR), "en")
    assert told.endswith("The calendar knows no holidays of 2027: ordinary weeks are counted. Adopt a policy that lists them.")


@pytest.mark.parametrize(
    ("after", "ending"),
    [
        (50 * HOUR, "It was due 2026-11-22 12:00 and is missed."),
        (60 * HOUR, "Due 2026-11-22 12:00, met 2026-11-22 15:00, which was too late."),
    ],
)
def test_a_miss_is_told(after, ending):
    life = Life().opened().then(HOUR, assessed())
    if after > 51 * HOUR:
        life.then(51 * HOUR, offered())
    assert explanation(life.clock("desk_remedy", after), "en").endswith(ending)
