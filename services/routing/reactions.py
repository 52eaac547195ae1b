"""What does routing do about what happened elsewhere? Pure; ids follow from the cause, so a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from services.routing.case import CASE
from services.routing.commands import HearAnswer, HearDissatisfaction, ImportCase, OpenCase, Received
from shared.contracts.intake import ComplaintReceived, History, RemedyAnswerGiven
from shared.contracts.survey import CallbackAnswered
from shared.decider import Reaction
from shared.envelope import Envelope

REACTS_TO = frozenset({ComplaintReceived.TYPE, RemedyAnswerGiven.TYPE, CallbackAnswered.TYPE})


def react(event: Envelope) -> Iterator[Reaction]:
    match event.data:
        case ComplaintReceived(history=None) as complaint:
            poster = None if complaint.actor is None else complaint.actor.person
            opening = OpenCase(_received(event, complaint), complaint.departments, poster)
            yield Reaction(CASE, complaint.complaint_id, opening, "open-case")
        case ComplaintReceived(history=History() as history) as complaint:
            yield Reaction(CASE, complaint.complaint_id, _imported(event, complaint, history), "import-case")
        case RemedyAnswerGiven() as answer:
            yield Reaction(CASE, answer.complaint_id, HearAnswer(answer.round, answer.accepted), "hear-answer")
        case CallbackAnswered(satisfied=False) as answer:
            yield Reaction(CASE, answer.complaint_id, HearDissatisfaction(answer.closing_round), "hear-dissatisfaction")


def _received(event: Envelope, complaint: ComplaintReceived) -> Received:
    return Received(
        number=complaint.number,
        channel=complaint.channel,
        content_class=complaint.content_class,
        received_at=complaint.received_at,
        registered_at=event.recorded.recorded_at,
        issue_codes=complaint.issue_codes,
        product_code=complaint.product.code if complaint.product else None,
        batch=complaint.product.batch if complaint.product else None,
        customer_ref=complaint.customer.ref if complaint.customer else None,
    )


def _imported(event: Envelope, complaint: ComplaintReceived, history: History) -> ImportCase:
    """A later round's values replace the earlier one's; each round after the first was a reopening."""
    last = history.rounds[-1]
    return ImportCase(
        _received(event, complaint),
        severity=last.severity,
        closed=last.closed,
        closed_at=last.closed_at,
        outcome=last.outcome,
        amount=last.amount,
        reopened=len(history.rounds) - 1,
    )
