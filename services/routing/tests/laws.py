"""What may a case's events never say? Told from the events alone, so that the rules' own state is not asked about itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseImported,
    CaseRegraded,
    CaseReopened,
    CaseSupplemented,
    ClockPaused,
    ClockResumed,
    CustomerReminded,
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
    WorkItemReminded,
    WorkItemReturned,
    WorkItemTaken,
)
from shared.policy import Policy

ENDS = frozenset(("closed", "withdrawn"))
LEGAL: Mapping[str, frozenset[str]] = {
    "received": ENDS | {"assessed"},
    "assessed": ENDS | {"offered"},
    "offered": ENDS | {"accepted", "refused"},
    "refused": ENDS | {"offered", "external"},
    "external": ENDS | {"offered"},
    "accepted": ENDS | {"remedied"},
    "remedied": ENDS | {"told"},
    "told": ENDS,
    "closed": frozenset(("assessed", "received")),
    "withdrawn": frozenset(("assessed", "received")),
}


def illegal_offers(events: Sequence[Event], policy: Policy) -> list[Event]:
    """Offers before the assessment, of a major case before a meeting, and what nobody else but the proposer approved."""
    severity, path, met = None, None, False
    proposed: dict[int, str] = {}
    wrong: list[Event] = []
    for e in events:
        match e:
            case CaseAssessed() | CaseRegraded():
                severity, path = e.severity or severity, e.path or path
            case MeetingHeld():
                met = True
            case RemedyOffered() | RemedyProposed():
                if path is None or (severity == "major" and path == "quality_assurance" and not met):
                    wrong.append(e)
                if isinstance(e, RemedyProposed) and e.actor is not None:
                    proposed[e.round] = e.actor.person
                elif e.amount is not None and not policy.may_offer("quality", e.amount):
                    wrong.append(e)
            case RemedyApproved() | RemedyDeclined():
                if e.actor is None or proposed.pop(e.round, e.actor.person) == e.actor.person:
                    wrong.append(e)
    return wrong


def closings_without_grounds(events: Sequence[Event], policy: Policy) -> list[Event]:
    """Closings whose outcome the events since the opening do not bear out."""
    since: list[Event] = []
    wrong: list[Event] = []
    for e in events:
        if isinstance(e, CaseClosed) and not _grounds(e, since, policy):
            wrong.append(e)
        since = [] if isinstance(e, CaseReopened) else [*since, e]
    return wrong


def _grounds(closing: CaseClosed, since: Sequence[Event], policy: Policy) -> bool:
    answers = [e for e in since if isinstance(e, RemedyAnswered)]
    match closing.outcome:
        case "satisfied":
            last = answers[-1] if answers else None
            done = [type(e) for e in since if isinstance(e, RemedyCarriedOut | RemedyVerified) and last and e.round == last.round]
            return last is not None and last.accepted and done == [RemedyCarriedOut, RemedyVerified]
        case "recourse_exhausted":
            refusals = [n for n, e in enumerate(since) if isinstance(e, RemedyAnswered) and not e.accepted]
            named = [n for n, e in enumerate(since) if isinstance(e, RecourseNamed)]
            return bool(refusals and named and named[-1] > refusals[0] and not answers[-1].accepted)
        case "no_answer":
            heard = max((n for n, e in enumerate(since) if isinstance(e, RemedyAnswered)), default=-1)
            return sum(isinstance(e, CustomerReminded) for e in since[heard + 1 :]) >= policy.reminders
        case _:
            return True


def after_the_end(events: Sequence[Event]) -> list[Event]:
    """What happened to a closed case and should not have: it may be told, reopened, and bring the desk something to tell or to read."""
    ended = False
    lasting: set[UUID] = set()
    wrong: list[Event] = []
    for e in events:
        match e:
            case WorkItemOffered(task="tell" | "news"):
                lasting.add(e.item_id)
            case CaseClosed() | CaseImported():
                if ended:
                    wrong.append(e)
                ended = isinstance(e, CaseClosed) or e.closed
            case CaseReopened():
                if not ended:
                    wrong.append(e)
                ended = False
            case ResultReported() | WorkItemDone() | CaseSupplemented():
                pass
            case WorkItemTaken() | WorkItemReturned() | WorkItemHandedOver() | WorkItemAssigned() | WorkItemReminded() if (
                e.item_id in lasting
            ):
                pass
            case _ if ended:
                wrong.append(e)
    return wrong


def unequal_pairs(events: Sequence[Event]) -> list[Event]:
    """Clocks that were stopped while they stood, or set going while they ran."""
    standing = False
    wrong: list[Event] = []
    for e in events:
        match e:
            case ClockPaused() | ClockResumed():
                if standing == isinstance(e, ClockPaused):
                    wrong.append(e)
                standing = isinstance(e, ClockPaused)
            case CaseClosed():
                standing = False
    return wrong


def illegal_moves(events: Sequence[Event]) -> list[Event]:
    """Work taken while somebody held it, moved by who did not hold it, sent back where it never was, or touched once it was done."""
    holders: dict[UUID, str | None] = {}
    been: dict[UUID, list[str]] = {}
    done: set[UUID] = set()
    wrong: list[Event] = []
    for e in events:
        item = getattr(e, "item_id", None)
        by = None if e.actor is None else e.actor.person
        if item in done:
            wrong.append(e)
        match e:
            case WorkItemOffered():
                holders[e.item_id], been[e.item_id] = None, [e.department]
            case WorkItemTaken() | WorkItemAssigned():
                held = holders[e.item_id]
                if held == e.holder or (held is not None and (isinstance(e, WorkItemTaken) or e.reason is None)):
                    wrong.append(e)
                holders[e.item_id] = e.holder
            case WorkItemReturned() | WorkItemHandedOver():
                if holders[e.item_id] != by or (isinstance(e, WorkItemReturned) and e.department not in been[e.item_id]):
                    wrong.append(e)
                holders[e.item_id] = None
                been[e.item_id].append(e.department if isinstance(e, WorkItemReturned) else e.to_department)
            case WorkItemDone():
                if e.result is not None and holders[e.item_id] != by:
                    wrong.append(e)
                done.add(e.item_id)
    return wrong
