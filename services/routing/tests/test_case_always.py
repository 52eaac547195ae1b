"""What holds for a case whatever is asked of it, in whatever order?"""

from __future__ import annotations

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.routing.case import CASE
from services.routing.commands import Assess, CarryOut, Close, Command, OfferRemedy, RecordAnswer, TakeItem, Verify
from services.routing.hearing import HearAnswer, HearDissatisfaction, ImportCase, OpenCase
from services.routing.tests.road import CASE_ID, TODAY, meet, received, tell
from shared.contracts.event import Event
from shared.contracts.routing import CaseClosed, CaseReopened, MeetingHeld, RemedyAnswered, RemedyOffered, WorkItemDone, WorkItemOffered
from shared.contracts.states import state_after
from shared.contracts.vocabulary import Actor
from shared.decider import Context, Invalid, NotFound, Refused
from shared.envelope import decode
from shared.policy import shipped
from shared.testing import NOON

POLICY = shipped()
people = st.sampled_from([Actor(person=p, name=p.title(), role="quality") for p in ("anna", "bo", "chen")])
rounds = st.integers(1, 4)
assessments = st.builds(
    Assess,
    severity=st.sampled_from(["ordinary", "important", "major"]),
    nature=st.just("valid"),
    safety=st.booleans(),
    complexity=st.just("low"),
    impact=st.just("low"),
    immediate_action=st.just("possible"),
    pass_on=st.booleans(),
    legal=st.booleans(),
    reason=st.just("Because."),
    responsible_department=st.sampled_from([None, "technical", "kitchen"]),
    early_warning=st.sampled_from([None, "A", "B", "C"]),
)


class AnyCase(RuleBasedStateMachine):
    """Asks at random; what is decided is kept as it would be in the store."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.state = CASE.initial(CASE_ID)

    def ask(self, command: Command, who: Actor) -> None:
        try:
            decided = CASE.decide(self.state, command, Context(NOON, who, POLICY))
        except (Refused, Invalid, NotFound):
            return
        for event in decided:
            stamped = event.stamped(actor=who, on_behalf_of=None, occurred_at=NOON)
            self.state = CASE.evolve(self.state, stamped)
            self.events.append(stamped)

    @initialize(imported=st.booleans(), closed=st.booleans(), who=people)
    def begins(self, imported, closed, who):
        self.ask(ImportCase(received, severity="major", closed=closed) if imported else OpenCase(received), who)

    @rule(command=assessments, who=people)
    def is_assessed(self, command, who):
        self.ask(command, who)

    @rule(command=st.sampled_from([meet, tell, OfferRemedy(("repair",), "We repair it.", "soon"), OpenCase(received)]), who=people)
    def goes_on(self, command, who):
        self.ask(command, who)

    @rule(number=rounds, accepted=st.booleans(), by_staff=st.booleans(), who=people)
    def is_answered(self, number, accepted, by_staff, who):
        self.ask(RecordAnswer(number, accepted, "phone") if by_staff else HearAnswer(number, accepted), who)

    @rule(number=rounds, check=st.booleans(), who=people)
    def is_remedied(self, number, check, who):
        self.ask(Verify(number, TODAY, "Seen.") if check else CarryOut(number, TODAY, "Done."), who)

    @precondition(lambda self: self.state.items)
    @rule(data=st.data(), who=people)
    def is_taken(self, data, who):
        self.ask(TakeItem(data.draw(st.sampled_from(self.state.items)).id), who)

    @rule(outcome=st.sampled_from(["satisfied", "withdrawn", "duplicate", "no_answer"]), who=people)
    def is_closed(self, outcome, who):
        self.ask(Close(outcome, "Because."), who)

    @rule(closing=st.integers(1, 3), who=people)
    def dissatisfies(self, closing, who):
        self.ask(HearDissatisfaction(closing), who)

    @invariant()
    def the_state_is_the_fold_of_what_was_written(self):
        again = [decode(e.TYPE, e.model_dump_json(exclude_none=True).encode()) for e in self.events]
        assert CASE.fold(CASE_ID, again) == self.state

    @invariant()
    def every_service_names_the_same_state(self):
        state = "received"
        for e in self.events:
            state = state_after(state, e.TYPE, orjson.loads(e.model_dump_json(exclude_none=True)))
        assert state == self.state.state

    @invariant()
    def one_round_is_open_at_most_and_numbers_go_on(self):
        offers = [e.round for e in self.events if isinstance(e, RemedyOffered)]
        assert offers == list(range(1, len(offers) + 1))
        answers = [e.round for e in self.events if isinstance(e, RemedyAnswered)]
        assert len(answers) == len(set(answers))

    @invariant()
    def a_major_case_was_offered_nothing_before_a_meeting(self):
        met = False
        for e in self.events:
            met = met or isinstance(e, MeetingHeld)
            assert not (isinstance(e, RemedyOffered) and self.state.severity == "major" and not met)

    @invariant()
    def satisfied_means_accepted_done_and_checked(self):
        last = next((e for e in reversed(self.events) if isinstance(e, CaseClosed | CaseReopened)), None)
        if isinstance(last, CaseClosed) and last.outcome == "satisfied":
            current = self.state.current
            assert current is not None
            assert current.verified

    @invariant()
    def work_is_offered_once_and_ends_once(self):
        offered = [e.item_id for e in self.events if isinstance(e, WorkItemOffered)]
        done = [e.item_id for e in self.events if isinstance(e, WorkItemDone)]
        assert len(offered) == len(set(offered))
        assert len(done) == len(set(done))
        assert set(done) <= set(offered)

    @invariant()
    def a_closed_case_has_no_work_left(self):
        if self.state.closed:
            assert all(item.done for item in self.state.items)

    @invariant()
    def closings_and_reopenings_alternate(self):
        assert self.state.closings - self.state.reopened == (1 if self.state.closed else 0)


AnyCase.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnyCase = AnyCase.TestCase
