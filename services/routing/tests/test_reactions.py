"""What routing does about others' events."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from services.routing.hearing import (
    HearAnswer,
    HearCapaClosed,
    HearDissatisfaction,
    HearInformation,
    HearMerger,
    HearMessage,
    HearUnsettled,
    HearWithdrawal,
    ImportCase,
    OpenCase,
)
from services.routing.inquiry import INQUIRY, HearInquiry, HearInquiryEnded
from services.routing.inspection import Tighten, inspection_of
from services.routing.reactions import REACTS_TO, react
from services.routing.tests.road import CASE_ID
from shared.contracts.capa import CapaClosed
from shared.contracts.event import Event
from shared.contracts.intake import (
    ComplaintMerged,
    ComplaintReceived,
    ComplaintWithdrawn,
    FeedbackAnswered,
    FeedbackPromoted,
    FeedbackReceived,
    History,
    HistoryRound,
    InformationAdded,
    MessagePosted,
    RemedyAnswerGiven,
    SettlementConfirmed,
)
from shared.contracts.survey import CallbackAnswered
from shared.contracts.vocabulary import Actor, ComplaintId, Customer, Product
from shared.testing import NOON, Ledger


def received(**changed: object) -> ComplaintReceived:
    asked = {
        "complaint_id": CASE_ID,
        "number": "C-2026-000001",
        "channel": "phone",
        "content_class": "product_quality",
        "received_at": NOON - timedelta(days=1),
        "issue_codes": ("leakage",),
        "customer": Customer(ref="C-1007"),
        "product": Product(code="P-20", batch="B2291"),
        "departments": ("north",),
    }
    return ComplaintReceived.model_validate(asked | changed)


def reactions(event: Event):
    (envelope,) = Ledger().record(CASE_ID, event)
    assert envelope.type in REACTS_TO
    return envelope, list(react(envelope))


def test_a_received_complaint_opens_its_case():
    envelope, (opening, _) = reactions(received())
    assert opening.stream_id == CASE_ID
    assert isinstance(opening.command, OpenCase)
    facts = opening.command.received
    assert (facts.product_code, facts.batch, facts.customer_ref) == ("P-20", "B2291", "C-1007")
    assert (facts.registered_at, opening.command.posted_by) == (envelope.recorded.recorded_at, "anna")
    assert opening.command.departments == ("north",)


def test_a_complaint_with_a_history_is_imported_with_the_last_rounds_values():
    history = History(
        source="tsa",
        rounds=(
            HistoryRound(received_at=NOON, severity="major", closed=True, closed_at=NOON, outcome="withdrawn"),
            HistoryRound(received_at=NOON, severity="important", closed=True, outcome="satisfied"),
        ),
    )
    _, (importing,) = reactions(received(history=history))
    command = importing.command
    assert isinstance(command, ImportCase)
    assert (command.severity, command.closed, command.closed_at, command.outcome, command.reopened) == (
        "important", True, None, "satisfied", 1,
    )  # fmt: skip


def test_an_answer_by_number_and_secret_is_heard():
    _, (hearing,) = reactions(RemedyAnswerGiven(complaint_id=CASE_ID, round=2, accepted=False, comment="No."))
    assert hearing.command == HearAnswer(2, False)


def callback(*, satisfied: bool) -> CallbackAnswered:
    mark = "satisfied" if satisfied else "not"
    return CallbackAnswered(
        callback_id=uuid4(),
        complaint_id=CASE_ID,
        closing_round=1,
        satisfied_with_handling=mark,
        satisfied_with_remedy=mark,
        satisfied=satisfied,
    )


def test_only_a_dissatisfied_customer_is_heard_again():
    _, (hearing,) = reactions(callback(satisfied=False))
    assert hearing.command == HearDissatisfaction(1)
    assert reactions(callback(satisfied=True))[1] == []


STAFF = Actor(person="bo", name="Bo", role="quality")
DEALER = Actor(person="dealer-7", name="Dealer 7", role="channel")
COMPLAINANT = Actor(person="complainant", name="Complainant", role="complainant")


def by(actor: Actor, event: Event) -> Event:
    return event.stamped(actor=actor, on_behalf_of=None, occurred_at=NOON)


def test_who_says_that_it_is_not_settled_is_heard():
    _, (hearing,) = reactions(SettlementConfirmed(complaint_id=CASE_ID, satisfied=False, closing_round=2))
    assert hearing.command == HearUnsettled(2)
    assert reactions(SettlementConfirmed(complaint_id=CASE_ID, satisfied=True))[1] == []


def test_a_withdrawn_or_merged_complaint_ends_its_case():
    _, (own,) = reactions(by(COMPLAINANT, ComplaintWithdrawn(complaint_id=CASE_ID, by="complainant")))
    _, (noted,) = reactions(by(STAFF, ComplaintWithdrawn(complaint_id=CASE_ID, by="staff")))
    assert (own.command, noted.command) == (HearWithdrawal(), HearWithdrawal("bo"))
    merged = ComplaintMerged(
        complaint_id=CASE_ID, number="C-2026-000001", into=ComplaintId(uuid4()), into_number="C-2026-000002", reason="The same."
    )
    _, (merging,) = reactions(by(STAFF, merged))
    assert merging.command == HearMerger("bo")


def test_messages_are_heard_with_their_topic_and_who_asks():
    """RT-10. What a channel passes on is the complainant's word."""
    message = MessagePosted(complaint_id=CASE_ID, message_id=uuid4(), by="complainant", text="How much?", visible=True, topic="price")
    for actor in (COMPLAINANT, DEALER):
        _, (hearing,) = reactions(by(actor, message))
        assert hearing.command == HearMessage(message.message_id, "complainant", True, "price")
    _, (hearing,) = reactions(by(STAFF, message.model_copy(update={"by": "staff", "visible": False})))
    assert hearing.command == HearMessage(message.message_id, "staff", False, "price", "bo", known=True)


def test_facts_are_heard_and_known_to_those_who_wrote_them():
    envelope, (hearing,) = reactions(by(DEALER, InformationAdded(complaint_id=CASE_ID, text="Two more.")))
    assert hearing.command == HearInformation(envelope.recorded.event_id)
    added = InformationAdded(complaint_id=CASE_ID, product=Product(batch="B2"), issue_codes=("noise",))
    envelope, (hearing,) = reactions(by(STAFF, added))
    assert hearing.command == HearInformation(envelope.recorded.event_id, True, ("noise",), None, "B2")


def test_a_quality_complaint_tightens_inspection_of_its_product_and_batch():
    """RT-5."""
    _, (_, tightening) = reactions(received())
    assert tightening.command == Tighten(CASE_ID, "P-20", "B2291")
    assert tightening.stream_id == inspection_of("P-20", "B2291") != inspection_of("P-20", None)
    for other in ({"content_class": "service_quality"}, {"product": None}, {"product": Product(name="Pump")}):
        assert len(reactions(received(**other))[1]) == 1


def test_a_batch_that_becomes_known_later_tightens_too():
    added = InformationAdded(complaint_id=CASE_ID, product=Product(batch="B2"), known_product=Product(code="P-20", batch="B2"))
    _, (_, tightening) = reactions(by(STAFF, added.model_copy(update={"content_class": "product_quality"})))
    assert tightening.command == Tighten(CASE_ID, "P-20", "B2")
    for content_class in ("service_attitude", None):
        assert len(reactions(by(STAFF, added.model_copy(update={"content_class": content_class})))[1]) == 1


def test_inquiries_alone_are_work_until_they_are_answered_or_go_on_as_complaints():
    """IN-7."""
    feedback = uuid4()
    asked = FeedbackReceived(feedback_id=feedback, kind="inquiry", channel="web", received_at=NOON, topic="delivery", text="When?")
    envelope, (hearing,) = reactions(asked)
    assert (hearing.decider, hearing.stream_id) == (INQUIRY, feedback)
    assert hearing.command == HearInquiry("delivery", envelope.recorded.recorded_at)
    assert reactions(asked.model_copy(update={"kind": "praise"}))[1] == []
    for ending in (
        FeedbackAnswered(feedback_id=feedback, text="Soon."),
        FeedbackPromoted(feedback_id=feedback, complaint_id=CASE_ID, reason="Late."),
    ):
        _, (hearing,) = reactions(ending)
        assert (hearing.stream_id, hearing.command) == (feedback, HearInquiryEnded())


def test_an_effective_action_is_told_to_each_of_its_complaints():
    other, capa = uuid4(), uuid4()
    (envelope,) = Ledger().record(capa, CapaClosed(capa_id=capa, number="CA-2026-0001", complaints=(CASE_ID, other), rounds=1))
    told = list(react(envelope))
    assert {reaction.stream_id for reaction in told} == {CASE_ID, other}
    assert {reaction.command for reaction in told} == {HearCapaClosed(capa)}
    assert len({reaction.step for reaction in told}) == 2
