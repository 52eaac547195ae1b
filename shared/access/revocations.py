"""Which tokens were taken back, and is that list current?

Revocations come over the log like everything else. A service knows that its list is current when it has consumed all that
intake's watermarks promise; how old the oldest of these watermarks is, is how old the list may be.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg

from shared.envelope import Envelope
from shared.log.port import Watermark
from shared.views import View

REVOKED = "intake.token-revoked.v1"
STALE_AFTER = 5.0  # seconds without word from intake after which nobody can be let in

_ADD = "insert into revoked_tokens (token_id, revoked_at) select * from unnest($1::uuid[], $2::timestamptz[]) on conflict do nothing"


async def _apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    await connection.execute(_ADD, [UUID(e.body["token_id"]) for e in events], [e.recorded.recorded_at for e in events])


REVOCATIONS = View(name="revocations", version=1, tables=(), handles=frozenset({REVOKED}), apply=_apply)


class Revocations:
    """The list as this process has it, and since when it is known to be complete.

    Time is this machine's: that a watermark is new shows by its being another one than before. Only of the very first, which
    may have been lying there for hours, is it believed when it was heard.
    """

    def __init__(self, partitions: int) -> None:
        self._revoked: set[UUID] = set()
        self._seen: dict[int, Watermark] = {}
        self._pending: dict[int, deque[tuple[int, float]]] = {p: deque() for p in range(partitions)}
        self._current: dict[int, float] = {}  # partition: when the newest watermark that we have reached came in

    def __contains__(self, token_id: UUID) -> bool:
        return token_id in self._revoked

    def add(self, token_ids: Iterable[UUID]) -> None:
        self._revoked.update(token_ids)

    def heard(self, promised: Mapping[int, Watermark], reached: Mapping[int, int], now: float | None = None) -> None:
        """Takes in intake's watermarks, and how far this service has consumed intake's partitions."""
        now = time.time() if now is None else now
        for partition, mark in promised.items():
            waiting, before = self._pending[partition], self._seen.get(partition)
            if mark != before:
                self._seen[partition] = mark
                waiting.append((mark.position, now if before is not None else min(now, _arrival(mark))))
            while waiting and waiting[0][0] <= reached.get(partition, 0):
                self._current[partition] = waiting.popleft()[1]

    def age(self, now: float | None = None) -> float:
        """Seconds since the list was known to be complete."""
        if len(self._current) < len(self._pending):
            return float("inf")
        return (time.time() if now is None else now) - min(self._current.values())

    @property
    def current(self) -> bool:
        return self.age() <= STALE_AFTER

    @property
    def fresh(self) -> bool:
        """Whether it will stay current for a while: what a former process heard last may be too old in a moment."""
        return self.age() <= STALE_AFTER / 2


def _arrival(mark: Watermark) -> float:
    return mark.heard.timestamp() if mark.heard is not None else 0.0
