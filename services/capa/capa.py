"""What is done so that it does not happen again? A corrective or preventive action and the complaints it serves (CA-2, CA-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from shared.contracts.capa import CapaComplaintAdded, CapaOpened
from shared.contracts.event import Event
from shared.contracts.vocabulary import ComplaintId, Severity, TriggerKind
from shared.decider import Context, Decider, Invalid

NEXT_NUMBER = "?CA"


@dataclass(frozen=True, slots=True)
class Capa:
    """What must be remembered of an action to decide about it."""

    id: UUID
    opened: bool = False
    complaints: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Trigger:
    """What made it necessary: a complaint, a trend, an audit …, and which one."""

    kind: TriggerKind
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class OpenCapa:
    trigger: Trigger
    title: str
    severity: Severity
    responsible_department: str | None = None
    complaints: tuple[UUID, ...] = ()
    product_code: str | None = None
    issue_code: str | None = None


@dataclass(frozen=True, slots=True)
class JoinCapa:
    """A complaint's cause is the one this action is already about."""

    complaint_id: ComplaintId


Command = OpenCapa | JoinCapa


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
    if command.complaint_id in capa.complaints:
        return ()
    return (CapaComplaintAdded(capa_id=capa.id, complaint_id=command.complaint_id),)


def initial(stream_id: UUID) -> Capa:
    return Capa(stream_id)


def decide(capa: Capa, command: Command, context: Context) -> Sequence[Event]:
    match command:
        case OpenCapa():
            return open_capa(capa, command, context)
        case JoinCapa():
            return join_capa(capa, command)


def evolve(capa: Capa, event: Event) -> Capa:
    match event:
        case CapaOpened():
            return replace(capa, opened=True, complaints=frozenset(event.complaints))
        case CapaComplaintAdded():
            return replace(capa, complaints=capa.complaints | {event.complaint_id})
        case _:
            return capa


CAPA = Decider("capa", initial, decide, evolve)
