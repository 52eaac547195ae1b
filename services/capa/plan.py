"""Which rules does a plan follow? Containment at any time; one plan a round, approved by somebody else than its author (CA-3, CA-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.capa.commands import Contain, DecidePlan, ProposePlan
from services.capa.state import Capa, Step
from shared.contracts.capa import ContainmentDone, PlanApproved, PlannedStep, PlanProposed, PlanReturned, StepDeadline
from shared.contracts.event import Event
from shared.decider import Context, Invalid, NotFound, Refused
from shared.policy import Policy

EASTERNMOST = timedelta(hours=14)  # a date that has begun nowhere on earth yet lies in the future


def contain(capa: Capa, command: Contain, now: datetime) -> Sequence[Event]:
    not_closed(capa)
    not_ahead(command.on, now)
    return (ContainmentDone(capa_id=capa.id, complaints=capa.complaints, round=capa.round, on=command.on, text=command.text),)


def propose_plan(capa: Capa, command: ProposePlan, context: Context) -> Sequence[Event]:
    not_closed(capa)
    if capa.state == "awaiting_approval":
        raise Refused("plan-pending", "A plan waits for its approval; it is approved or returned before another is proposed.")
    if capa.state != "planning":
        raise Refused("already-decided", f"The plan of round {capa.round} is approved; extend a step instead, with a reason.")
    for row, step in enumerate(command.steps):
        if step.department not in context.policy.departments:
            raise Invalid(f"/steps/{row}/department", f"One of: {', '.join(context.policy.departments)}.")
        if step.due_at <= context.now:
            raise Invalid(f"/steps/{row}/due_on", "This date has passed; name one that lies ahead.")
    return (
        PlanProposed(
            capa_id=capa.id,
            complaints=capa.complaints,
            round=capa.round,
            nonconformity=command.nonconformity,
            returned_quantity=command.returned_quantity,
            containment=command.containment,
            root_cause=command.root_cause,
            corrective=command.corrective,
            preventive=command.preventive,
            steps=tuple(
                PlannedStep(n=n, department=step.department, owner=step.owner, due_on=step.due_on, due_at=step.due_at)
                for n, step in enumerate(command.steps, start=1)
            ),
            step_texts=tuple(step.what for step in command.steps),
        ),
    )


def decide_plan(capa: Capa, command: DecidePlan, context: Context) -> Sequence[Event]:
    """Approval starts the steps' clocks; a returned plan leaves the action in planning."""
    not_closed(capa)
    if capa.state == "planning":
        raise Refused("plan-missing", "There is no plan to decide about; propose one first.")
    if capa.state != "awaiting_approval":
        raise Refused("already-decided", f"The plan of round {capa.round} is approved.")
    if context.actor.person == capa.author:
        raise Refused("second-person", "Whoever wrote the plan does not decide about it; ask somebody else.")
    if not command.approved:
        return (PlanReturned(capa_id=capa.id, complaints=capa.complaints, round=capa.round, reason=command.reason),)
    deadlines = tuple(
        StepDeadline(
            n=step.n,
            department=step.department,
            owner=step.owner,
            due_at=step.due_at,
            remind_at=remind_at(context.now, step.due_at, context.policy),
        )
        for step in capa.steps
    )
    return (PlanApproved(capa_id=capa.id, complaints=capa.complaints, round=capa.round, reason=command.reason, steps=deadlines),)


def remind_at(start: datetime, due_at: datetime, policy: Policy) -> datetime:
    """When as much of the time is left as the policy calls near."""
    return due_at - max(due_at - start, timedelta(0)) * policy.content.near.share


def in_work(capa: Capa) -> None:
    not_closed(capa)
    if capa.state == "planning":
        raise Refused("plan-missing", "There is no approved plan; propose one first.")
    if capa.state == "awaiting_approval":
        raise Refused("plan-pending", "The plan is not approved yet.")


def not_closed(capa: Capa) -> None:
    if capa.state == "closed":
        raise Refused("case-closed", "The action was effective and is closed.")


def not_ahead(on: date, now: datetime) -> None:
    if on > (now + EASTERNMOST).date():
        raise Invalid("/on", "This date lies in the future.")


def open_step(capa: Capa, n: int) -> Step:
    step = capa.step(n)
    if step is None:
        raise NotFound
    if step.done:
        raise Refused("already-done", f"Step {n} is done.")
    return step
