"""What survey does about what happened elsewhere."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.survey.callback import Expire, ImportAnswer, PlanCallback, callback_id, imported_id
from services.survey.reactions import react
from shared.contracts.intake import ComplaintReceived, History, HistoryRound
from shared.contracts.routing import CaseClosed, CaseReopened
from shared.contracts.vocabulary import ComplaintId
from shared.testing import NOON, Ledger

COMPLAINT = ComplaintId(UUID("11111111-1111-4111-8111-111111111111"))


def reactions_to(*events):
    return [reaction for envelope in Ledger().record(COMPLAINT, *events) for reaction in react(envelope)]


def closed(outcome: str, closing_round: int = 1) -> CaseClosed:
    return CaseClosed(complaint_id=COMPLAINT, closing_round=closing_round, outcome=outcome, handlers=("anna",), occurred_at=NOON)


def received(history: History | None) -> ComplaintReceived:
    return ComplaintReceived(
        complaint_id=COMPLAINT,
        number="C-2026-000123",
        channel="other",
        content_class="product_quality",
        received_at=NOON,
        history=history,
    )


@pytest.mark.parametrize("outcome", ["satisfied", "recourse_exhausted", "no_answer"])
def test_a_closing_plans_a_callback_by_somebody_else(outcome):
    (reaction,) = reactions_to(closed(outcome, 2))
    assert reaction.stream_id == callback_id(COMPLAINT, 2)
    assert reaction.key == COMPLAINT
    assert isinstance(reaction.command, PlanCallback)
    assert (reaction.command.closing_round, reaction.command.handlers) == (2, ("anna",))


@pytest.mark.parametrize("outcome", ["withdrawn", "duplicate"])
def test_what_was_not_settled_is_not_asked_about(outcome):
    assert reactions_to(closed(outcome)) == []


def test_a_reopening_ends_the_callback_of_the_closing_it_undoes():
    (reaction,) = reactions_to(CaseReopened(complaint_id=COMPLAINT, reason="It leaks again.", because="staff", closing_round=2))
    assert (reaction.stream_id, reaction.command) == (callback_id(COMPLAINT, 2), Expire("reopened"))


def test_a_reopening_of_an_imported_closing_ends_none():
    assert reactions_to(CaseReopened(complaint_id=COMPLAINT, reason="It leaks again.", because="staff")) == []


def test_what_the_customer_said_before_an_import_is_kept():
    history = History(source="old", rounds=(HistoryRound(received_at=NOON),), satisfied_with_handling="not")
    (reaction,) = reactions_to(received(history))
    assert (reaction.stream_id, reaction.command) == (imported_id(COMPLAINT), ImportAnswer(COMPLAINT, "not", None))


@pytest.mark.parametrize("history", [None, History(source="old", rounds=(HistoryRound(received_at=NOON),))])
def test_a_complaint_without_such_history_asks_for_nothing(history):
    assert reactions_to(received(history)) == []
