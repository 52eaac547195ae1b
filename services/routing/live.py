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
from uuid import UUID

import asyncpg
import orjson
import structlog

from services.routing.views import queue
from shared.contracts.event import Event
from shared.contracts.routing import (
    DeadlineMissed,
    DeadlineNear,
    WorkItemAssigned,
    WorkItemDone,
    WorkItemHandedOver,
    WorkItemOffered,
    WorkItemReminded,
    WorkItemReturned,
    WorkItemTaken,
)
from shared.envelope import Envelope
from shared.store.store import Store

POLL = 0.25
PAGE = 500
WAITING = 1000  # notices a listener may lie behind before it is let go; it can come back with its token

MOVES: Mapping[str, str] = {
    WorkItemOffered.TYPE: "offered", WorkItemTaken.TYPE: "taken", WorkItemReturned.TYPE: "returned",
    WorkItemHandedOver.TYPE: "handed_over", WorkItemAssigned.TYPE: "assigned", WorkItemReminded.TYPE: "reminded",
    DeadlineNear.TYPE: "due_soon", DeadlineMissed.TYPE: "overdue", WorkItemDone.TYPE: "done",
}  # fmt: skip
_APPLIED = "select partition, position from consumer_checkpoints where consumer = 'views' and topic = 'redress.routing'"

Vector = dict[int, int]  # partition -> position

log = structlog.get_logger("redress.live")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something happened to a work item. Two departments hear of it when it went from one to the other."""

    partition: int
    position: int
    departments: tuple[str, ...]
    event: str
    content: bytes  # written once, however many hear it


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream. It ends when the product stops or when it cannot keep up."""

    department: str
    begins: Vector = field(default_factory=dict)  # what it reads for itself and need not be told
    notices: asyncio.Queue[Notice | None] = field(default_factory=lambda: asyncio.Queue(WAITING))
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, notice: Notice) -> None:
        if self.department not in notice.departments or notice.position <= self.begins.get(notice.partition, 0):
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
    moves = [(UUID(event.body["item_id"]), event) for event in events if event.type in MOVES and event.body.get("item_id")]
    if not moves:
        return []
    items = await queue.items(connection, list({item for item, _ in moves}))
    return [_notice(items[item], event) for item, event in moves if item in items]


def _notice(row: asyncpg.Record, event: Envelope) -> Notice:
    name, recorded = MOVES[event.type], event.recorded
    departments = queue.where(row, recorded.position)
    data = queue.shown(row) | {"department": departments[-1]} | _left(event.data) | told(name, recorded.recorded_at, _by(event))
    return Notice(recorded.partition, recorded.position, departments, name, written(data))


def written(data: Mapping[str, Any]) -> bytes:
    return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


def told(event: str, at: datetime, by: str | None) -> dict[str, Any]:
    return {"event": event, "at": at, "by": by}


def _left(event: Event) -> dict[str, Any]:
    """The item as the event left it; a deadline's event tells of that deadline, which need not be the item's own."""
    match event:
        case DeadlineNear() | DeadlineMissed():
            return {"clock": event.clock, "due_at": event.due_at}
        case _:
            return queue.left_by(event)


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
