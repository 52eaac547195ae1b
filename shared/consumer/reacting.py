"""How do others' events become this service's? React, load the streams, decide, append: set-based, in the consumer's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.clock import Clock
from shared.commands import stamped
from shared.contracts.event import Event
from shared.contracts.vocabulary import Actor
from shared.decider import Context, Reaction
from shared.envelope import Envelope, Meta
from shared.policy import Policies
from shared.store.appender import VersionConflict
from shared.store.encode import Change
from shared.store.scribe import Scribe
from shared.store.store import Store

BATCH = 512
LANES = 4  # while one waits for the database, another decides; what two partitions cause meets at expected versions only

SYSTEM = Actor(person="redress", name="Redress", role="system")

React = Callable[[Envelope], Iterable[Reaction]]


@dataclass
class Ongoing:
    """A stream while a batch decides on it: the state moves on with each decision, the store follows at the end."""

    key: str
    expected: int
    state: Any
    evolve: Callable[[Any, Event], Any]
    folded: int = 0  # so many of the events are in the state; most streams are decided on once, and never need the rest
    events: list[Event] = field(default_factory=list)
    ids: list[UUID] = field(default_factory=list)
    metas: list[Meta] = field(default_factory=list)
    caused: list[datetime | None] = field(default_factory=list)

    def now(self) -> Any:
        """The state after all that was decided so far."""
        for event in self.events[self.folded :]:
            self.state = self.evolve(self.state, event)
        self.folded = len(self.events)
        return self.state

    def change(self, stream_id: UUID) -> Change:
        return Change(stream_id, self.key, self.expected, tuple(self.events), tuple(self.ids), tuple(self.metas), tuple(self.caused))


@dataclass(frozen=True)
class Reacting:
    """The handler of a "reactions" consumer."""

    react: React
    store: Store
    scribe: Scribe
    clock: Clock
    policies: Callable[[], Policies]
    appended: Callable[[int], None]

    async def __call__(self, connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        asked = [(cause, reaction) for cause in events for reaction in self.react(cause)]
        if not asked:
            return
        going_on = await streams(self.store, connection, (reaction for _, reaction in asked))
        context = Context.under(self.policies(), self.clock.now(), SYSTEM)
        for cause, reaction in asked:
            decide(going_on[reaction.stream_id], cause, reaction, context)
        changes = [ongoing.change(stream_id) for stream_id, ongoing in going_on.items() if ongoing.events]
        if not changes:
            return
        _, appended = await self.scribe.write(connection, changes, mute=True)
        if any(a.conflict for a in appended):
            raise VersionConflict
        self.appended(sum(len(c.events) for c in changes))


async def streams(store: Store, connection: asyncpg.Connection, asked: Iterable[Reaction]) -> dict[UUID, Ongoing]:
    """The streams that are to be decided on, each as it stands, in one query."""
    reactions = list(asked)
    found = await store.streams({reaction.stream_id for reaction in reactions}, connection)
    going_on: dict[UUID, Ongoing] = {}
    for reaction in reactions:
        stream_id = reaction.stream_id
        if stream_id not in going_on:
            history = found[stream_id]
            state = reaction.decider.fold(stream_id, (envelope.data for envelope in history))
            going_on[stream_id] = Ongoing(str(reaction.key or stream_id), len(history), state, reaction.decider.evolve)
    return going_on


def decide(stream: Ongoing, cause: Envelope, reaction: Reaction, context: Context) -> None:
    """Adds to the stream what the reaction's command makes of its state; ids follow from the cause."""
    state = stream.now()
    decided = stamped(reaction.decider.decide(state, reaction.command, context), context)
    if not decided:
        return
    meta = follow_up(cause, stream.key, reaction.decider.version(state, context))
    for n, event in enumerate(decided):
        stream.events.append(event)
        stream.ids.append(cause.follow(f"{reaction.step}/{n}"))
        stream.metas.append(meta)
        stream.caused.append(cause.recorded.recorded_at)


def follow_up(cause: Envelope, key: str, policy_version: str) -> Meta:
    """The attributes of an event that another one caused: same trace, same correlation, the cause named."""
    came_from = str(cause.recorded.event_id)
    return Meta(key, cause.meta.correlation_id or came_from, came_from, cause.meta.traceparent, policy_version)
