"""What may be done with a piece of work? The same for work on a case and on other feedback (RT-7, RT-8); all pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.routing import (
    WorkItemAssigned,
    WorkItemDone,
    WorkItemHandedOver,
    WorkItemOffered,
    WorkItemReminded,
    WorkItemReturned,
    WorkItemTaken,
)
from shared.contracts.vocabulary import Task, Topic
from shared.decider import Context, Invalid, NotFound, Refused

E = TypeVar("E", bound=Event)

# Work that a business call fulfils cannot be declared done.
ENDED_BY_A_CALL: Mapping[Task, tuple[str, str]] = {
    "assess": ("not-assessed", "Assess the complaint; that ends this work."),
    "remedy": ("not-verified", "This work ends when the last round is verified."),
    "approve": ("approval-pending", "Approve or decline the offer; that ends this work."),
}


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Work in a department's queue; nobody holds it until somebody takes it or is given it."""

    id: UUID
    department: str
    task: Task
    offered_to: str
    holder: str | None = None
    done: bool = False
    handed_on_by: tuple[str, ...] = ()  # the departments that handed it on to where it is, the last one last
    been_in: frozenset[str] = frozenset()
    topic: Topic | None = None
    asked_by: str | None = None  # the person on the staff who asked what is to be answered


@dataclass(frozen=True, slots=True)
class TakeItem:
    """`department` is where the caller saw it; gone from there it is not found."""

    item_id: UUID
    department: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnItem:
    item_id: UUID
    reason: str
    department: str | None = None


@dataclass(frozen=True, slots=True)
class HandOverItem:
    item_id: UUID
    to: str
    reason: str
    department: str | None = None


@dataclass(frozen=True, slots=True)
class AssignItem:
    item_id: UUID
    person: str
    reason: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class RemindItem:
    item_id: UUID
    text: str
    department: str | None = None


@dataclass(frozen=True, slots=True)
class FinishItem:
    item_id: UUID
    result: str
    department: str | None = None


Move = TakeItem | ReturnItem | HandOverItem | AssignItem | RemindItem | FinishItem
About = Mapping[str, UUID]  # whose work: {"complaint_id": …} or {"feedback_id": …}


def move(about: About, items: Sequence[WorkItem], command: Move, context: Context) -> Sequence[Event]:
    """Who is second finds the work taken; only its holder gives it away or says that it is done."""
    item = next((item for item in items if item.id == command.item_id), None)
    if item is None or command.department not in (None, item.department):
        raise NotFound
    if item.done:
        raise Refused("already-done", "This work is done; there is nothing left to do about it.")
    match command:
        case TakeItem():
            return (_taken(about, item, context),)
        case AssignItem():
            return (_assigned(about, item, command, context),)
        case RemindItem():
            return (_told(WorkItemReminded, about, item, department=item.department, holder=item.holder, text=command.text),)
        case ReturnItem():
            _held(item, context)
            back = item.handed_on_by[-1] if item.handed_on_by else item.department
            return (_told(WorkItemReturned, about, item, department=back, reason=command.reason),)
        case HandOverItem():
            return (_handed_over(about, item, command, context),)
        case FinishItem():
            _held(item, context)
            if item.task in ENDED_BY_A_CALL:
                raise Refused(*ENDED_BY_A_CALL[item.task])
            return (_told(WorkItemDone, about, item, result=command.result),)


def _taken(about: About, item: WorkItem, context: Context) -> WorkItemTaken:
    if item.holder is not None:
        raise Refused("already-taken", "Somebody has taken this work; choose another item.")
    return _told(WorkItemTaken, about, item, holder=context.actor.person, holder_name=context.actor.name)


def _assigned(about: About, item: WorkItem, command: AssignItem, context: Context) -> WorkItemAssigned:
    """Work that somebody holds is taken from that person for a reason only."""
    if item.holder == command.person:
        raise Refused("already-taken", "This person holds the work already.")
    if item.holder is not None and command.reason is None:
        raise Refused("already-taken", "Somebody has taken this work; give a reason to pass it to another person.")
    known = next((one.name for one in context.policy.people if one.person == command.person), command.person)
    return _told(WorkItemAssigned, about, item, holder=command.person, holder_name=known, reason=command.reason)


def _handed_over(about: About, item: WorkItem, command: HandOverItem, context: Context) -> WorkItemHandedOver:
    """To the own department, too: there somebody else may take it."""
    _held(item, context)
    if command.to not in context.policy.departments:
        raise Invalid("/to", f"One of: {', '.join(context.policy.departments)}.")
    return _told(WorkItemHandedOver, about, item, from_department=item.department, to_department=command.to, reason=command.reason)


def _held(item: WorkItem, context: Context) -> None:
    if item.holder is None:
        raise Refused("not-holder", "Nobody has taken this work; take it first.")
    if item.holder != context.actor.person:
        raise Refused("not-holder", "Somebody else holds this work; only the holder may do this.")


def _told(cls: type[E], about: About, item: WorkItem, **more: Any) -> E:
    return cls.model_validate({**about, "item_id": item.id, **more})


def offered(event: WorkItemOffered) -> WorkItem:
    """The item as it is offered."""
    return WorkItem(
        event.item_id,
        event.department,
        event.task,
        offered_to=event.department,
        been_in=frozenset((event.department,)),
        topic=event.topic,
        asked_by=event.asked_by,
    )


def moved(items: tuple[WorkItem, ...], event: Event) -> tuple[WorkItem, ...]:
    """The items after an event about one of them."""
    item_id = getattr(event, "item_id", None)
    return tuple(_after(item, event) if item.id == item_id else item for item in items)


def _after(item: WorkItem, event: Event) -> WorkItem:
    match event:
        case WorkItemTaken() | WorkItemAssigned():
            return replace(item, holder=event.holder)
        case WorkItemReturned():
            return replace(item, holder=None, department=event.department, handed_on_by=item.handed_on_by[:-1])
        case WorkItemHandedOver():
            on = event.to_department != item.department
            by = (*item.handed_on_by, item.department) if on else item.handed_on_by
            return replace(item, holder=None, department=event.to_department, handed_on_by=by, been_in=item.been_in | {event.to_department})
        case WorkItemDone():
            return replace(item, done=True)
        case _:
            return item
