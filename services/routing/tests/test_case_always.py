"""What holds for a case whatever is asked of it, in whatever order?"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.routing.case import CASE
from services.routing.commands import (
    Assess,
    CarryOut,
    Close,
    Command,
    DecideOnOffer,
    MovePolicy,
    NameRecourse,
    OfferRemedy,
    Pause,
    RecordAnswer,
    RegradeNature,
    RegradeSeverity,
    RemindCustomer,
    Reopen,
    Resume,
    SetEarlyWarning,
    Verify,
)
from services.routing.hearing import (
    HearAnswer,
    HearCapaClosed,
    HearDissatisfaction,
    HearInformation,
    HearMerger,
    HearMessage,
    HearUnsettled,
    HearWarningMissed,
    HearWithdrawal,
    ImportCase,
    OpenCase,
)
from services.routing.item import AssignItem, FinishItem, HandOverItem, Move, RemindItem, ReturnItem, TakeItem
from services.routing.tests.laws import LEGAL, after_the_end, closings_without_grounds, illegal_moves, illegal_offers, unequal_pairs
from services.routing.tests.road import CASE_ID, TODAY, meet, received, tell
from shared.contracts.event import Event
from shared.contracts.routing import CaseRegraded, RemedyAnswered, RemedyOffered, RemedyProposed, WorkItemDone, WorkItemOffered
from shared.contracts.states import state_after
from shared.contracts.vocabulary import Actor, Money
from shared.decider import Context, Invalid, NotFound, Refused
from shared.envelope import decode
from shared.policy import Policies, shipped
from shared.testing import NOON

POLICY = shipped()
ABOUT = UUID("0193a4a0-0000-7000-8000-00000000ab01")
people = st.sampled_from([Actor(person=p, name=p.title(), role="quality") for p in ("anna", "bo", "chen")])
rounds = st.integers(1, 4)
severities = st.sampled_from(["ordinary", "important", "major"])
signs = st.sampled_from([None, "A", "B", "C"])
assessments = st.builds(
    Assess,
    severity=severities,
    nature=st.just("valid"),
    safety=st.booleans(),
    complexity=st.just("low"),
    impact=st.just("low"),
    immediate_action=st.just("possible"),
    pass_on=st.booleans(),
    legal=st.booleans(),
    reason=st.just("Because."),
    responsible_department=st.sampled_from([None, "technical", "kitchen"]),
    early_warning=signs,
)
judgements = st.one_of(
    st.builds(RegradeSeverity, severities, st.just("Because.")),
    st.builds(RegradeNature, st.sampled_from(["valid", "communicative"]), st.just("Because.")),
    st.builds(SetEarlyWarning, signs, st.just("Because."), st.just("Soon."), st.just("Signs.")),
)
moves = st.sampled_from(
    [meet, tell, RemindCustomer("phone"), NameRecourse("consumer association", TODAY), Pause("waiting_for_customer"), Resume(),
     OpenCase(received), MovePolicy("default.1", "Because.")]
)  # fmt: skip
news = st.sampled_from(
    [HearWithdrawal(), HearMerger("bo"), HearInformation(ABOUT), HearInformation(ABOUT, known=True, batch="B2"), HearCapaClosed(ABOUT), HearWarningMissed("B"),
     HearUnsettled(), HearUnsettled(1), HearDissatisfaction(1), HearDissatisfaction(2), Reopen("Because.")]
)  # fmt: skip


messages = st.builds(
    HearMessage,
    message_id=st.just(ABOUT),
    by=st.sampled_from(["complainant", "staff"]),
    visible=st.booleans(),
    topic=st.sampled_from(["price", "delivery", "other"]),
    person=st.sampled_from(["anna", "bo", "chen"]),
    known=st.booleans(),
)
reasons = st.just("Because.")


def moves_of(item: UUID) -> st.SearchStrategy[Move]:
    """What people may try with a piece of work."""
    return st.one_of(
        st.just(TakeItem(item)),
        st.builds(ReturnItem, st.just(item), reasons),
        st.builds(HandOverItem, st.just(item), st.sampled_from(["desk", "finance", "technical", "kitchen"]), reasons),
        st.builds(AssignItem, st.just(item), st.sampled_from(["anna", "bo", "chen"]), st.none() | reasons),
        st.just(RemindItem(item, "Please.")),
        st.just(FinishItem(item, "Done.")),
    )


class AnyCase(RuleBasedStateMachine):
    """Asks at random; what is decided is kept as it would be in the store."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.state = CASE.initial(CASE_ID)

    def ask(self, command: Command, who: Actor) -> None:
        try:
            decided = CASE.decide(self.state, command, Context(NOON, who, POLICY, policies=Policies.only(POLICY)))
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

    @rule(command=judgements, who=people)
    def is_judged_again(self, command, who):
        self.ask(command, who)

    @rule(command=moves, who=people)
    def goes_on(self, command, who):
        self.ask(command, who)

    @rule(cost=st.sampled_from([None, "0", "5"]), who=people)
    def is_offered(self, cost, who):
        amount = None if cost is None else Money(amount=Decimal(cost), currency="CNY")
        self.ask(OfferRemedy(("repair",), "We repair it.", "soon", amount), who)

    @rule(number=rounds, approved=st.booleans(), who=people)
    def is_decided_on(self, number, approved, who):
        self.ask(DecideOnOffer(number, approved, "Because."), who)

    @rule(number=rounds, accepted=st.booleans(), by_staff=st.booleans(), who=people)
    def is_answered(self, number, accepted, by_staff, who):
        self.ask(RecordAnswer(number, accepted, "phone") if by_staff else HearAnswer(number, accepted), who)

    @rule(number=rounds, check=st.booleans(), who=people)
    def is_remedied(self, number, check, who):
        self.ask(Verify(number, TODAY, "Seen.") if check else CarryOut(number, TODAY, "Done."), who)

    @precondition(lambda self: self.state.items)
    @rule(data=st.data(), who=people)
    def has_its_work_moved(self, data, who):
        self.ask(data.draw(moves_of(data.draw(st.sampled_from(self.state.items)).id)), who)

    @rule(message=messages, who=people)
    def is_written_about(self, message, who):
        self.ask(message, who)

    @rule(outcome=st.sampled_from(["satisfied", "withdrawn", "duplicate", "no_answer", "recourse_exhausted"]), who=people)
    def is_closed(self, outcome, who):
        self.ask(Close(outcome, "Because."), who)

    @rule(command=news, who=people)
    def is_told_of(self, command, who):
        self.ask(command, who)

    @invariant()
    def the_state_is_the_fold_of_what_was_written(self):
        again = [decode(e.TYPE, e.model_dump_json(exclude_none=True).encode()) for e in self.events]
        assert CASE.fold(CASE_ID, again) == self.state

    @invariant()
    def every_service_names_the_same_state_and_none_is_reached_from_where_it_cannot_be(self):
        state = "received"
        for before, after in self.states():
            assert after == before or after in LEGAL[before], (before, after)
            state = after
        assert state == self.state.state

    def states(self) -> Iterator[tuple[str, str]]:
        """From each state to the next; where an imported case begins, its history says."""
        state = "received"
        for n, e in enumerate(self.events):
            before, state = state, state_after(state, e.TYPE, orjson.loads(e.model_dump_json(exclude_none=True)))
            yield before if n else state, state

    @invariant()
    def one_round_is_under_way_at_most_and_numbers_go_on(self):
        offers = [e.round for e in self.events if isinstance(e, RemedyOffered | RemedyProposed)]
        assert offers == list(range(1, len(offers) + 1))
        answers = [e.round for e in self.events if isinstance(e, RemedyAnswered)]
        assert len(answers) == len(set(answers))
        open_rounds = [
            r for r in self.state.rounds[self.state.rounds_past :] if r.approval == "pending" or (r.offered and r.answer is None)
        ]
        assert len(open_rounds) <= 1

    @invariant()
    def offers_keep_the_rules_of_assessment_meeting_and_approval(self):
        assert illegal_offers(self.events, POLICY) == []

    @invariant()
    def a_closing_has_its_grounds(self):
        assert closings_without_grounds(self.events, POLICY) == []

    @invariant()
    def danger_was_graded_down_by_a_second_person_only(self):
        for e in self.events:
            if isinstance(e, CaseRegraded) and e.severity in ("ordinary", "important") and self.state.safety:
                assert e.actor is not None
                assert e.actor.person != self.state.assessor

    @invariant()
    def work_is_offered_once_and_ends_once(self):
        offered = [e.item_id for e in self.events if isinstance(e, WorkItemOffered)]
        done = [e.item_id for e in self.events if isinstance(e, WorkItemDone)]
        assert len(offered) == len(set(offered))
        assert len(done) == len(set(done))
        assert set(done) <= set(offered)

    @invariant()
    def work_is_moved_by_those_only_who_may(self):
        assert illegal_moves(self.events) == []

    @invariant()
    def a_warning_is_its_groups_work_and_no_others(self):
        warned = [item.offered_to for item in self.state.items if item.task == "warn" and not item.done]
        assert warned in ([], [POLICY.warned(self.state.early_warning).department] if self.state.early_warning else [])

    @invariant()
    def a_closed_case_has_no_work_left_but_what_is_to_be_told_or_read(self):
        if self.state.closed:
            assert all(item.done or item.task in ("tell", "news") for item in self.state.items)

    @invariant()
    def after_its_end_nothing_happens_to_a_case_but_what_is_listed(self):
        assert after_the_end(self.events) == []

    @invariant()
    def closings_and_reopenings_alternate_and_so_do_pauses(self):
        assert self.state.closings - self.state.reopened == (1 if self.state.closed else 0)
        assert unequal_pairs(self.events) == []
        assert not (self.state.paused and self.state.closed)


AnyCase.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestAnyCase = AnyCase.TestCase
