"""What is submitted for appending, and what becomes of it?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.contracts.event import Event
from shared.store.encode import Change


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Keyed hashes of who asked for what under which key, and of the body."""

    scope: bytes
    body: bytes


class IdempotencyMismatch(Exception):
    """The key was used before with another body."""


class VersionConflict(Exception):
    """The stream moved between decision and append."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a submission became: the main stream's new version and position, and its events with their numbers, in clear."""

    stream_id: UUID
    version: int
    position: str
    events: tuple[Event, ...]
    recorded_at: datetime
    others: tuple[tuple[Event, ...], ...] = ()


Answering = Callable[[Decided], dict[str, object]]
Within = Callable[[asyncpg.Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Submission:
    """One command's changes; all of them are appended or none. The first is the main one.

    `within` is done in their transaction, before they are appended.
    """

    changes: tuple[Change, ...]
    answer: Answering
    idempotency: Idempotency | None = None
    within: Within | None = None

    @property
    def alone(self) -> bool:
        """Whether it needs a transaction of its own: all of it is done or nothing."""
        return len(self.changes) > 1 or self.within is not None

    def claims(self) -> list[object]:
        """What only one submission at a time may be about: its streams, and the request it answers."""
        streams: list[object] = [change.stream_id for change in self.changes]
        return streams if self.idempotency is None else [*streams, self.idempotency.scope]
