"""Which rules does a case follow from receipt to closing? One function a move; all are pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.routing import work
from services.routing.commands import (
    Assess,
    CarryOut,
    Close,
    Command,
    HearAnswer,
    HearDissatisfaction,
    ImportCase,
    OfferRemedy,
    OpenCase,
    Received,
    RecordAnswer,
    RecordMeeting,
    TakeItem,
    Tell,
    Verify,
)
from services.routing.remedy import carry_out, hear_answer, offer_remedy, record_answer, satisfied, still_open, verify
from services.routing.state import Case, evolve, initial
from shared.contracts.event import Event
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseImported,
    CaseOpened,
    CaseReopened,
    MeetingHeld,
    ResultReported,
    WorkItemTaken,
)
from shared.decider import Context, Decider, Invalid, NotFound, Refused
from shared.policy import Policy


def open_case(case: Case, command: OpenCase) -> Sequence[Event]:
    if case.opened:
        return ()
    opened = CaseOpened(complaint_id=case.id, departments=command.departments, posted_by=command.posted_by, **_facts(command.received))
    return (opened, work.offered(case, "assess", "desk", None, number=command.received.number))


def import_case(case: Case, command: ImportCase) -> Sequence[Event]:
    """It starts no clock, work item, callback or cause review; somebody who assesses or reopens it makes it work again."""
    if case.opened:
        return ()
    return (
        CaseImported(
            complaint_id=case.id,
            severity=command.severity,
            closed=command.closed,
            closed_at=command.closed_at,
            outcome=command.outcome,
            amount=command.amount,
            reopened=command.reopened,
            **_facts(command.received),
        ),
    )


def take(case: Case, command: TakeItem, context: Context) -> Sequence[Event]:
    item = case.item(command.item_id)
    if item is None:
        raise NotFound
    if item.done:
        raise Refused("already-done", "This work is done; there is nothing left to take.")
    if item.holder is not None:
        raise Refused("already-taken", "Somebody has taken this work; choose another item.")
    who = context.actor
    return (WorkItemTaken(complaint_id=case.id, item_id=item.id, holder=who.person, holder_name=who.name),)


def assess(case: Case, command: Assess, policy: Policy) -> Sequence[Event]:
    """RT-1; opens the paths of RT-2, RT-3 and RT-4."""
    still_open(case)
    if case.assessed:
        raise Refused("already-assessed", "The case is assessed; change its severity or nature with a reason instead.")
    if command.safety and command.severity != "major":
        raise Invalid("/severity", "Danger to health or safety makes a case major.")
    if command.severity == "major" and not command.pass_on:
        raise Invalid("/pass_on", "A major case is always passed on.")
    if command.pass_on and command.responsible_department is None:
        raise Invalid("/responsible_department", "Say which department it is passed on to.")
    if command.responsible_department is not None and command.responsible_department not in policy.departments:
        raise Invalid("/responsible_department", f"One of: {', '.join(policy.departments)}.")
    assessed = CaseAssessed(
        complaint_id=case.id,
        severity=command.severity,
        nature=command.nature,
        safety=command.safety,
        recurrent=command.recurrent,
        complexity=command.complexity,
        impact=command.impact,
        immediate_action=command.immediate_action,
        pass_on=command.pass_on,
        path="quality_assurance" if command.pass_on else "desk",
        responsible_department=command.responsible_department,
        early_warning=command.early_warning,
        legal=command.legal,
        reason=command.reason,
    )
    return (assessed, *work.ended(case, "assess"), *work.offered_by_assessment(case, assessed))


def record_meeting(case: Case, command: RecordMeeting, now: datetime) -> Sequence[Event]:
    still_open(case)
    if command.held_at > now:
        raise Invalid("/held_at", "A meeting is recorded once it was held; this lies in the future.")
    return (MeetingHeld(complaint_id=case.id, held_at=command.held_at, attendees=command.attendees, decision=command.decision),)


def tell(case: Case, command: Tell) -> Sequence[Event]:
    """RT-14: from the first offer on, and on a closed case."""
    if not case.rounds and not case.closed:
        raise Refused("not-offered", "There is no result to tell before the first offer.")
    return (ResultReported(complaint_id=case.id, medium=command.medium, text=command.text),)


def close(case: Case, command: Close, context: Context) -> Sequence[Event]:
    still_open(case)
    if command.outcome == "satisfied":
        satisfied(case)
    elif command.reason is None:
        raise Invalid("/reason", "Closing without an accepted remedy needs a reason.")
    elif command.outcome == "recourse_exhausted":
        raise Refused("recourse-first", "Name the external dispute body after a refusal before closing as exhausted.")
    elif command.outcome == "no_answer":
        raise Refused("reminders-first", "Remind the customer as often as the policy asks before closing without an answer.")
    closed = CaseClosed(
        complaint_id=case.id,
        closing_round=case.closings + 1,
        outcome=command.outcome,
        reason=command.reason,
        severity=case.severity,
        nature=case.nature,
        responsible_department=case.responsible_department,
        handlers=tuple(sorted(case.handlers | {context.actor.person})),
    )
    return (closed, *work.ended_by_closing(case))


def hear_dissatisfaction(case: Case, command: HearDissatisfaction) -> Sequence[Event]:
    """RT-13; an answer about an earlier closing, or on a case that is open again, changes nothing."""
    if not case.closed or case.closings != command.closing_round:
        return ()
    reopened = CaseReopened(
        complaint_id=case.id,
        reason="The customer is not satisfied, says the follow-up call.",
        because="callback",
        state="assessed" if case.assessed else "received",
        closing_round=case.closings,
    )
    again = [work.offered(case, "reopened", "desk", case.severity)]
    if not case.assessed:
        again.append(work.offered(case, "assess", "desk", case.severity))
    return (reopened, *again)


def decide(case: Case, command: Command, context: Context) -> Sequence[Event]:
    match command:
        case OpenCase():
            return open_case(case, command)
        case ImportCase():
            return import_case(case, command)
        case HearAnswer():
            return hear_answer(case, command)
        case HearDissatisfaction():
            return hear_dissatisfaction(case, command)
    if not case.opened:
        raise NotFound
    match command:
        case TakeItem():
            return take(case, command, context)
        case Assess():
            return assess(case, command, context.policy)
        case RecordMeeting():
            return record_meeting(case, command, context.now)
        case OfferRemedy():
            return offer_remedy(case, command, context)
        case RecordAnswer():
            return record_answer(case, command)
        case CarryOut():
            return carry_out(case, command, context.now)
        case Verify():
            return verify(case, command, context.now)
        case Tell():
            return tell(case, command)
        case Close():
            return close(case, command, context)


def _facts(received: Received) -> dict[str, object]:
    return {name: getattr(received, name) for name in Received.__slots__}


CASE = Decider("case", initial, decide, evolve)
