"""How does a department hear of its work at once? One fan-out per process, fed from the store once the views have it.

What was applied is read from the views' checkpoints, so it does not matter which process consumes; a consumer in this
process wakes the fan-out at once, a look every quarter of a second is the guarantee. Without listeners nothing runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import structlog

from services.routing.views import queue
from shared.contracts.routing import WorkItemDone, WorkItemOffered, WorkItemTaken
from shared.envelope import Envelope
from shared.store.store import Store

POLL = 0.25
PAGE = 500
WAITING = 1000  # notices a listener may lie behind before it is let go; it can come back with its token

MOVES: Mapping[str, str] = {WorkItemOffered.TYPE: "offered", WorkItemTaken.TYPE: "taken", WorkItemDone.TYPE: "done"}
_APPLIED = "select partition, position from consumer_checkpoints where consumer = 'views' and topic = 'redress.routing'"

Vector = dict[int, int]  # partition -> position

log = structlog.get_logger("redress.live")


@dataclass(frozen=True, slots=True)
class Notice:
    """A work item was offered, taken or done."""

    partition: int
    position: int
    department: str
    event: str
    data: dict[str, Any]


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream. It ends when the product stops or when it cannot keep up."""

    department: str
    begins: Vector = field(default_factory=dict)  # what it reads for itself and need not be told
    notices: asyncio.Queue[Notice] = field(default_factory=lambda: asyncio.Queue(WAITING))
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, notice: Notice) -> None:
        if notice.department != self.department or notice.position <= self.begins.get(notice.partition, 0):
            return
        try:
            self.notices.put_nowait(notice)
        except asyncio.QueueFull:
            self.ended.set()


async def applied(connection: asyncpg.Pool | asyncpg.Connection) -> Vector:
    """Up to where the views know routing's own events."""
    return {row["partition"]: row["position"] for row in await connection.fetch(_APPLIED)}


async def notices(connection: asyncpg.Pool | asyncpg.Connection, events: Sequence[Envelope]) -> list[Notice]:
    """What these events mean for queues, each item as the event left it."""
    moves = [event for event in events if event.type in MOVES]
    if not moves:
        return []
    items = await queue.items(connection, list({event.data.item_id for event in moves}))  # type: ignore[attr-defined]  # all three have it
    found: list[Notice] = []
    for event in moves:
        row = items.get(event.data.item_id)  # type: ignore[attr-defined]  # every type read here names an item
        if row is not None:
            data = queue.shown(row) | _left(event) | told(MOVES[event.type], event.recorded.recorded_at, _by(event))
            found.append(Notice(event.recorded.partition, event.recorded.position, row["department"], MOVES[event.type], data))
    return found


def told(event: str, at: datetime, by: str | None) -> dict[str, Any]:
    return {"event": event, "at": at, "by": by}


def _left(event: Envelope) -> dict[str, Any]:
    match event.data:
        case WorkItemOffered():
            return {"state": "open", "holder": None, "holder_name": None}
        case WorkItemTaken(holder=holder, holder_name=name):
            return {"state": "taken", "holder": holder, "holder_name": name}
        case _:
            return {"state": "done"}


def _by(event: Envelope) -> str | None:
    return event.data.actor.person if event.data.actor is not None else None


class Hub:
    """The listeners of this process and what they have been told."""

    def __init__(self, store: Store, pool: asyncpg.Pool, stopping: asyncio.Event) -> None:
        self.pool = pool
        self.store = store
        self._stopping = stopping
        self._woken = asyncio.Event()
        self._starting = asyncio.Lock()
        self._listeners: set[Listener] = set()
        self._told: Vector = {}
        self._pump: asyncio.Task[None] | None = None

    def after(self, events: Sequence[Envelope]) -> None:
        """The views of this process have taken these in."""
        self._woken.set()

    async def listen(self, department: str) -> tuple[Listener, Vector]:
        """A listener that will be told everything behind this vector; what it is told below it, it has to pass over."""
        async with self._starting:
            listener = Listener(department, await applied(self.pool))
            if self._pump is None or self._pump.done():
                self._told = dict(listener.begins)
                self._pump = asyncio.create_task(self._run(), name="routing.live")
            self._listeners.add(listener)
        try:
            return listener, await applied(self.pool)  # read after it was added: never below what the fan-out has passed
        except BaseException:
            self.leave(listener)
            raise

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        listener.ended.set()

    async def between(self, partition: int, after: int, upto: int) -> list[Envelope]:
        """The next page of own events behind `after`, none beyond `upto`."""
        page = await self.store.page(partition, after, min(PAGE, upto - after))
        return [Envelope(recorded) for recorded in page]

    async def _run(self) -> None:
        try:
            while self._listeners and not self._stopping.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), POLL)
                self._woken.clear()
                try:
                    await self._tell()
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    log.warning("stream waits for the database", error=type(error).__name__)
        finally:
            for listener in self._listeners:
                listener.ended.set()

    async def _tell(self) -> None:
        now = await applied(self.pool)
        for partition, position in now.items():
            while self._told.get(partition, 0) < position:
                events = await self.between(partition, self._told.get(partition, 0), position)
                for notice in await notices(self.pool, events):
                    for listener in self._listeners:
                        listener.tell(notice)
                self._told[partition] = events[-1].recorded.position
