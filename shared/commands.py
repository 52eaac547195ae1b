"""How does a command become events? Load, fold, decide, stamp, append with the expected version; it exists once, here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from shared.clock import Clock
from shared.contracts.event import Event
from shared.contracts.vocabulary import Actor
from shared.decider import Context, Decider, Invalid, Refused
from shared.envelope import Envelope, Meta
from shared.ids import new_id
from shared.policy import Policies
from shared.store.appender import Appender, Decided, Idempotency, IdempotencyMismatch, Submission, VersionConflict, Within
from shared.store.encode import Change
from shared.store.kept import kept
from shared.store.scribe import Scribe
from shared.store.store import Store

__all__ = ["Answer", "Asked", "Commands", "Decided", "Idempotency", "IdempotencyMismatch", "Step", "VersionConflict"]

TRIES = 4  # a command without If-Match is decided again on the newer state when somebody else was faster

_KNOWN = "select distinct stream_id from events where stream_id = any($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, for whom, and under which conditions."""

    actor: Actor
    on_behalf_of: str | None = None
    idempotency: Idempotency | None = None
    if_match: int | None = None
    traceparent: str | None = None
    after: datetime | None = None  # what is decided is recorded later than this, as an effect is after its cause


@dataclass(frozen=True, slots=True)
class Step:
    """A command for one stream. `key` is the log's (default: the stream's id); a `new` stream is not loaded."""

    decider: Decider[Any, Any]
    stream_id: UUID
    command: object
    key: UUID | None = None
    new: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told: always id, version and position in the body."""

    status: int
    body: dict[str, Any]
    version: int | None
    position: str | None


@dataclass(frozen=True, slots=True)
class _Loaded:
    change: Change | None
    version: int
    last: Envelope | None


class Commands:
    """Decides commands of one service on what its store holds."""

    def __init__(
        self, store: Store, appender: Appender, pool: asyncpg.Pool, scribe: Scribe, clock: Clock, policies: Callable[[], Policies]
    ) -> None:
        self._store = store
        self._appender = appender
        self._pool = pool
        self._scribe = scribe
        self._clock = clock
        self._policies = policies

    async def handle(
        self,
        decider: Decider[Any, Any],
        stream_id: UUID,
        command: object,
        asked: Asked,
        *,
        key: UUID | None = None,
        status: int = 200,
        answer: Callable[[Decided], dict[str, Any]] | None = None,
        new: bool = False,
        also: Sequence[Step] = (),
        within: Within | None = None,
    ) -> Answer:
        """Decides and appends; `also` are further streams' commands, all appended or none; `within` is done in their transaction.

        Raises Refused or Invalid (a rule, a field), VersionConflict (If-Match, or somebody else was faster each time),
        IdempotencyMismatch. A refused command changes nothing.
        """
        steps = (Step(decider, stream_id, command, key, new), *also)
        for attempt in range(TRIES):
            try:
                loaded = [await self._decide(step, asked, main=i == 0) for i, step in enumerate(steps)]
            except (Refused, Invalid, VersionConflict):
                first = await self._first(asked)  # what was answered stays so, although by now it would be refused
                if first is None:
                    raise
                return first
            changes = tuple(one.change for one in loaded if one.change is not None)
            if not changes or loaded[0].change is None:
                return await self._first(asked) or _unchanged(stream_id, loaded[0])

            def body(decided: Decided) -> dict[str, Any]:
                more = answer(decided) if answer is not None else {}
                told = {"id": str(decided.stream_id), "version": decided.version, "position": decided.position, **more}
                return {"status": status, "version": decided.version, "position": decided.position, "body": told}

            try:
                return _answer(await self._appender.submit(Submission(changes, body, asked.idempotency, within)))
            except VersionConflict:
                if asked.if_match is not None or attempt == TRIES - 1:
                    raise
        raise VersionConflict

    async def _first(self, asked: Asked) -> Answer | None:
        """What this request was answered before. Only who appends nothing has to ask: the appender looks for itself."""
        found = await kept(self._pool, asked.idempotency) if asked.idempotency is not None else None
        return None if found is None else _answer(found)

    async def handle_many(self, steps: Sequence[Step], asked: Asked) -> list[Decided | None]:
        """Commands for many new streams in one transaction; None where the stream is there already (nothing is done)."""
        async with self._pool.acquire() as connection, connection.transaction():
            known = {row["stream_id"] for row in await connection.fetch(_KNOWN, [step.stream_id for step in steps])}
            fresh = [step for step in steps if step.stream_id not in known]
            changes = [self._change(step, step.decider.initial(step.stream_id), 0, asked) for step in fresh]
            made = [change for change in changes if change is not None]
            decided, appended = await self._scribe.write(cast("asyncpg.Connection", connection), made) if made else ([], [])
            if any(a.conflict for a in appended):
                raise VersionConflict
        results = {
            c.stream_id: Decided(c.stream_id, a.version, f"{self._store.service}/{a.partition}/{a.position}", c.events, a.recorded_at)
            for c, a in zip(decided, appended, strict=True)
        }
        return [results.get(step.stream_id) for step in steps]

    async def _decide(self, step: Step, asked: Asked, *, main: bool) -> _Loaded:
        history = [] if step.new else await self._store.stream(step.stream_id)
        version = len(history)
        if main and asked.if_match is not None and asked.if_match != version:
            raise VersionConflict
        state = step.decider.fold(step.stream_id, (envelope.data for envelope in history))
        return _Loaded(self._change(step, state, version, asked), version, history[-1] if history else None)

    def _change(self, step: Step, state: object, version: int, asked: Asked) -> Change | None:
        context = Context.under(self._policies(), self._clock.now(), asked.actor, asked.on_behalf_of)
        events = step.decider.decide(state, step.command, context)
        if not events:
            return None
        key = str(step.key or step.stream_id)
        meta = Meta(key, traceparent=asked.traceparent, policy_version=step.decider.version(state, context))
        return Change(
            stream_id=step.stream_id,
            key=key,
            expected=version,
            events=tuple(stamped(events, context)),
            event_ids=tuple(new_id() for _ in events),
            metas=(meta,) * len(events),
            caused=(asked.after,) * len(events),
        )


def stamped(events: Sequence[Event], context: Context) -> list[Event]:
    """The decided events with who acted, for whom, and when."""
    return [e.stamped(actor=context.actor, on_behalf_of=context.on_behalf_of, occurred_at=e.occurred_at or context.now) for e in events]


def _answer(first: dict[str, Any]) -> Answer:
    return Answer(first["status"], first["body"], first["version"], first["position"])


def _unchanged(stream_id: UUID, loaded: _Loaded) -> Answer:
    """The decision had nothing to add: the stream stands as it stood."""
    position = loaded.last.position if loaded.last is not None else None
    body = {"id": str(stream_id), "version": loaded.version, "position": position}
    return Answer(200, body, loaded.version, position)
