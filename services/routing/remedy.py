"""Which rules does a remedy follow from offer to verification? Round n is with the customer, refused, or accepted, done and checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.routing import work
from services.routing.commands import CarryOut, HearAnswer, OfferRemedy, RecordAnswer, Verify
from services.routing.state import Case, Round
from shared.contracts.event import Event
from shared.contracts.routing import RemedyAnswered, RemedyCarriedOut, RemedyOffered, RemedyVerified
from shared.decider import Context, Invalid, Refused

EASTERNMOST = timedelta(hours=14)  # a date that has begun nowhere on earth yet lies in the future


def offer_remedy(case: Case, command: OfferRemedy, context: Context) -> Sequence[Event]:
    still_open(case)
    if not case.assessed or case.severity is None:
        raise Refused("not-assessed", "Assess the complaint before offering a remedy.")
    current = case.current
    if current is not None and current.answer is None:
        raise Refused("answer-pending", f"Round {current.number} is still with the customer.")
    if current is not None and current.answer:
        raise Refused("already-accepted", f"The customer accepted round {current.number}; carry it out.")
    if case.path == "quality_assurance" and context.policy.needs_meeting(case.severity) and not case.meetings:
        raise Refused("meeting-first", "A major case needs a recorded meeting before an offer.")  # RT-3
    if command.amount is not None and not context.policy.may_offer(context.actor.role, command.amount):
        raise Refused(
            "approval-pending", "A remedy of this cost needs an approval, which cannot be given here yet. Offer one within authority."
        )
    return (
        RemedyOffered(
            complaint_id=case.id,
            round=len(case.rounds) + 1,
            kinds=command.kinds,
            text=command.text,
            commitment=command.commitment,
            amount=command.amount,
        ),
    )


def record_answer(case: Case, command: RecordAnswer) -> Sequence[Event]:
    still_open(case)
    asked = case.round(command.round)
    if asked is None or asked.number <= case.rounds_past:
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
    if case.closed or current is None or current.number != command.round or current.answer is not None:
        return ()
    return (RemedyAnswered(complaint_id=case.id, round=command.round, accepted=command.accepted, medium="tracking", by="complainant"),)


def carry_out(case: Case, command: CarryOut, now: datetime) -> Sequence[Event]:
    still_open(case)
    accepted = _accepted(case, command.round)
    if accepted.carried_out:
        raise Refused("already-carried-out", f"Round {command.round} is carried out.")
    _not_ahead(command.on, now)
    return (RemedyCarriedOut(complaint_id=case.id, round=command.round, on=command.on, evidence=command.evidence),)


def verify(case: Case, command: Verify, now: datetime) -> Sequence[Event]:
    still_open(case)
    accepted = _accepted(case, command.round)
    if not accepted.carried_out:
        raise Refused("not-carried-out", f"Round {command.round} is not carried out yet.")
    if accepted.verified:
        raise Refused("already-verified", f"Round {command.round} is verified.")
    _not_ahead(command.on, now)
    verified = RemedyVerified(complaint_id=case.id, round=command.round, on=command.on, evidence=command.evidence)
    return (verified, *work.ended(case, "remedy"))


def _accepted(case: Case, number: int) -> Round:
    found = case.round(number)
    if found is None or not found.answer or number <= case.rounds_past:
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


def _not_ahead(on: date, now: datetime) -> None:
    if on > (now + EASTERNMOST).date():
        raise Invalid("/on", "This date lies in the future.")


def still_open(case: Case) -> None:
    if case.closed:
        raise Refused("case-closed", "The case is closed; reopen it with a reason first.")
