"""A notification is requested once, tried, and ends once; an attempt of which nobody knows the result is the last one (RT-16)."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.intake.notifying.notification import (
    NEWS_FOR,
    NOTIFICATION,
    Attempt,
    Fail,
    Notification,
    Postpone,
    ReportBounce,
    Request,
    Send,
    Told,
)
from shared.contracts.intake_notifications import (
    NotificationAttempted,
    NotificationFailed,
    NotificationPostponed,
    NotificationRequested,
    NotificationSent,
)
from shared.contracts.vocabulary import ComplaintId
from shared.decider import Context, Refused
from shared.policy import shipped
from shared.testing import ANNA, NOON, happened, scenario

COMPLAINT = ComplaintId(UUID("11111111-1111-4111-8111-111111111111"))
ID = UUID("22222222-2222-4222-8222-222222222222")
CAUSE = UUID("33333333-3333-4333-8333-333333333333")

given = scenario(NOTIFICATION, ID)
told = Told("offer", "complainant", CAUSE, COMPLAINT, round=1)
requested = NotificationRequested(notification_id=ID, kind="offer", audience="complainant", about=CAUSE, complaint_id=COMPLAINT, round=1)


def attempted(n: int = 1) -> NotificationAttempted:
    return NotificationAttempted(notification_id=ID, kind="offer", complaint_id=COMPLAINT, attempt=n)


postponed = NotificationPostponed(notification_id=ID, kind="offer", complaint_id=COMPLAINT, attempt=1, reply=451)
sent = NotificationSent(notification_id=ID, kind="offer", complaint_id=COMPLAINT, medium="email", attempt=1)
failed = NotificationFailed(notification_id=ID, kind="offer", audience="complainant", complaint_id=COMPLAINT, reason="unknown", attempt=1)


def test_what_happened_is_to_be_told():
    given().when(Request(told, NOON)).then(requested)


def test_nobody_is_told_twice():
    given(requested).when(Request(told, NOON)).nothing()


def test_what_lies_back_long_is_no_news():
    """A consumer that begins anew at the log's beginning tells nobody of old cases."""
    given().when(Request(told, NOON - NEWS_FOR)).then(requested)
    given().when(Request(told, NOON - NEWS_FOR - timedelta(seconds=1))).nothing()


def test_an_attempt_is_on_record_before_it_is_made():
    given(requested).when(Attempt()).then(attempted()).when(Send("email")).then(sent)


def test_of_two_senders_one_attempts():
    given(requested, attempted()).when(Attempt()).refused("already-decided")


def test_what_was_not_handed_over_is_tried_again():
    given(requested, attempted()).when(Postpone(451)).then(postponed).when(Attempt()).then(attempted(2))


def test_an_attempt_without_a_known_result_is_never_repeated():
    ended = given(requested, attempted()).when(Fail("unknown")).then(failed)
    ended.when(Attempt()).refused("already-decided")


def test_a_sender_that_was_given_up_changes_nothing_more():
    for late in (Send("email"), Postpone(), Fail("rejected", 550)):
        given(requested, attempted(), failed).when(late).nothing()


def test_without_an_address_it_stands_on_the_tracking_page_and_the_desk_tells_it():
    given(requested).when(Send("tracking", "phone")).then(happened(NotificationSent, medium="tracking", left_to="phone", attempt=None))


def test_a_mail_may_come_back():
    came_back = given(requested, attempted(), sent).when(ReportBounce(550))
    came_back.then(happened(NotificationFailed, reason="bounced", reply=550)).when(ReportBounce()).refused("already-decided")


@pytest.mark.parametrize("before", [(), (sent.model_copy(update={"medium": "tracking"}),)])
def test_what_was_not_mailed_cannot_come_back(before):
    given(requested, *before).when(ReportBounce()).refused("not-sent")


def test_a_notification_that_was_never_requested_is_not_found():
    given().when(Attempt()).not_found()


class Telling(RuleBasedStateMachine):
    """One notification, two senders that know nothing of each other, and replays, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list = []

    def act(self, command) -> None:
        context = Context(NOON, ANNA, shipped())
        with suppress(Refused):
            self.events += NOTIFICATION.decide(self.state, command, context)

    @property
    def state(self) -> Notification:
        return NOTIFICATION.fold(ID, self.events)

    @rule()
    def heard(self):
        self.act(Request(told, NOON))

    @rule(
        command=st.sampled_from([Attempt(), Postpone(), Send("email"), Send("tracking"), Fail("unknown"), Fail("rejected"), ReportBounce()])
    )
    def went_on(self, command):
        if self.events:
            self.act(command)

    @invariant()
    def it_is_requested_once_and_first(self):
        assert [isinstance(event, NotificationRequested) for event in self.events] == [n == 0 for n in range(len(self.events))]

    @invariant()
    def it_ends_once_but_for_a_bounce(self):
        ends = [n for n, event in enumerate(self.events) if isinstance(event, NotificationSent | NotificationFailed)]
        if ends:
            after = self.events[ends[0] + 1 :]
            assert [event.reason for event in after] in ([], ["bounced"])

    @invariant()
    def an_attempt_begins_only_when_the_one_before_handed_nothing_over(self):
        for before, event in zip(self.events, self.events[1:], strict=False):
            if isinstance(event, NotificationAttempted):
                assert isinstance(before, NotificationRequested | NotificationPostponed)


TestTelling = Telling.TestCase
