"""Which rules does a remedy follow from offer to verification? Round n waits for approval, is with the customer, refused, or accepted, done and checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.routing import work
from services.routing.commands import CarryOut, DecideOnOffer, OfferRemedy, RecordAnswer, Verify
from services.routing.hearing import HearAnswer
from services.routing.rules import not_ahead, rules, still_open
from services.routing.state import Case, Round
from shared.contracts.event import Event
from shared.contracts.routing import (
    RemedyAnswered,
    RemedyApproved,
    RemedyCarriedOut,
    RemedyDeclined,
    RemedyOffered,
    RemedyProposed,
    RemedyVerified,
)
from shared.decider import Context, Refused

APPROVERS = "leading_group"


def offer_remedy(case: Case, command: OfferRemedy, context: Context) -> Sequence[Event]:
    still_open(case)
    if not case.assessed or case.severity is None:
        raise Refused("not-assessed", "Assess the complaint before offering a remedy.")
    _nothing_under_way(case.current)
    policy = rules(case, context)
    if case.path == "quality_assurance" and policy.needs_meeting(case.severity) and not case.meetings:
        raise Refused("meeting-first", "A major case needs a recorded meeting before an offer.")  # RT-3
    within = command.amount is None or policy.may_offer(context.actor.role, command.amount)
    made = (RemedyOffered if within else RemedyProposed)(
        complaint_id=case.id,
        round=len(case.rounds) + 1,
        kinds=command.kinds,
        text=command.text,
        commitment=command.commitment,
        amount=command.amount,
    )
    return (made,) if within else (made, work.offered(case, "approve", APPROVERS, case.severity))  # IN-10


def _nothing_under_way(current: Round | None) -> None:
    if current is None or current.approval == "declined" or current.answer is False:
        return
    if current.approval == "pending":
        raise Refused("approval-pending", f"Round {current.number} waits for an approver.")
    if current.answer is None:
        raise Refused("answer-pending", f"Round {current.number} is still with the customer.")
    raise Refused("already-accepted", f"The customer accepted round {current.number}; carry it out.")


def decide_on_offer(case: Case, command: DecideOnOffer, context: Context) -> Sequence[Event]:
    """An approver who is not the one who proposed it; what is approved is with the customer from now on."""
    still_open(case)
    proposed = case.round(command.round)
    if proposed is None:
        raise Refused("not-offered", f"There is no round {command.round} to decide on.")
    if proposed.approval != "pending":
        raise Refused("already-decided", f"Round {command.round} does not wait for an approver.")
    if context.actor.person == proposed.proposer:
        raise Refused("second-person", "Who proposed a remedy does not approve it; another person has to.")
    decided = (RemedyApproved if command.approved else RemedyDeclined)(complaint_id=case.id, round=command.round, reason=command.reason)
    return (decided, *work.ended(case, "approve"))


def record_answer(case: Case, command: RecordAnswer) -> Sequence[Event]:
    still_open(case)
    asked = case.round(command.round)
    if asked is None or not asked.offered:
        raise Refused("not-offered", f"There is no open round {command.round}.")
    if asked.answer is not None:
        raise Refused("already-decided", f"Round {command.round} is answered.")
    return (
        RemedyAnswered(
            complaint_id=case.id,
            round=command.round,
            accepted=command.accepted,
            comment=command.comment,
            medium=command.medium,
            by="staff",
        ),
    )


def hear_answer(case: Case, command: HearAnswer) -> Sequence[Event]:
    """The complainant's own answer; its comment stays where it was given. Too late, it changes nothing."""
    current = case.current
    if case.closed or current is None or current.number != command.round or not current.offered or current.answer is not None:
        return ()
    return (RemedyAnswered(complaint_id=case.id, round=command.round, accepted=command.accepted, medium="tracking", by="complainant"),)


def carry_out(case: Case, command: CarryOut, now: datetime) -> Sequence[Event]:
    still_open(case)
    accepted = _accepted(case, command.round)
    if accepted.carried_out:
        raise Refused("already-carried-out", f"Round {command.round} is carried out.")
    not_ahead("/on", command.on, now)
    return (RemedyCarriedOut(complaint_id=case.id, round=command.round, on=command.on, evidence=command.evidence),)


def verify(case: Case, command: Verify, now: datetime) -> Sequence[Event]:
    still_open(case)
    accepted = _accepted(case, command.round)
    if not accepted.carried_out:
        raise Refused("not-carried-out", f"Round {command.round} is not carried out yet.")
    if accepted.verified:
        raise Refused("already-verified", f"Round {command.round} is verified.")
    not_ahead("/on", command.on, now)
    verified = RemedyVerified(complaint_id=case.id, round=command.round, on=command.on, evidence=command.evidence)
    return (verified, *work.ended(case, "remedy"))


def _accepted(case: Case, number: int) -> Round:
    found = case.round(number)
    if found is None or not found.answer:
        raise Refused("not-accepted", f"The customer has not accepted round {number}.")
    return found


def satisfied(case: Case) -> None:
    """*Satisfied* stands on three facts: accepted, carried out, verified."""
    current = case.current
    if current is None or not current.answer:
        raise Refused("not-accepted", "No remedy is accepted; close with another outcome and its reason, or offer again.")
    if not current.carried_out:
        raise Refused("not-carried-out", f"Round {current.number} is accepted but not carried out.")
    if not current.verified:
        raise Refused("not-verified", f"Nobody has verified round {current.number} yet.")
