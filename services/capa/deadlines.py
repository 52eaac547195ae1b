"""When must an action be looked at again? When a step's owner is to be reminded, and when its day has passed (CA-3)."""

from __future__ import annotations

from collections.abc import Iterator

from services.capa.capa import CAPA
from services.capa.commands import LookAtSteps
from shared.contracts.capa import PlanApproved, StepExtended
from shared.envelope import Envelope
from shared.timers.timers import Timer

STEPS = "capa-steps"
DUE = {STEPS: (CAPA, LookAtSteps())}
TIMER_TYPES = frozenset({PlanApproved.TYPE, StepExtended.TYPE})


def timers(event: Envelope) -> Iterator[Timer]:
    match event.data:
        case PlanApproved(capa_id=capa, steps=steps):
            moments = {moment for step in steps for moment in (step.remind_at, step.due_at)}
        case StepExtended(capa_id=capa, remind_at=remind_at, due_at=due_at):
            moments = {remind_at, due_at}
        case _:
            return
    for moment in sorted(moments):
        yield Timer(STEPS, capa, moment)
