"""What holds of clocks whatever happens, in whatever order it is heard? (issue 5, §4)"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from services.routing.clocks import in_order, packed, reckon, tell, unpacked
from services.routing.tests.lives import (
    HOUR,
    ID,
    PAUSED,
    REOPENED,
    RESUMED,
    Life,
    answered,
    assessed,
    clocks_with,
    closed,
    every_grade,
    item,
    offered,
    policy,
    taken,
)
from shared.contracts.capa import CapaOpened
from shared.contracts.event import Event
from shared.contracts.routing import CasePolicyMoved, CaseRegraded, EarlyWarningSet, RemedyCarriedOut, ResultReported
from shared.policy import parse, shipped_content

LONG = timedelta(days=40)
STRICT = policy("strict", **clocks_with(desk_remedy=every_grade("1 working day"), personal_contact=every_grade("90min")))
LOOSE = policy("loose", **clocks_with(assessment=every_grade("3d"), desk_remedy=every_grade("10d"), take=every_grade("12 working hours")))

EVENTS: tuple[Event, ...] = (
    assessed(), assessed("major", "quality_assurance", early_warning="B"), item("act", "technical"), taken("assess", "desk"),
    offered(), answered(accepted=False), answered(accepted=True), PAUSED, RESUMED, closed(), closed("withdrawn"), REOPENED,
    CaseRegraded(complaint_id=ID, severity="important", reason="less"), CaseRegraded(complaint_id=ID, severity="major", reason="more"),
    CasePolicyMoved(complaint_id=ID, policy_version="strict", reason="they asked"),
    CasePolicyMoved(complaint_id=ID, policy_version="loose", reason="they asked"),
    EarlyWarningSet(complaint_id=ID, early_warning="A", because="person"), EarlyWarningSet(complaint_id=ID, because="person"),
    RemedyCarriedOut(complaint_id=ID, round=1, on=datetime(2026, 11, 20, tzinfo=UTC).date(), evidence="seen"),
    ResultReported(complaint_id=ID, medium="phone", text="told"),
    CapaOpened(
        capa_id=UUID(int=12), number="CA-2026-0001", trigger="complaint", title="leaks", severity="major", owner_department="technical",
        complaints=(ID,),
    ),
)  # fmt: skip

registered = st.datetimes(datetime(2025, 11, 1), datetime(2027, 1, 31), timezones=st.just(UTC))  # noqa: DTZ001  # Hypothesis wants bounds without a zone
after = st.timedeltas(timedelta(0), LONG)
happenings = st.lists(st.tuples(after, st.sampled_from(EVENTS)), max_size=12)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Whatever may happen to a case, and more: clocks must not care."""
    life = Life(draw(registered), policies=(STRICT, LOOSE)).opened()
    for moment, event in sorted(draw(happenings), key=lambda one: one[0]):
        life.then(moment, event)
    return life


@given(lives(), after, after)
def test_consumed_time_never_decreases(life, one, other):
    earlier, later = sorted((one, other))
    story = life.story()
    for before, now in zip(reckon(story, life.registered + earlier), reckon(story, life.registered + later), strict=True):
        assert before.consumed <= now.consumed
        assert now.remaining >= timedelta(0)


@given(lives(), after, after)
def test_pause_and_resume_at_the_same_instant_change_nothing(life, moment, now):
    assume(
        not any(since <= life.registered + moment and (to is None or life.registered + moment <= to) for since, to in life.story().pauses)
    )
    before = _seen(life, now)
    life.ledger.tick = timedelta(0)
    life.then(moment, PAUSED, RESUMED)
    assert _seen(life, now) == before


@given(lives(), after, st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_heard_does_not_matter(life, now, random: Random):
    before = _seen(life, now)
    random.shuffle(life.facts)
    life.facts += life.facts[:3]  # at least once means: twice changes nothing
    assert _seen(life, now) == before


@given(lives(), after, after, after)
def test_the_order_of_two_unrelated_events_does_not_matter(life, now, one, other):
    """A word to the complainant does not move the lawyers' work, nor the other way round."""
    told, offer = EVENTS[-2], item("legal", "legal")
    first, second = Life(life.registered), Life(life.registered)
    first.opened().then(one, told).then(other, offer)
    second.opened().then(other, offer).then(one, told)
    assert {_line(clock) for clock in first.clocks(now)} == {_line(clock) for clock in second.clocks(now)}


@given(lives(), after)
def test_replayed_from_what_was_kept_it_is_the_same(life, now):
    before = _seen(life, now)
    life.facts = unpacked(packed(life.facts))
    assert _seen(life, now) == before


@given(lives(), after, st.sampled_from(["strict", "loose"]))
def test_another_policy_keeps_what_was_consumed(life, moment, version):
    at = life.registered + moment
    life.facts = [one for one in life.facts if one.at <= at]
    assume(life.facts)
    before = {_name(clock): clock.consumed for clock in reckon(life.story(), at)}
    life.then(moment, CasePolicyMoved(complaint_id=ID, policy_version=version, reason="they asked"))
    for clock in reckon(life.story(), at + timedelta(microseconds=1)):
        assert timedelta(0) <= clock.consumed - before[_name(clock)] <= timedelta(microseconds=1)


@given(lives(), after)
def test_a_working_clock_is_never_due_in_free_time(life, now):
    for clock in life.clocks(now):
        if clock.limit.working and all(piece.limit.working for piece in clock.pieces):
            moment = clock.due_at - timedelta(microseconds=1)
            begins = clock.policy.calendar.between(clock.due_at, clock.due_at + timedelta(microseconds=1))
            assert begins or clock.policy.calendar.between(moment, clock.due_at)


@given(lives(), after, after)
def test_only_what_happens_moves_a_deadline(life, one, other):
    """As long as nothing happens, due is due: whoever looks, whenever they look."""
    earlier, later = sorted((one, other))
    story = tell(life.subject, in_order(f for f in life.facts if f.at <= life.registered + earlier), life.policies)
    for before, now in zip(reckon(story, life.registered + earlier), reckon(story, life.registered + later), strict=True):
        if before.state != "paused":
            assert (before.due_at, before.near_at) == (now.due_at, now.near_at)


@given(st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 5), timezones=st.just(UTC)))  # noqa: DTZ001  # Hypothesis wants bounds without a zone
def test_summer_time_changes_no_elapsed_hour_and_no_working_one(moment):
    berlin = parse(
        {**shipped_content(), "version": "berlin", "effective_on": "2026-01-01"} | clocks_with(assessment=every_grade("2 working days")),
        ZoneInfo("Europe/Berlin"),
    )
    life = Life(moment, policies=(berlin,)).opened("berlin")
    clock = life.clock("assessment", timedelta(0))
    assert berlin.calendar.between(moment, clock.due_at) == 16 * HOUR
    assert life.clock("desk_remedy", timedelta(0)).due_at - moment == 48 * HOUR


def _seen(life: Life, now: timedelta) -> list[object]:
    return [_line(clock) for clock in life.clocks(now)]


def _line(clock) -> object:
    return (*_name(clock), clock.span.since, clock.span.until, clock.state, clock.due_at, clock.near_at, clock.consumed, clock.remaining)


def _name(clock) -> tuple[str, str]:
    return clock.span.clock, clock.span.instance
