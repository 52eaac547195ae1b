"""What does final inspection watch more closely? A product and batch, from a quality complaint until somebody lifts it (RT-5); pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from services.routing.rules import not_ahead
from shared.contracts.event import Event
from shared.contracts.routing import InspectionCatch, InspectionLifted, InspectionTightened
from shared.contracts.vocabulary import ComplaintId
from shared.decider import Context, Decider, NotFound, Refused

_ALL = uuid5(NAMESPACE_URL, "redress/inspections")


def inspection_of(product_code: str | None, batch: str | None) -> UUID:
    """A product and batch have one inspection, however often it is tightened."""
    return uuid5(_ALL, repr((product_code, batch)))


@dataclass(frozen=True, slots=True)
class Inspection:
    id: UUID
    state: Literal["normal", "open", "lifted"] = "normal"


@dataclass(frozen=True, slots=True)
class Tighten:
    """Because of this complaint."""

    complaint_id: ComplaintId
    product_code: str | None
    batch: str | None


@dataclass(frozen=True, slots=True)
class RecordCatch:
    quantity: int
    on: date
    text: str


@dataclass(frozen=True, slots=True)
class Lift:
    reason: str


Command = Tighten | RecordCatch | Lift


def decide(inspection: Inspection, command: Command, context: Context) -> Sequence[Event]:
    match command:
        case Tighten(complaint_id, product_code, batch):
            if inspection.state == "open":
                return ()
            return (InspectionTightened(inspection_id=inspection.id, complaint_id=complaint_id, product_code=product_code, batch=batch),)
        case RecordCatch(quantity, on, text):
            _tightened(inspection)
            not_ahead("/on", on, context.now)
            return (InspectionCatch(inspection_id=inspection.id, quantity=quantity, on=on, text=text),)
        case Lift(reason):
            _tightened(inspection)
            return (InspectionLifted(inspection_id=inspection.id, reason=reason),)


def _tightened(inspection: Inspection) -> None:
    if inspection.state == "normal":
        raise NotFound
    if inspection.state == "lifted":
        raise Refused("inspection-lifted", "This inspection is back to normal; the next quality complaint tightens it again.")


def evolve(inspection: Inspection, event: Event) -> Inspection:
    match event:
        case InspectionTightened():
            return replace(inspection, state="open")
        case InspectionLifted():
            return replace(inspection, state="lifted")
        case _:
            return inspection


INSPECTION: Decider[Inspection, Command] = Decider("inspection", Inspection, decide, evolve)
