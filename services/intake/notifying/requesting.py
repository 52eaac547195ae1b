"""Who is told of what? The complainant of what concerns them, and staff of what waits for them (RT-16, RT-9). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from services.intake.notifying.notification import NOTIFICATION, Request, Told
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintAcknowledged
from shared.contracts.routing import (
    CaseEscalated,
    DeadlineMissed,
    DeadlineNear,
    RemedyApproved,
    RemedyOffered,
    ResultReported,
    WorkItemOffered,
)
from shared.contracts.survey import CallbackDue
from shared.decider import Reaction
from shared.envelope import Envelope
from shared.policy import Policy

HEARD_OF: tuple[type[Event], ...] = (
    ComplaintAcknowledged, RemedyOffered, RemedyApproved, ResultReported, CallbackDue, WorkItemOffered, DeadlineNear, DeadlineMissed,
    CaseEscalated,
)  # fmt: skip
REACTS_TO = frozenset(cls.TYPE for cls in HEARD_OF)

# What a complainant was told would happen by then; the other clocks are between departments.
PROMISED = frozenset({"personal_contact", "desk_remedy", "status_message", "telling"})


def requests(event: Envelope, policy: Policy, *, mailing: bool) -> Iterator[Reaction]:
    """The notifications that follow from an event, each with an id that follows from it. Staff are told by mail or not at all:
    their queues show it anyway.
    """
    complainant = _complainant(event)
    if complainant is not None:
        yield _reaction(event, complainant)
    staff = _staff(event, policy) if mailing else None
    if staff is not None and staff.persons:
        yield _reaction(event, staff)


def _reaction(event: Envelope, told: Told) -> Reaction:
    request = Request(told, event.recorded.recorded_at)
    about = told.complaint_id or told.feedback_id or told.capa_id
    return Reaction(NOTIFICATION, notification_id(event, told), request, f"tell-{told.audience}", key=about)


def notification_id(event: Envelope, told: Told) -> UUID:
    """It follows from what is told of, so that nobody is told twice."""
    return event.follow(f"notification/{told.audience}")


def _complainant(event: Envelope) -> Told | None:
    about = event.recorded.event_id
    match event.data:
        case ComplaintAcknowledged(complaint_id=complaint):
            return Told("acknowledgement", "complainant", about, complaint)
        case RemedyOffered(complaint_id=complaint, round=number) | RemedyApproved(complaint_id=complaint, round=number):
            return Told("offer", "complainant", about, complaint, round=number)
        case DeadlineMissed(complaint_id=complaint, clock=clock, due_at=due_at) if complaint is not None and clock in PROMISED:
            return Told("missed_promise", "complainant", about, complaint, clock=clock, due_at=due_at)
        case ResultReported(complaint_id=complaint):
            return Told("result", "complainant", about, complaint)
        case WorkItemOffered(complaint_id=complaint, task="tell") if complaint is not None:  # an action was effective (CA-5)
            return Told("action_effective", "complainant", about, complaint)
        case CallbackDue(complaint_id=complaint, due_at=due_at):
            return Told("callback", "complainant", about, complaint, due_at=due_at)
        case _:
            return None


def _staff(event: Envelope, policy: Policy) -> Told | None:
    about, day = event.recorded.event_id, event.recorded.recorded_at.astimezone(policy.zone).date()
    match event.data:
        case WorkItemOffered() as work:
            return Told(
                "work_offered", "staff", about, work.complaint_id, work.feedback_id,
                persons=reached(policy, work.department, day), department=work.department, task=work.task, due_at=work.due_at,
            )  # fmt: skip
        case DeadlineNear() | DeadlineMissed() as deadline:
            return Told(
                "deadline_near" if isinstance(deadline, DeadlineNear) else "deadline_missed",
                "staff", about, deadline.complaint_id, deadline.feedback_id, deadline.capa_id,
                persons=reached(policy, deadline.department or "desk", day), department=deadline.department, clock=deadline.clock,
                due_at=deadline.due_at,
            )  # fmt: skip
        case CaseEscalated() as step:
            return Told(
                "escalated", "staff", about, step.complaint_id, step.feedback_id, step.capa_id,
                persons=reached(policy, step.to_department or "desk", day, step.to_person), department=step.to_department,
                clock=step.clock, level=step.level,
            )  # fmt: skip
        case _:
            return None


def reached(policy: Policy, department: str, day: date, alone: str | None = None) -> tuple[str, ...]:
    """Who of a department has an address and is there on that day; one person alone, where that one is named and can be reached."""
    there = [
        person
        for person in policy.people
        if person.email is not None and not any(absence.since <= day <= absence.to for absence in person.absences)
    ]
    if any(person.person == alone for person in there):
        return (alone,) if alone is not None else ()
    return tuple(person.person for person in there if person.department == department)
