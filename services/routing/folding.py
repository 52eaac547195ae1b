"""What does each event change in what routing remembers of a case?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.routing import item
from services.routing.state import Case, Round
from shared.contracts.event import Event
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseImported,
    CaseOpened,
    CasePolicyMoved,
    CaseRegraded,
    CaseReopened,
    ClockPaused,
    ClockResumed,
    CustomerReminded,
    EarlyWarningSet,
    MeetingHeld,
    RecourseNamed,
    RemedyAnswered,
    RemedyApproved,
    RemedyCarriedOut,
    RemedyDeclined,
    RemedyOffered,
    RemedyProposed,
    RemedyVerified,
    ResultReported,
    WorkItemAssigned,
    WorkItemDone,
    WorkItemHandedOver,
    WorkItemOffered,
    WorkItemReturned,
    WorkItemTaken,
)
from shared.contracts.states import CaseState


def evolve(case: Case, event: Event) -> Case:
    match event:
        case WorkItemOffered():
            return replace(case, items=(*case.items, item.offered(event)))
        case WorkItemTaken() | WorkItemAssigned():
            return replace(case, items=item.moved(case.items, event), handlers=case.handlers | {event.holder})
        case WorkItemReturned() | WorkItemHandedOver() | WorkItemDone():
            return replace(case, items=item.moved(case.items, event))
        case CaseOpened() | CaseImported() | CaseAssessed() | CaseRegraded() | EarlyWarningSet() | MeetingHeld() | CasePolicyMoved():
            return _known(case, event)
        case CustomerReminded():
            return replace(case, reminders=event.reminder)
        case ClockPaused():
            return replace(case, paused=True)
        case ClockResumed():
            return replace(case, paused=False)
        case ResultReported():
            return replace(case, state="told") if case.state == "remedied" else case
        case CaseClosed():
            return replace(
                case,
                state=_ended(event.outcome),
                paused=False,
                closings=event.closing_round,
                handlers=case.handlers.union(event.handlers),
            )
        case CaseReopened():
            return _again(case, event)
        case _:
            return _remedied(case, event)


def _known(case: Case, event: Event) -> Case:
    """What is known of the matter itself."""
    match event:
        case CaseOpened():
            return replace(
                case,
                number=event.number,
                content_class=event.content_class,
                departments=event.departments,
                posted_by=event.posted_by,
                policy_version=event.policy_version,
                registered_at=event.registered_at,
            )
        case CaseImported():
            return _imported(case, event)
        case CaseAssessed():
            return _assessed(case, event)
        case CaseRegraded():
            return replace(
                case,
                severity=event.severity or case.severity,
                nature=event.nature or case.nature,
                path=event.path or case.path,
            )
        case EarlyWarningSet():
            return replace(case, early_warning=event.early_warning)
        case CasePolicyMoved():
            return replace(case, policy_version=event.policy_version)
        case MeetingHeld():
            return replace(case, meetings=case.meetings + 1)
        case _:
            return case


def _remedied(case: Case, event: Event) -> Case:
    """How far the rounds are."""
    match event:
        case RemedyProposed():
            proposer = None if event.actor is None else event.actor.person
            return _handled(replace(case, rounds=(*case.rounds, Round(event.round, "pending", proposer))), event)
        case RemedyApproved():
            return _with_round(replace(case, state="offered"), event.round, approval="approved")
        case RemedyDeclined():
            return _with_round(case, event.round, approval="declined")
        case RemedyOffered():
            return _handled(replace(case, state="offered", rounds=(*case.rounds, Round(event.round))), event)
        case RemedyAnswered():
            answered = replace(case, state="accepted" if event.accepted else "refused", reminders=0)
            return _with_round(answered, event.round, answer=event.accepted)
        case RemedyCarriedOut():
            return _with_round(replace(case, state="remedied"), event.round, carried_out=True)
        case RemedyVerified():
            return _with_round(case, event.round, verified=True)
        case RecourseNamed():
            state: CaseState = "external" if case.state == "refused" else case.state
            return replace(case, state=state, recourse=case.recourse or case.refused)
        case _:
            return case


def _imported(case: Case, event: CaseImported) -> Case:
    return replace(
        case,
        number=event.number,
        state=_ended(event.outcome) if event.closed else "received",
        content_class=event.content_class,
        policy_version=event.policy_version,
        imported=True,
        severity=event.severity,
        closings=event.reopened + (1 if event.closed else 0),
        reopened=event.reopened,
    )


def _assessed(case: Case, event: CaseAssessed) -> Case:
    return _handled(
        replace(
            case,
            state="assessed",
            assessed=True,
            assessor=None if event.actor is None else event.actor.person,
            safety=event.safety,
            severity=event.severity,
            nature=event.nature,
            early_warning=event.early_warning,
            path=event.path,
            responsible_department=event.responsible_department,
        ),
        event,
    )


def _again(case: Case, event: CaseReopened) -> Case:
    """What was agreed and reminded before counts no more; assessment and meetings still do."""
    return replace(
        case,
        state=event.state,
        reopened=case.reopened + 1,
        rounds_past=len(case.rounds),
        items_past=len(case.items),
        recourse=False,
        reminders=0,
    )


def _ended(outcome: str | None) -> CaseState:
    return "withdrawn" if outcome == "withdrawn" else "closed"


def _handled(case: Case, event: Event) -> Case:
    return case if event.actor is None else replace(case, handlers=case.handlers | {event.actor.person})


def _with_round(case: Case, number: int, **changed: Any) -> Case:
    return replace(case, rounds=tuple(replace(one, **changed) if one.number == number else one for one in case.rounds))
