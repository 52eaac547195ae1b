"""What starts each clock, what meets it, and when is it due?"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from services.routing.tests.lives import (
    DAY,
    FRIDAY,
    HOUR,
    ID,
    PAUSED,
    REOPENED,
    RESUMED,
    Life,
    answered,
    assessed,
    closed,
    done,
    item,
    item_id,
    offered,
    taken,
)
from shared.contracts.capa import CapaOpened
from shared.contracts.intake import FeedbackAnswered, FeedbackPromoted, FeedbackReceived, MessagePosted
from shared.contracts.routing import (
    EarlyWarningSet,
    RemedyApproved,
    RemedyCarriedOut,
    ResultReported,
    WorkItemHandedOver,
    WorkItemReturned,
)
from shared.contracts.survey import CallbackDeclined, CallbackExpired

SHANGHAI = ZoneInfo("Asia/Shanghai")
CAPA = UUID("0190a5b6-0000-7000-8000-00000000000c")
ASKED = UUID("0190a5b6-0000-7000-8000-0000000000f1")
CARRIED_OUT = RemedyCarriedOut(complaint_id=ID, round=1, on=FRIDAY.date(), evidence="seen")
TOLD = ResultReported(complaint_id=ID, medium="phone", text="It is repaired.")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def warned(early_warning: str | None) -> EarlyWarningSet:
    return EarlyWarningSet(complaint_id=ID, early_warning=early_warning, because="person")


def capa(**more: object) -> CapaOpened:
    return CapaOpened(
        capa_id=CAPA, number="CA-2026-0001", trigger="complaint", title="leaks", severity="major", owner_department="technical_director",
        **{"complaints": (ID,)} | more,
    )  # fmt: skip


def test_the_machine_acknowledges_at_once():
    clock = Life().opened().clock("acknowledgement", HOUR)
    assert clock.state == "met"
    assert clock.consumed < timedelta(seconds=1)


def test_an_assessment_has_four_working_hours():
    clock = Life().opened().clock("assessment", HOUR)
    assert clock.due_at == at("2026-11-20 17:00")  # lunch lies in between
    assert clock.state == "running"


def test_a_weekend_is_not_counted_where_work_is():
    clock = Life(at("2026-11-20 16:00")).opened().clock("assessment", HOUR)
    assert clock.due_at == at("2026-11-23 11:00")


def test_the_desk_has_48_hours_for_a_remedy_from_registration():
    life = Life().opened().then(HOUR, assessed())
    assert life.clock("desk_remedy", 2 * HOUR).due_at == FRIDAY + 48 * HOUR
    met = life.then(47 * HOUR, offered()).clock("desk_remedy", 60 * HOUR)
    assert (met.state, met.consumed) == ("met", 47 * HOUR + timedelta(microseconds=1))


def test_a_refusal_starts_the_48_hours_anew():
    life = Life().opened().then(HOUR, assessed()).then(2 * HOUR, offered()).then(10 * HOUR, answered(accepted=False))
    clock = life.clock("desk_remedy", 11 * HOUR)
    assert (clock.span.instance, clock.state, clock.span.item_id) == ("2", "running", None)
    assert clock.due_at - FRIDAY == 58 * HOUR + timedelta(microseconds=1)


def test_what_is_passed_on_is_no_longer_the_desks_to_remedy():
    life = Life().opened().then(HOUR, assessed("major", "quality_assurance"))
    assert life.clock("desk_remedy", 2 * HOUR).state == "stopped"


def test_an_approved_round_counts_as_offered():
    life = Life().opened().then(HOUR, assessed()).then(5 * HOUR, RemedyApproved(complaint_id=ID, round=1, reason="fair"))
    assert life.clock("desk_remedy", 6 * HOUR).state == "met"


def test_met_late_stays_missed_with_the_day_it_was_met():
    clock = Life().opened().then(HOUR, assessed()).then(50 * HOUR, offered()).clock("desk_remedy", 60 * HOUR)
    assert clock.state == "missed"
    assert clock.span.until is not None


@pytest.mark.parametrize(("severity", "hours"), [("major", 1), ("important", 4)])
def test_work_must_be_taken_by_severity(severity, hours):
    life = Life().opened().then(HOUR, assessed(severity, "quality_assurance"), item("act", "technical"))
    clock = life.clock("take", 2 * HOUR)
    assert clock.due_at - clock.span.since == hours * HOUR
    assert (clock.department, clock.holder) == ("technical", None)


def test_taking_meets_and_returning_starts_again():
    life = Life().opened().then(HOUR, taken("assess", "desk"))
    assert life.clock("take", 2 * HOUR).state == "met"
    life.then(3 * HOUR, WorkItemReturned(complaint_id=ID, item_id=item_id("assess", "desk"), department="desk", reason="ill"))
    clock = life.clock("take", 4 * HOUR)
    assert (clock.state, clock.holder) == ("running", None)
    assert clock.span.instance == f"{item_id('assess', 'desk')}/2"


def test_work_that_a_call_ended_need_not_be_taken():
    life = Life().opened().then(HOUR, assessed(), done("assess", "desk"))
    assert life.clock("take", 2 * HOUR).state == "met"


def test_work_handed_over_is_the_other_departments_to_take():
    handed = WorkItemHandedOver(
        complaint_id=ID, item_id=item_id("assess", "desk"), from_department="desk", to_department="technical", reason="theirs"
    )
    life = Life().opened().then(HOUR, handed)
    assert life.clock("take", 2 * HOUR, run=0).state == "met"
    assert life.clock("take", 2 * HOUR).department == "technical"
    assert life.clock("assessment", 2 * HOUR).department == "technical"


def message(by: str = "staff", visible: bool = True) -> MessagePosted:
    return MessagePosted(complaint_id=ID, message_id=ID, by=by, text="We are at it.", visible=visible)


@pytest.mark.parametrize("word", [offered(), TOLD, message()])
def test_a_word_to_the_complainant_is_personal_contact_and_starts_the_next_week(word):
    life = Life().opened().then(HOUR, assessed()).then(DAY, word)
    assert life.clock("personal_contact", 2 * DAY).state == "met"
    status = [clock for clock in life.clocks(2 * DAY) if clock.span.clock == "status_message"]
    assert [clock.state for clock in status] == ["met", "running"]
    assert status[1].due_at - FRIDAY >= 8 * DAY


@pytest.mark.parametrize("word", [message(by="complainant"), message(visible=False), PAUSED])
def test_what_the_complainant_does_not_hear_meets_nothing(word):
    life = Life().opened().then(HOUR, word)
    assert life.clock("personal_contact", 2 * HOUR).state in ("running", "paused")
    assert len([clock for clock in life.clocks(2 * HOUR) if clock.span.clock == "status_message"]) == 1


def test_every_inquiry_has_a_clock_and_its_answer_meets_it():
    received = FeedbackReceived(feedback_id=ASKED, kind="inquiry", channel="web", received_at=FRIDAY, topic="price", text="How much?")
    asked = Life(subject=ASKED).then(HOUR, received)
    clock = asked.clock("inquiry", 2 * HOUR)
    assert (clock.department, clock.due_at.replace(microsecond=0)) == ("finance", at("2026-11-23 13:00"))
    assert asked.then(3 * HOUR, FeedbackAnswered(feedback_id=ASKED, text="12")).clock("inquiry", 4 * HOUR).state == "met"


def test_an_inquiry_that_becomes_a_complaint_waits_no_more_and_praise_never_did():
    received = FeedbackReceived(feedback_id=ASKED, kind="inquiry", channel="web", received_at=FRIDAY, text="It leaks, why?")
    promoted = FeedbackPromoted(feedback_id=ASKED, complaint_id=ID, reason="a complaint")
    assert Life(subject=ASKED).then(HOUR, received, promoted).clock("inquiry", 2 * HOUR).state == "stopped"
    assert Life(subject=ASKED).then(HOUR, received.model_copy(update={"kind": "praise"})).clocks(2 * HOUR) == []


def test_the_result_is_told_within_a_working_day():
    life = Life().opened().then(HOUR, assessed()).then(2 * HOUR, offered()).then(3 * HOUR, answered(accepted=True), CARRIED_OUT)
    clock = life.clock("telling", 4 * HOUR)
    assert clock.due_at.replace(microsecond=0) == at("2026-11-23 15:00")
    assert life.then(4 * HOUR, TOLD).clock("telling", 5 * HOUR).state == "met"


def test_an_early_warning_runs_by_its_class_until_its_work_is_done():
    life = Life().opened().then(HOUR, assessed(early_warning="B"), item("warn", "working_group"))
    clock = life.clock("early_warning", 2 * HOUR)
    assert (clock.due_at - clock.span.since, clock.department) == (72 * HOUR, "working_group")
    assert life.then(3 * HOUR, done("warn", "working_group")).clock("early_warning", 4 * HOUR).state == "met"


def test_another_class_is_another_clock_and_the_same_class_resets_nothing():
    life = Life().opened().then(HOUR, assessed(early_warning="B"), item("warn", "working_group")).then(5 * HOUR, warned("B"))
    assert life.clock("early_warning", 6 * HOUR).due_at - FRIDAY < 74 * HOUR
    life.then(7 * HOUR, warned("A"), done("warn", "working_group"), item("warn", "leading_group"))
    before, after = (life.clock("early_warning", 8 * HOUR, run) for run in (0, 1))
    assert (before.state, after.state, after.department) == ("stopped", "running", "leading_group")
    assert after.due_at - after.span.since == 24 * HOUR


def test_a_warning_withdrawn_stops_its_clock():
    life = Life().opened().then(HOUR, assessed(early_warning="C")).then(5 * HOUR, warned(None))
    assert life.clock("early_warning", 6 * HOUR).state == "stopped"


def test_waiting_for_the_customer_pauses_all_but_three():
    life = Life().opened().then(HOUR, assessed("major", "quality_assurance", early_warning="A"), item("act", "technical"), capa())
    clocks = {clock.span.clock: clock.state for clock in life.then(2 * HOUR, PAUSED).clocks(3 * HOUR) if not clock.over}
    assert clocks == {
        "personal_contact": "paused", "early_warning": "paused", "containment": "paused", "plan": "paused",
        "status_message": "running", "take": "missed",
    }  # fmt: skip


def test_a_pause_moves_the_due_time_by_its_length():
    life = Life().opened().then(HOUR, assessed()).then(2 * HOUR, PAUSED).then(12 * HOUR, RESUMED)
    clock = life.clock("desk_remedy", 13 * HOUR)
    assert clock.due_at == FRIDAY + 58 * HOUR
    assert clock.consumed == 3 * HOUR


def test_a_paused_clock_consumes_nothing():
    life = Life().opened().then(HOUR, assessed()).then(2 * HOUR, PAUSED)
    early, late = (life.clock("desk_remedy", after) for after in (3 * HOUR, 300 * HOUR))
    assert early.consumed == late.consumed
    assert late.state == "paused"


def test_a_missed_clock_stays_missed_through_a_pause():
    life = Life().opened().then(HOUR, assessed()).then(50 * HOUR, PAUSED)
    assert life.clock("desk_remedy", 60 * HOUR).state == "missed"


def test_closing_starts_the_callback_and_stops_what_has_become_pointless():
    life = Life().opened().then(HOUR, assessed()).then(2 * HOUR, offered()).then(3 * HOUR, closed())
    running = {clock.span.clock for clock in life.clocks(4 * HOUR) if not clock.over}
    assert running == {"callback", "take"}  # the list of work is not told here
    callback = life.clock("callback", 4 * HOUR)
    assert callback.due_at - callback.span.since == 7 * DAY
    declined = CallbackDeclined(callback_id=uuid5(ID, "callback/1"), complaint_id=ID)
    assert life.then(DAY, declined).clock("callback", 2 * DAY).state == "met"


@pytest.mark.parametrize("outcome", ["withdrawn", "duplicate"])
def test_a_withdrawn_or_merged_complaint_has_no_clock_left(outcome):
    life = Life().opened().then(HOUR, assessed(), CARRIED_OUT).then(60 * HOUR, closed(outcome))
    states = {
        clock.span.clock: clock.state for clock in life.clocks(80 * HOUR) if clock.span.clock not in ("acknowledgement", "assessment")
    }
    assert set(states.values()) == {"stopped"}
    assert "callback" not in states


def test_reopening_ends_the_callback_and_asks_for_a_new_remedy():
    life = Life().opened().then(HOUR, assessed()).then(2 * HOUR, offered()).then(3 * HOUR, closed()).then(DAY, REOPENED)
    life.then(DAY, CallbackExpired(callback_id=uuid5(ID, "callback/1"), complaint_id=ID, because="reopened"))
    assert life.clock("callback", 2 * DAY).state == "stopped"
    assert life.clock("desk_remedy", 2 * DAY).due_at - FRIDAY == 3 * DAY + timedelta(microseconds=1)
    assert life.clock("status_message", 2 * DAY).state == "running"


def test_an_imported_case_has_clocks_from_when_it_becomes_work():
    life = Life().then(DAY, assessed())
    assert {clock.span.clock for clock in life.clocks(2 * DAY)} == {"desk_remedy", "status_message"}
    assert life.clock("desk_remedy", 2 * DAY).span.since - FRIDAY >= DAY
