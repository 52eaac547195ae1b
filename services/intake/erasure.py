"""When is a person's data destroyed? Asked for by one administrator, confirmed by another; then for good (ISO 10002, confidentiality; IN-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.intake import ErasureConfirmed, ErasureRequested
from shared.decider import Context, Decider, NotFound, Refused


@dataclass(frozen=True, slots=True)
class Erasure:
    """A request, folded from its events."""

    id: UUID
    complaints: tuple[UUID, ...] = ()
    feedback: tuple[UUID, ...] = ()
    requested_by: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RequestErasure:
    """`complaints` are all of the person, the named one first; `feedback` is what else was said by the same."""

    complaints: tuple[UUID, ...]
    feedback: tuple[UUID, ...]
    reason: str
    erased: bool = False  # the named one, already


@dataclass(frozen=True, slots=True)
class ConfirmErasure:
    """Destroy what the request names, and nothing else."""


def decide(erasure: Erasure, command: RequestErasure | ConfirmErasure, context: Context) -> Sequence[Event]:
    match command:
        case RequestErasure():
            return request(erasure, command)
        case ConfirmErasure():
            return confirm(erasure, context)


def request(erasure: Erasure, command: RequestErasure) -> Sequence[Event]:
    if command.erased:
        raise Refused("erased", "This person's data is erased already.")
    return (ErasureRequested(request_id=erasure.id, complaints=command.complaints, feedback=command.feedback, reason=command.reason),)


def confirm(erasure: Erasure, context: Context) -> Sequence[Event]:
    """By another person than the one who asked; what is destroyed cannot be brought back."""
    if erasure.requested_by is None:
        raise NotFound
    if erasure.confirmed:
        raise Refused("already-decided", "This erasure is confirmed and done.")
    if context.actor.person == erasure.requested_by:
        raise Refused("second-person", "Another administrator than the one who asked for it must confirm an erasure.")
    return (ErasureConfirmed(request_id=erasure.id, complaints=erasure.complaints, feedback=erasure.feedback),)


def evolve(erasure: Erasure, event: Event) -> Erasure:
    match event:
        case ErasureRequested():
            by = None if event.actor is None else event.actor.person
            return replace(erasure, complaints=event.complaints, feedback=event.feedback, requested_by=by)
        case ErasureConfirmed():
            return replace(erasure, confirmed=True)
        case _:
            return erasure


ERASURE: Decider[Erasure, RequestErasure | ConfirmErasure] = Decider("erasure", Erasure, decide, evolve)
