"""Rules of taking in, acknowledging and answering; and what holds whatever is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.intake.complaint import COMPLAINT, AnswerOffer, Offers, ReceiveComplaint
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived, History, HistoryRound, RemedyAnswerGiven
from shared.contracts.vocabulary import Complainant, ComplaintId, Customer, Product
from shared.decider import Context, Invalid, NotFound, Refused
from shared.envelope import decode
from shared.policy import shipped
from shared.testing import ANNA, NOON, happened, scenario

ID = ComplaintId(UUID("0193a4a0-0000-7000-8000-00000000c0de"))
given = scenario(COMPLAINT, ID)

received = ComplaintReceived(complaint_id=ID, number="C-2026-000001", channel="phone", content_class="product_quality", received_at=NOON)
receive = ReceiveComplaint("phone", "product_quality", description="It leaks.")
history = History(source="tsa", rounds=(HistoryRound(received_at=NOON - timedelta(days=900), closed=True, outcome="satisfied"),))
accept = AnswerOffer(1, True, None, Offers(open=1))


def test_a_complaint_is_taken_in_and_acknowledged_at_once():
    given().when(receive).then(
        happened(ComplaintReceived, complaint_id=ID, number="?C", channel="phone", received_at=NOON, description="It leaks."),
        happened(ComplaintAcknowledged, medium="phone"),
    )


def test_everything_the_door_was_told_is_in_the_event():
    told = replace(
        receive,
        external_ref="CRM-8841",
        issue_codes=("leakage", "noise"),
        complainant=Complainant(name="Li Wei", phone="138 0013 8000"),
        customer=Customer(ref="C-1007"),
        product=Product(code="P-20", damaged_parts=("seal",)),
        departments=("north",),
        received_at=NOON - timedelta(hours=3),
    )
    given().when(told).then(
        happened(
            ComplaintReceived,
            external_ref="CRM-8841",
            issue_codes=("leakage", "noise"),
            complainant=told.complainant,
            customer=told.customer,
            product=told.product,
            departments=("north",),
            received_at=told.received_at,
        ),
        happened(ComplaintAcknowledged),
    )


def test_a_complaint_is_taken_in_once():
    given(received).when(receive).nothing()


def test_a_complaint_cannot_come_from_the_future():
    given().when(replace(receive, received_at=NOON + timedelta(seconds=1))).invalid("/received_at")


def test_an_import_is_the_same_decision_with_a_history_and_tells_nobody():
    posted = given().when(receive).events
    imported = given().when(replace(receive, history=history, data_flags=("same_row_twice",))).events
    assert len(imported) == 1
    assert imported[0] == posted[0].model_copy(update={"history": history, "data_flags": ("same_row_twice",)})


def test_the_complainant_answers_the_open_offer():
    given(received).when(replace(accept, comment="At last.")).then(
        RemedyAnswerGiven(complaint_id=ID, round=1, accepted=True, comment="At last.")
    )


@pytest.mark.parametrize("offers", [Offers(), Offers(open=2)])
def test_only_an_open_offer_is_answered(offers):
    given(received).when(replace(accept, offers=offers)).refused("not-offered")


def test_an_offer_is_answered_once_here():
    given(received, RemedyAnswerGiven(complaint_id=ID, round=1, accepted=False)).when(accept).refused("already-decided")


def test_an_offer_that_staff_closed_is_answered():
    given(received).when(replace(accept, offers=Offers(answered=frozenset({1})))).refused("already-decided")


def test_nobody_answers_for_a_complaint_that_is_not_there():
    given().when(accept).not_found()


class AnyComplaint(RuleBasedStateMachine):
    """Receives and answers at random, with whatever intake has seen of the offers, old or new."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []

    def ask(self, command):
        state = COMPLAINT.fold(ID, self.events)
        try:
            decided = COMPLAINT.decide(state, command, Context(NOON, ANNA, shipped()))
        except (Refused, Invalid, NotFound):
            return
        self.events += [e.stamped(actor=ANNA, on_behalf_of=None, occurred_at=NOON) for e in decided]

    @rule(imported=st.booleans(), ahead=st.booleans())
    def is_received(self, imported, ahead):
        at = NOON + timedelta(days=1) if ahead else NOON
        self.ask(replace(receive, received_at=at, history=history if imported else None))

    @rule(number=st.integers(1, 3), accepted=st.booleans(), seen=st.sampled_from([None, 1, 2, 3]))
    def is_answered(self, number, accepted, seen):
        self.ask(AnswerOffer(number, accepted, None, Offers(open=seen, answered=frozenset(range(1, seen or 1)))))

    @invariant()
    def it_is_received_once_and_first(self):
        kinds = [type(e) for e in self.events]
        assert kinds.count(ComplaintReceived) == (1 if kinds else 0)
        assert not kinds or kinds[0] is ComplaintReceived

    @invariant()
    def no_round_is_answered_twice(self):
        answered = [e.round for e in self.events if isinstance(e, RemedyAnswerGiven)]
        assert len(answered) == len(set(answered))

    @invariant()
    def the_state_is_the_fold_of_what_was_written(self):
        again = [decode(e.TYPE, e.model_dump_json(exclude_none=True).encode()) for e in self.events]
        assert COMPLAINT.fold(ID, again) == COMPLAINT.fold(ID, self.events)


AnyComplaint.TestCase.settings = settings(max_examples=50, stateful_step_count=15, deadline=None)
TestAnyComplaint = AnyComplaint.TestCase
