"""Which rules hold while the customer has to move: reminders, the pause of the clocks, the way outside? All pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.routing.commands import NameRecourse, Pause, RemindCustomer
from services.routing.rules import not_ahead, still_open
from services.routing.state import Case
from shared.contracts.event import Event
from shared.contracts.routing import ClockPaused, ClockResumed, CustomerReminded, RecourseNamed
from shared.decider import Refused


def remind_customer(case: Case, command: RemindCustomer) -> Sequence[Event]:
    still_open(case)
    return (CustomerReminded(complaint_id=case.id, medium=command.medium, reminder=case.reminders + 1),)


def pause(case: Case, command: Pause) -> Sequence[Event]:
    """RT-9."""
    still_open(case)
    if case.paused:
        raise Refused("paused", "The case is paused already.")
    return (ClockPaused(complaint_id=case.id, reason=command.reason),)


def resume(case: Case) -> Sequence[Event]:
    still_open(case)
    if not case.paused:
        raise Refused("not-paused", "The case is not paused; its clocks run.")
    return (ClockResumed(complaint_id=case.id),)


def name_recourse(case: Case, command: NameRecourse, now: datetime) -> Sequence[Event]:
    """ISO 10002, closing: who is not content with the last word learns who else may be asked. Anybody may be told at any time."""
    still_open(case)
    not_ahead("/told_on", command.told_on, now)
    return (RecourseNamed(complaint_id=case.id, body=command.body, told_on=command.told_on),)
