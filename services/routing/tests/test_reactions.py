"""What routing does about others' events."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from services.routing.commands import HearAnswer, HearDissatisfaction, ImportCase, OpenCase
from services.routing.reactions import REACTS_TO, react
from services.routing.tests.road import CASE_ID
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintReceived, History, HistoryRound, RemedyAnswerGiven
from shared.contracts.survey import CallbackAnswered
from shared.contracts.vocabulary import Customer, Product
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
    envelope, (opening,) = reactions(received())
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
