"""What becomes of an inquiry, a suggestion, praise or an opinion? It is kept, every inquiry is answered, and some are complaints (IN-1, IN-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.intake import FeedbackAnswered, FeedbackErased, FeedbackPromoted, FeedbackReceived
from shared.contracts.vocabulary import Channel, Complainant, ComplaintId, Customer, FeedbackKind, Product, Topic
from shared.decider import Context, Decider, Invalid, NotFound, Refused


@dataclass(frozen=True, slots=True)
class Feedback:
    """What must be remembered of it to decide about it."""

    id: UUID
    received: bool = False
    answered: bool = False
    promoted: bool = False
    erased: bool = False


@dataclass(frozen=True, slots=True)
class ReceiveFeedback:
    kind: FeedbackKind
    channel: Channel
    text: str
    topic: Topic = "other"
    received_at: datetime | None = None
    complainant: Complainant | None = None
    customer: Customer | None = None
    product: Product | None = None
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerFeedback:
    text: str


@dataclass(frozen=True, slots=True)
class PromoteFeedback:
    """It goes on as this complaint, which is taken in together with it."""

    complaint_id: ComplaintId
    reason: str


@dataclass(frozen=True, slots=True)
class EraseFeedback:
    """Its person is erased; that two administrators wanted it stands in the request."""

    request_id: UUID


Command = ReceiveFeedback | AnswerFeedback | PromoteFeedback | EraseFeedback


def receive(feedback: Feedback, command: ReceiveFeedback, context: Context) -> Sequence[Event]:
    if feedback.received:
        return ()
    received_at = command.received_at or context.now
    if received_at > context.now:
        raise Invalid("/received_at", "Feedback cannot be received in the future.")
    inquiry = command.kind == "inquiry"
    return (
        FeedbackReceived(
            feedback_id=feedback.id,
            kind=command.kind,
            channel=command.channel,
            received_at=received_at,
            topic=command.topic,
            text=command.text,
            complainant=command.complainant,
            customer=command.customer,
            product=command.product,
            departments=command.departments,
            due_at=context.policy.due("inquiry", None, context.now) if inquiry else None,
        ),
    )


def answer(feedback: Feedback, command: AnswerFeedback) -> Sequence[Event]:
    _not_promoted(feedback)
    if feedback.answered:
        raise Refused("already-decided", "This is answered; read the answer instead.")
    return (FeedbackAnswered(feedback_id=feedback.id, text=command.text),)


def promote(feedback: Feedback, command: PromoteFeedback) -> Sequence[Event]:
    """Answered or not: what looked like a question may turn out to be a complaint."""
    _not_promoted(feedback)
    return (FeedbackPromoted(feedback_id=feedback.id, complaint_id=command.complaint_id, reason=command.reason),)


def erase(feedback: Feedback, command: EraseFeedback) -> Sequence[Event]:
    return () if feedback.erased else (FeedbackErased(feedback_id=feedback.id, request_id=command.request_id),)


def _not_promoted(feedback: Feedback) -> None:
    if feedback.promoted:
        raise Refused("already-decided", "This goes on as a complaint; work on that instead.")


def initial(stream_id: UUID) -> Feedback:
    return Feedback(stream_id)


def decide(feedback: Feedback, command: Command, context: Context) -> Sequence[Event]:
    if isinstance(command, ReceiveFeedback):
        return receive(feedback, command, context)
    if not feedback.received:
        raise NotFound
    match command:
        case AnswerFeedback():
            return answer(feedback, command)
        case PromoteFeedback():
            return promote(feedback, command)
        case EraseFeedback():
            return erase(feedback, command)


def evolve(feedback: Feedback, event: Event) -> Feedback:
    match event:
        case FeedbackReceived():
            return replace(feedback, received=True)
        case FeedbackAnswered():
            return replace(feedback, answered=True)
        case FeedbackPromoted():
            return replace(feedback, promoted=True)
        case FeedbackErased():
            return replace(feedback, erased=True)
        case _:
            return feedback


FEEDBACK = Decider("feedback", initial, decide, evolve)
