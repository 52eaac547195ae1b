"""Whose work is other feedback? Every inquiry is answered by the department its topic belongs to (IN-7, RT-10); pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from services.routing import item
from services.routing.item import Move, WorkItem, move
from shared.contracts.event import Event
from shared.contracts.routing import WorkItemDone, WorkItemOffered
from shared.contracts.vocabulary import Topic
from shared.decider import Context, Decider


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An inquiry as far as it is work; what it says is intake's."""

    id: UUID
    items: tuple[WorkItem, ...] = ()


@dataclass(frozen=True, slots=True)
class HearInquiry:
    """Somebody asked something."""

    topic: Topic
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class HearInquiryEnded:
    """It was answered, or goes on as a complaint."""


Command = HearInquiry | HearInquiryEnded | Move


def decide(inquiry: Inquiry, command: Command, context: Context) -> Sequence[Event]:
    match command:
        case HearInquiry():
            return () if inquiry.items else (_to_be_answered(inquiry, command, context),)
        case HearInquiryEnded():
            return tuple(WorkItemDone(feedback_id=inquiry.id, item_id=one.id) for one in inquiry.items if not one.done)
        case _:
            return move({"feedback_id": inquiry.id}, inquiry.items, command, context)


def _to_be_answered(inquiry: Inquiry, command: HearInquiry, context: Context) -> WorkItemOffered:
    department = context.policy.answers(command.topic)
    return WorkItemOffered(
        feedback_id=inquiry.id,
        item_id=uuid5(inquiry.id, f"answer/{department}/1"),
        department=department,
        task="answer",
        topic=command.topic,
        clock="inquiry",
        due_at=context.policy.due("inquiry", None, command.asked_at),
    )


def evolve(inquiry: Inquiry, event: Event) -> Inquiry:
    if isinstance(event, WorkItemOffered):
        return replace(inquiry, items=(*inquiry.items, item.offered(event)))
    return replace(inquiry, items=item.moved(inquiry.items, event))


INQUIRY: Decider[Inquiry, Command] = Decider("inquiry", Inquiry, decide, evolve)
