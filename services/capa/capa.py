"""What is done so that it does not happen again? A corrective or preventive action and the complaints it serves (CA-2, CA-4, CA-6)."""

from __future__ import annotations

from collections.abc import Sequence

from services.capa.commands import (
    Command,
    Contain,
    DecidePlan,
    ExtendStep,
    FinishStep,
    JoinCapa,
    LookAtSteps,
    OpenCapa,
    ProposePlan,
    RemindOwner,
    ReviewEffectiveness,
)
from services.capa.plan import contain, decide_plan, not_closed, propose_plan
from services.capa.state import Capa, evolve, initial
from services.capa.steps import extend_step, finish_step, look_at_steps, remind_owner
from shared.contracts.capa import CapaClosed, CapaComplaintAdded, CapaOpened, CapaRoundOpened, EffectivenessReviewed
from shared.contracts.event import Event
from shared.decider import Context, Decider, Invalid, NotFound, Refused

NEXT_NUMBER = "?CA"


def open_capa(capa: Capa, command: OpenCapa, context: Context) -> Sequence[Event]:
    if capa.opened:
        return ()
    return (
        CapaOpened(
            capa_id=capa.id,
            number=NEXT_NUMBER,
            trigger=command.trigger.kind,
            trigger_ref=command.trigger.ref,
            title=command.title,
            severity=command.severity,
            owner_department=context.policy.owner(command.severity, command.responsible_department),
            complaints=command.complaints,
            product_code=command.product_code,
            issue_code=command.issue_code,
        ),
    )


def join_capa(capa: Capa, command: JoinCapa) -> Sequence[Event]:
    if not capa.opened:
        raise Invalid("/join_capa", "There is no such action to join.")
    if capa.state == "closed":
        raise Invalid("/join_capa", f"{capa.number} is closed; open another action, or join one that is under way.")
    if command.complaint_id in capa.complaints:
        return ()
    return (CapaComplaintAdded(capa_id=capa.id, complaint_id=command.complaint_id),)


def review_effectiveness(capa: Capa, command: ReviewEffectiveness, context: Context) -> Sequence[Event]:
    """By somebody who owns no step and did none (CA-4). Ninety days are a deadline, not a lock: it may be sooner."""
    not_closed(capa)
    if capa.state == "planning":
        raise Refused("plan-missing", "There is no approved plan whose effect could be reviewed.")
    if capa.state == "awaiting_approval":
        raise Refused("plan-pending", "The plan is not approved yet.")
    if capa.state == "in_work":
        still_open = ", ".join(str(step.n) for step in capa.steps if not step.done)
        raise Refused("steps-open", f"These steps are not done yet: {still_open}.")
    me = context.actor.person
    if me in capa.workers or any(step.owner == me for step in capa.steps):
        raise Refused("second-person", "Whoever owned or did a step does not review the effect; ask somebody else.")
    reviewed = EffectivenessReviewed(
        capa_id=capa.id, complaints=capa.complaints, round=capa.round, verdict=command.verdict, evidence=command.evidence
    )
    if command.verdict == "ineffective":
        return (reviewed, CapaRoundOpened(capa_id=capa.id, complaints=capa.complaints, round=capa.round + 1))
    return (reviewed, CapaClosed(capa_id=capa.id, number=capa.number, complaints=capa.complaints, rounds=capa.round))


def decide(capa: Capa, command: Command, context: Context) -> Sequence[Event]:
    match command:
        case OpenCapa():
            return open_capa(capa, command, context)
        case JoinCapa():
            return join_capa(capa, command)
    if not capa.opened:
        raise NotFound
    match command:
        case Contain():
            return contain(capa, command, context.now)
        case ProposePlan():
            return propose_plan(capa, command, context)
        case DecidePlan():
            return decide_plan(capa, command, context)
        case FinishStep():
            return finish_step(capa, command, context)
        case ExtendStep():
            return extend_step(capa, command, context)
        case RemindOwner():
            return remind_owner(capa, command)
        case LookAtSteps():
            return look_at_steps(capa, context)
        case ReviewEffectiveness():
            return review_effectiveness(capa, command, context)


CAPA = Decider("capa", initial, decide, evolve)
