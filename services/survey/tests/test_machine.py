"""Whatever order callers, closings, reopenings and time act in: a callback ends once, and nothing happens after its end."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.survey.callback import CALLBACK, Expire, PlanCallback, RecordAttempt, callback_id
from shared.contracts.event import Event
from shared.contracts.survey import (
    CallbackAnswered,
    CallbackAttempted,
    CallbackDeclined,
    CallbackDue,
    CallbackExpired,
    CallbackUnreached,
)
from shared.contracts.vocabulary import Actor, ComplaintId
from shared.decider import Context, Invalid, NotFound, Refused
from shared.policy import shipped
from shared.testing import NOON

COMPLAINT = ComplaintId(UUID("11111111-1111-4111-8111-111111111111"))
ID = callback_id(COMPLAINT, 1)
PEOPLE = ("anna", "bodo")
ENDS = (CallbackAnswered, CallbackDeclined, CallbackUnreached, CallbackExpired)

marks = st.none() | st.sampled_from(["very", "satisfied", "rather_not", "not"])


class Asking(RuleBasedStateMachine):
    """One callback from its closing to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.events: list[Event] = []

    def act(self, command: object, person: str) -> bool:
        context = Context(self.now, Actor(person=person, name=person.title(), role="desk"), shipped())
        try:
            decided = CALLBACK.decide(CALLBACK.fold(ID, self.events), command, context)
        except (Refused, Invalid, NotFound):
            return False
        self.events.extend(e.stamped(actor=context.actor, on_behalf_of=None, occurred_at=self.now) for e in decided)
        return True

    @rule()
    def closed(self):
        assert self.act(PlanCallback(COMPLAINT, 1, self.now, ("bodo",)), "redress")

    @rule(because=st.sampled_from(["time", "reopened"]))
    def over(self, because):
        assert self.act(Expire(because), "redress"), "a reaction or a timer is never refused"

    @rule(outcome=st.sampled_from(["answered", "no_answer", "declined"]), handling=marks, remedy=marks, person=st.sampled_from(PEOPLE))
    def tried(self, outcome, handling, remedy, person):
        self.act(RecordAttempt(outcome, "phone", handling, remedy), person)

    @rule(days=st.integers(min_value=1, max_value=20))
    def time_passes(self, days):
        self.now += timedelta(days=days)

    @invariant()
    def it_is_due_once_and_first(self):
        assert [isinstance(event, CallbackDue) for event in self.events] == [n == 0 for n in range(len(self.events))]

    @invariant()
    def it_ends_at_most_once_and_nothing_follows(self):
        ends = [n for n, event in enumerate(self.events) if isinstance(event, ENDS)]
        assert ends in ([], [len(self.events) - 1])

    @invariant()
    def attempts_are_counted_and_never_more_than_allowed(self):
        attempts = [event.attempt for event in self.events if isinstance(event, CallbackAttempted)]
        assert attempts == list(range(1, len(attempts) + 1))
        assert len(attempts) <= shipped().callback_attempts

    @invariant()
    def nobody_asked_about_their_own_case(self):
        assert all(event.actor.person != "bodo" for event in self.events if isinstance(event, CallbackAttempted))

    @invariant()
    def nobody_asked_too_late(self):
        if self.events:
            limit = self.events[0].expires_at
            assert all(event.occurred_at < limit for event in self.events if isinstance(event, CallbackAttempted))


TestAsking = Asking.TestCase
