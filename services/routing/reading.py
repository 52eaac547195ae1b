"""Who was shown sealed texts of a case? Each reading is an event in a stream of its own (IN-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.routing import PersonalDataRead
from shared.decider import Context, Decider


@dataclass(frozen=True, slots=True)
class Read:
    subject: UUID
    fields: tuple[str, ...]
    call: str


def decide(state: UUID, command: Read, context: Context) -> Sequence[Event]:
    return (PersonalDataRead(subjects=(command.subject,), fields=command.fields, call=command.call),)


READING: Decider[UUID, Read] = Decider("reading", lambda stream_id: stream_id, decide, lambda state, event: state)
