"""Who was shown sealed texts of which complaints? Each reading is a stream of its own (IN-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.capa import PersonalDataRead
from shared.contracts.event import Event
from shared.decider import Context, Decider


@dataclass(frozen=True, slots=True)
class RecordReading:
    subjects: tuple[UUID, ...]
    fields: tuple[str, ...]
    call: str


def decide(nothing: None, command: RecordReading, context: Context) -> Sequence[Event]:
    return (PersonalDataRead(subjects=command.subjects, fields=command.fields, call=command.call),)


READING: Decider[None, RecordReading] = Decider("reading", lambda stream_id: None, decide, lambda nothing, event: None)
