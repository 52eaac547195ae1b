"""Which rules do the steps of an approved plan follow? Done with evidence, extended with a reason, reminded of, overdue (CA-3)."""

from __future__ import annotations

from collections.abc import Sequence

from services.capa.commands import ExtendStep, FinishStep, RemindOwner
from services.capa.plan import in_work, not_ahead, open_step, remind_at
from services.capa.state import Capa, Step
from shared.contracts.capa import StepDone, StepExtended, StepOverdue, StepReminded
from shared.contracts.event import Event
from shared.decider import Context, Invalid

WATCHES = "quality_management"  # the table is filed there, and it escalates (CA-3)


def finish_step(capa: Capa, command: FinishStep, context: Context) -> Sequence[Event]:
    in_work(capa)
    open_step(capa, command.n)
    not_ahead(command.on, context.now)
    still_open = sum(1 for step in capa.steps if not step.done) - 1
    return (
        StepDone(
            capa_id=capa.id,
            complaints=capa.complaints,
            round=capa.round,
            n=command.n,
            on=command.on,
            evidence=command.evidence,
            steps_open=still_open,
        ),
    )


def extend_step(capa: Capa, command: ExtendStep, context: Context) -> Sequence[Event]:
    in_work(capa)
    step = open_step(capa, command.n)
    if command.due_at <= max(step.due_at, context.now):
        raise Invalid("/due_on", "An extension ends later than the step is due now, and in the future.")
    return (
        StepExtended(
            capa_id=capa.id,
            complaints=capa.complaints,
            round=capa.round,
            n=step.n,
            due_on=command.due_on,
            due_at=command.due_at,
            remind_at=remind_at(context.now, command.due_at, context.policy),
            department=step.department,
            owner=step.owner,
            reason=command.reason,
        ),
    )


def remind_owner(capa: Capa, command: RemindOwner) -> Sequence[Event]:
    in_work(capa)
    return (_reminded(capa, open_step(capa, command.n), command.text),)


def look_at_steps(capa: Capa, context: Context) -> Sequence[Event]:
    """What the clock has to say by now; said once for each date a step has had."""
    if capa.state != "in_work":
        return ()
    events: list[Event] = []
    for step in capa.steps:
        if step.done or step.overdue:
            continue
        if context.now >= step.due_at:
            events.append(_overdue(capa, step))
        elif step.remind_at is not None and context.now >= step.remind_at and not step.reminded:
            events.append(_reminded(capa, step, None))
    return events


def _reminded(capa: Capa, step: Step, text: str | None) -> Event:
    return StepReminded(
        capa_id=capa.id,
        complaints=capa.complaints,
        round=capa.round,
        n=step.n,
        department=step.department,
        owner=step.owner,
        due_on=step.due_on,
        text=text,
    )


def _overdue(capa: Capa, step: Step) -> Event:
    return StepOverdue(
        capa_id=capa.id,
        complaints=capa.complaints,
        round=capa.round,
        n=step.n,
        department=step.department,
        owner=step.owner,
        due_on=step.due_on,
        escalated_to=WATCHES,
    )
