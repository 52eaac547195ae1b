"""What does routing do about what happened elsewhere? Pure; ids follow from the cause, so a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from services.routing.case import CASE
from services.routing.hearing import (
    HearAnswer,
    HearCapaClosed,
    HearDissatisfaction,
    HearInformation,
    HearMerger,
    HearMessage,
    HearUndelivered,
    HearUnsettled,
    HearWithdrawal,
    ImportCase,
    OpenCase,
    Received,
)
from services.routing.inquiry import INQUIRY, HearInquiry, HearInquiryEnded
from services.routing.inspection import INSPECTION, Tighten, inspection_of
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
    InformationAdded,
    MessagePosted,
    RemedyAnswerGiven,
    SettlementConfirmed,
)
from shared.contracts.intake_notifications import NotificationFailed
from shared.contracts.survey import CallbackAnswered
from shared.contracts.vocabulary import ComplaintId, ContentClass, Product
from shared.decider import Reaction
from shared.envelope import Envelope

HEARD_OF: tuple[type[Event], ...] = (
    ComplaintReceived, RemedyAnswerGiven, CallbackAnswered, SettlementConfirmed, ComplaintWithdrawn, ComplaintMerged, MessagePosted,
    InformationAdded, FeedbackReceived, FeedbackAnswered, FeedbackPromoted, NotificationFailed, CapaClosed,
)  # fmt: skip
REACTS_TO = frozenset(cls.TYPE for cls in HEARD_OF)


def react(event: Envelope) -> Iterator[Reaction]:
    match event.data:
        case ComplaintReceived(history=None) as complaint:
            opening = OpenCase(_received(event, complaint), complaint.departments, _person(complaint))
            yield Reaction(CASE, complaint.complaint_id, opening, "open-case")
            yield from _inspected(complaint.complaint_id, complaint.content_class, complaint.product)
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
        case MessagePosted() as message:
            yield _message(message)
        case InformationAdded() as added:
            yield _information(event, added)
            if added.product is not None:
                yield from _inspected(added.complaint_id, added.content_class, added.known_product)
        case FeedbackReceived(kind="inquiry") as asked:
            yield Reaction(INQUIRY, asked.feedback_id, HearInquiry(asked.topic, event.recorded.recorded_at), "hear-inquiry")
        case FeedbackAnswered() | FeedbackPromoted() as ended:
            yield Reaction(INQUIRY, ended.feedback_id, HearInquiryEnded(), "hear-inquiry-ended")
        case NotificationFailed(audience="complainant", complaint_id=UUID() as complaint, reason=reason) as told if reason != "erased":
            yield Reaction(CASE, ComplaintId(complaint), HearUndelivered(told.notification_id), "hear-undelivered")
        case CapaClosed() as capa:
            for served in sorted(set(capa.complaints)):
                yield Reaction(CASE, served, HearCapaClosed(capa.capa_id), f"hear-capa-closed/{served}")


def _message(message: MessagePosted) -> Reaction:
    person = _person(message) if message.by == "staff" else None
    heard = HearMessage(message.message_id, message.by, message.visible, message.topic, person, _known(message))
    return Reaction(CASE, message.complaint_id, heard, "hear-news")


def _information(event: Envelope, added: InformationAdded) -> Reaction:
    product = added.product or Product()
    heard = HearInformation(event.recorded.event_id, _known(added), added.issue_codes, product.code, product.batch)
    return Reaction(CASE, added.complaint_id, heard, "hear-news")


def _known(event: Event) -> bool:
    return event.actor is not None and event.actor.role in ("desk", "quality")


def _inspected(complaint_id: ComplaintId, content_class: ContentClass | None, product: Product | None) -> Iterator[Reaction]:
    """RT-5: on any quality complaint whose product or batch is known."""
    if content_class == "product_quality" and product is not None and (product.code or product.batch):
        inspection = inspection_of(product.code, product.batch)
        yield Reaction(INSPECTION, inspection, Tighten(complaint_id, product.code, product.batch), "tighten")


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
