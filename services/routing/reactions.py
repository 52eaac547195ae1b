"""What does routing do about what happened elsewhere? Pure; ids follow from the cause, so a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from services.routing.case import CASE
from services.routing.hearing import (
    HearAnswer,
    HearCapaClosed,
    HearDissatisfaction,
    HearMerger,
    HearNews,
    HearUnsettled,
    HearWithdrawal,
    ImportCase,
    OpenCase,
    Received,
)
from shared.contracts.capa import CapaClosed
from shared.contracts.event import Event
from shared.contracts.intake import (
    ComplaintMerged,
    ComplaintReceived,
    ComplaintWithdrawn,
    History,
    InformationAdded,
    MessagePosted,
    RemedyAnswerGiven,
    SettlementConfirmed,
)
from shared.contracts.survey import CallbackAnswered
from shared.decider import Reaction
from shared.envelope import Envelope

HEARD_OF: tuple[type[Event], ...] = (
    ComplaintReceived, RemedyAnswerGiven, CallbackAnswered, SettlementConfirmed, ComplaintWithdrawn, ComplaintMerged, MessagePosted,
    InformationAdded, CapaClosed,
)  # fmt: skip
REACTS_TO = frozenset(cls.TYPE for cls in HEARD_OF)


def react(event: Envelope) -> Iterator[Reaction]:
    match event.data:
        case ComplaintReceived(history=None) as complaint:
            opening = OpenCase(_received(event, complaint), complaint.departments, _person(complaint))
            yield Reaction(CASE, complaint.complaint_id, opening, "open-case")
        case ComplaintReceived(history=History() as history) as complaint:
            yield Reaction(CASE, complaint.complaint_id, _imported(event, complaint, history), "import-case")
        case RemedyAnswerGiven() as answer:
            yield Reaction(CASE, answer.complaint_id, HearAnswer(answer.round, answer.accepted), "hear-answer")
        case CallbackAnswered(satisfied=False) as answer:
            yield Reaction(CASE, answer.complaint_id, HearDissatisfaction(answer.closing_round), "hear-dissatisfaction")
        case SettlementConfirmed(satisfied=False) as answer:
            yield Reaction(CASE, answer.complaint_id, HearUnsettled(answer.closing_round), "hear-unsettled")
        case ComplaintWithdrawn() as withdrawn:
            by = _person(withdrawn) if withdrawn.by == "staff" else None
            yield Reaction(CASE, withdrawn.complaint_id, HearWithdrawal(by), "hear-withdrawal")
        case ComplaintMerged() as merged:
            yield Reaction(CASE, merged.complaint_id, HearMerger(_person(merged)), "hear-merger")
        case MessagePosted() | InformationAdded() as news:
            yield _news(event, news)
        case CapaClosed() as capa:
            for served in sorted(set(capa.complaints)):
                yield Reaction(CASE, served, HearCapaClosed(capa.capa_id), f"hear-capa-closed/{served}")


def _news(event: Envelope, news: MessagePosted | InformationAdded) -> Reaction:
    about = news.message_id if isinstance(news, MessagePosted) else event.recorded.event_id
    known = news.actor is not None and news.actor.role in ("desk", "quality")
    return Reaction(CASE, news.complaint_id, HearNews(about, known), "hear-news")


def _person(event: Event) -> str | None:
    return None if event.actor is None else event.actor.person


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
