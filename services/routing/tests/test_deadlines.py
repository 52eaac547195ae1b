"""What is put on record of deadlines, and what a missed one sets going?"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.routing.case import CASE
from services.routing.clocks.moments import come, pending
from services.routing.deadlines import DEADLINES, About, Note, Notice, stream_of
from services.routing.hearing import HearWarningMissed
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
    closed,
    every_grade,
    item,
    item_id,
    offered,
    opening,
    policy,
)
from shared.contracts.routing import (
    CaseEscalated,
    CasePolicyMoved,
    DeadlineMissed,
    DeadlineNear,
    EarlyWarningSet,
    WorkItemDone,
    WorkItemOffered,
)
from shared.testing import happened, scenario

given = scenario(DEADLINES, stream_of(ID))
ABOUT = About("desk_remedy", "1", FRIDAY + 48 * HOUR, "desk", complaint_id=ID)
MISSED = Notice(ABOUT, "missed", ABOUT.due_at)
NEAR = Notice(ABOUT, "near", ABOUT.due_at - 12 * HOUR)
TO_HEAD = Notice(ABOUT, "escalated", ABOUT.due_at, level=1, to_department="desk", reason_code="overdue")


def near(due: timedelta = 48 * HOUR) -> DeadlineNear:
    return DeadlineNear(complaint_id=ID, clock="desk_remedy", instance="1", due_at=FRIDAY + due)


def missed(due: timedelta = 48 * HOUR) -> DeadlineMissed:
    return DeadlineMissed(complaint_id=ID, clock="desk_remedy", instance="1", due_at=FRIDAY + due)


def escalated(level: int, clock: str = "desk_remedy") -> CaseEscalated:
    return CaseEscalated(complaint_id=ID, clock=clock, instance="1", level=level, reason_code="overdue")


def to_tell(life: Life, after: timedelta, clock: str = "desk_remedy") -> list[tuple[str, timedelta]]:
    found = life.clock(clock, after)
    return [
        (moment.what if moment.rung is None else f"level {moment.rung.level}", moment.at - life.registered)
        for moment in come(found, life.story().notes, life.registered + after)
    ]


def test_a_deadline_is_told_of_once():
    now = FRIDAY + 50 * HOUR
    after = (
        given()
        .when(Note((MISSED, TO_HEAD)), now=now)
        .then(
            happened(DeadlineMissed, clock="desk_remedy", due_at=ABOUT.due_at, complaint_id=ID, department="desk", late=False),
            happened(CaseEscalated, level=1, to_department="desk", reason_code="overdue"),
        )
    )
    after.when(Note((MISSED, TO_HEAD)), now=now + HOUR).nothing()


def test_it_is_not_told_before_its_moment():
    given().when(Note((MISSED,)), now=ABOUT.due_at - timedelta(microseconds=1)).nothing()
    given().when(Note((NEAR,)), now=NEAR.at).then(happened(DeadlineNear, due_at=ABOUT.due_at))


def test_after_more_time_was_given_it_is_told_of_again():
    later = Notice(ABOUT, "missed", FRIDAY + 96 * HOUR)
    once = given().when(Note((MISSED,)), now=FRIDAY + 50 * HOUR).then(happened(DeadlineMissed))
    once.when(Note((later,)), now=FRIDAY + 97 * HOUR).then(happened(DeadlineMissed))


def test_people_are_warned_when_a_quarter_is_left():
    life = Life().opened().then(HOUR, assessed())
    assert to_tell(life, 36 * HOUR - timedelta(microseconds=1)) == []
    assert to_tell(life, 36 * HOUR) == [("near", 36 * HOUR)]
    assert to_tell(life.then(36 * HOUR, near()), 37 * HOUR) == []


def test_the_ladder_goes_up_after_a_miss():
    life = Life().opened().then(HOUR, assessed()).then(36 * HOUR, near())
    assert to_tell(life, 48 * HOUR) == [("missed", 48 * HOUR), ("level 1", 48 * HOUR)]
    life.then(48 * HOUR, missed(), escalated(1))
    assert to_tell(life, 71 * HOUR) == []
    assert to_tell(life, 72 * HOUR) == [("level 2", 72 * HOUR)]
    life.then(72 * HOUR, escalated(2))
    assert to_tell(life, 96 * HOUR) == [("level 3", 96 * HOUR)]
    assert list(pending(life.then(96 * HOUR, escalated(3)).clock("desk_remedy", 300 * HOUR), life.story().notes)) == []


def test_what_came_due_while_nobody_looked_is_told_at_once_and_without_a_warning():
    life = Life().opened().then(HOUR, assessed())
    assert to_tell(life, 100 * HOUR) == [("missed", 48 * HOUR), ("level 1", 48 * HOUR), ("level 2", 72 * HOUR), ("level 3", 96 * HOUR)]


@pytest.mark.parametrize("end", [offered(), closed("recourse_exhausted"), closed("withdrawn"), assessed("major", "quality_assurance")])
def test_a_clock_that_ended_climbs_no_further(end):
    life = Life().opened().then(HOUR, assessed()).then(49 * HOUR, missed(), end)
    assert to_tell(life, 500 * HOUR) == []


def test_a_paused_clock_tells_nothing_and_goes_on_where_it_was():
    life = Life().opened().then(HOUR, assessed()).then(40 * HOUR, near()).then(40 * HOUR, PAUSED)
    assert to_tell(life, 300 * HOUR) == []
    life.then(300 * HOUR, RESUMED)
    assert to_tell(life, 307 * HOUR) == []
    assert to_tell(life, 308 * HOUR) == [("missed", 308 * HOUR), ("level 1", 308 * HOUR)]


def test_more_time_from_another_policy_undoes_what_was_told():
    longer = policy("longer", **clocks_with(desk_remedy=every_grade("4d")))
    life = Life(policies=(longer,)).opened("default.1").then(HOUR, assessed()).then(48 * HOUR, missed(), escalated(1))
    life.then(50 * HOUR, CasePolicyMoved(complaint_id=ID, policy_version="longer", reason="they asked"))
    assert to_tell(life, 60 * HOUR) == []
    assert to_tell(life, 72 * HOUR) == [("near", 72 * HOUR)]
    assert to_tell(life, 96 * HOUR) == [("missed", 96 * HOUR), ("level 1", 96 * HOUR)]


def test_a_comment_never_resets_a_clock():
    """Nothing said about a case moves its deadline but what meets or pauses it."""
    life = Life().opened().then(HOUR, assessed())
    before = life.clock("desk_remedy", 2 * HOUR).due_at
    reminded = EarlyWarningSet(complaint_id=ID, early_warning="C", because="person")
    assert life.then(40 * HOUR, reminded, item("news", "desk"), near()).clock("desk_remedy", 41 * HOUR).due_at == before


def test_an_untaken_item_has_a_deadline_before_its_work_has():
    """Unassigned work escalates first: the take clock of a major case is missed, and climbs, while its work has weeks."""
    life = Life().opened().then(HOUR, assessed("major", "quality_assurance"), item("act", "technical_director"))
    assert [what for what, _ in to_tell(life, 3 * HOUR, "take")] == ["missed", "level 1"]
    assert life.clock("take", 3 * HOUR).span.item_id == item_id("act", "technical_director")


case = scenario(CASE, ID)
WARNED = (opening(), EarlyWarningSet(complaint_id=ID, early_warning="B", because="person"), item("warn", "working_group"))


def test_a_missed_b_warning_becomes_an_a_by_itself():
    case(*WARNED).when(HearWarningMissed("B")).then(
        happened(EarlyWarningSet, early_warning="A", before="B", because="deadline"),
        happened(WorkItemDone, item_id=item_id("warn", "working_group")),
        happened(WorkItemOffered, department="leading_group", task="warn"),
    )


@pytest.mark.parametrize("early_warning", ["A", "C"])
def test_the_other_classes_stay_what_they_are(early_warning):
    warned = EarlyWarningSet(complaint_id=ID, early_warning=early_warning, because="person")
    case(opening(), warned).when(HearWarningMissed(early_warning)).nothing()


def test_a_warning_diagnosed_anew_or_of_a_closed_case_stays_as_it_is():
    case(*WARNED, EarlyWarningSet(complaint_id=ID, early_warning="C", because="person")).when(HearWarningMissed("B")).nothing()
    case(*WARNED, closed()).when(HearWarningMissed("B")).nothing()


def test_a_deadline_may_be_an_actions_or_other_feedbacks():
    about = About("plan", "x/1", FRIDAY, "technical", capa_id=UUID(int=3))
    given().when(Note((Notice(about, "missed", FRIDAY, late=True),)), now=FRIDAY + DAY).then(
        happened(DeadlineMissed, complaint_id=None, capa_id=UUID(int=3), late=True)
    )
