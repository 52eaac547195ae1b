"""Who was shown sealed fields, and who took data out? Each is an event in a stream of its own, never the complaint's (IN-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from shared.commands import Asked, Commands
from shared.contracts.event import Event
from shared.decider import Context, Decider
from shared.ids import new_id


class PersonalDataRead(Protocol):
    """The event class of a service."""

    def __call__(self, *, subjects: tuple[UUID, ...], fields: tuple[str, ...], call: str) -> Event: ...


@dataclass(frozen=True, slots=True)
class Read:
    subjects: tuple[UUID, ...]
    fields: tuple[str, ...]
    call: str


def reading(cls: PersonalDataRead) -> Decider[UUID, Read]:
    """The one decision about a reading: that it is on record."""

    def decide(state: UUID, command: Read, context: Context) -> Sequence[Event]:
        return (cls(subjects=command.subjects, fields=command.fields, call=command.call),)

    return Decider("reading", lambda stream_id: stream_id, decide, lambda state, event: state)


class DataExported(Protocol):
    """The event class of a service."""

    def __call__(self, *, call: str, subjects: tuple[UUID, ...], rows: int) -> Event: ...


@dataclass(frozen=True, slots=True)
class Export:
    """`subjects` are named where they are few; `rows` always counts."""

    call: str
    subjects: tuple[UUID, ...]
    rows: int


def exporting(cls: DataExported) -> Decider[UUID, Export]:
    """The one decision about an export: that it is on record."""

    def decide(state: UUID, command: Export, context: Context) -> Sequence[Event]:
        return (cls(call=command.call, subjects=command.subjects, rows=command.rows),)

    return Decider("export", lambda stream_id: stream_id, decide, lambda state, event: state)


async def note_export(commands: Commands, decider: Decider[UUID, Export], asked: Asked, export: Export) -> None:
    """Puts it on record before anything goes out."""
    await commands.handle(decider, new_id(), export, replace(asked, idempotency=None, if_match=None), new=True)


async def note(commands: Commands, decider: Decider[UUID, Read], asked: Asked, read: Read) -> None:
    """Puts it on record; call it before the answer goes out, so that who cannot be noted is shown nothing."""
    if read.subjects and read.fields:
        await commands.handle(decider, new_id(), read, replace(asked, idempotency=None, if_match=None), new=True)
