"""How do many commands share one commit?

In a process one appender drains waiting submissions into one transaction: repeats are set aside, numbers are given in one
statement, then comes one call of `append`. If a group fails its submissions run one by one, so a poison one hurts only itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from shared.contracts.event import Event
from shared.store.append import Appended
from shared.store.encode import Change, number_kinds, subjects
from shared.store.scribe import Scribe

GROUP = 256  # submissions in one transaction: beyond that latency grows and throughput does not

_REPEATS = "select scope, body, answer from idempotency where scope = any($1::bytea[])"
_KEEP = "insert into idempotency (scope, body, answer) select * from unnest($1::bytea[], $2::bytea[], $3::bytea[])"


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


@dataclass(frozen=True, slots=True)
class Submission:
    """One command's changes; all of them are appended or none. The first is the main one."""

    changes: tuple[Change, ...]
    answer: Answering
    idempotency: Idempotency | None = None

    def streams(self) -> list[UUID]:
        return [change.stream_id for change in self.changes]


Result = dict[str, object]
_Waiting = tuple[Submission, "asyncio.Future[Result]"]


class Appender:
    """Owns one connection and the waiting submissions of one process and service."""

    def __init__(
        self,
        service: str,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        scribe: Scribe,
        appended: Callable[[int], None],
    ) -> None:
        self._service = service
        self._connect = connect
        self._scribe = scribe
        self._appended = appended
        self._waiting: deque[_Waiting] = deque()
        self._work = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._stopping = False
        self.groups = 0
        self.events = 0

    async def submit(self, submission: Submission) -> Result:
        """The answer once its events are durable; raises VersionConflict, IdempotencyMismatch, or what the database said."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, future))
        self._work.set()
        return await future

    async def run(self) -> None:
        """Works until stopped; what was submitted before is finished first."""
        while True:
            group = self._next_group()
            if group:
                await self._commit(group)
            elif self._stopping:
                break
            else:
                self._work.clear()
                await self._work.wait()
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close()

    def stop(self) -> None:
        """Lets `run` end once nothing waits."""
        self._stopping = True
        self._work.set()

    def _next_group(self) -> list[_Waiting]:
        """As many as fit, no two of one stream or one idempotency scope, those left over keep their order."""
        group: list[_Waiting] = []
        later: deque[_Waiting] = deque()
        taken: set[object] = set()
        while self._waiting and len(group) < GROUP:
            submission, future = self._waiting.popleft()
            if future.cancelled():
                continue
            claims: list[object] = list(submission.streams())
            if submission.idempotency is not None:
                claims.append(submission.idempotency.scope)
            if not taken.isdisjoint(claims) or (group and len(submission.changes) > 1):
                later.append((submission, future))
                continue
            taken.update(claims)
            group.append((submission, future))
            if len(submission.changes) > 1:  # all or nothing: alone in its transaction
                break
        self._waiting.extendleft(reversed(later))
        return group

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            results = await self._transact([submission for submission, _ in group])
        except Exception as error:
            if len(group) == 1:
                self._settle(group[0][1], error)
                return
            for one in group:
                await self._commit([one])
            return
        for (_, future), result in zip(group, results, strict=True):
            self._settle(future, result)

    @staticmethod
    def _settle(future: asyncio.Future[Result], result: Result | Exception) -> None:
        if future.done():
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    async def _transact(self, group: Sequence[Submission]) -> list[Result | Exception]:
        connection = await self._connected()
        if plain(group):
            results = await self._append(connection, group)
            self._count(group)
            return results
        async with connection.transaction():
            done = await self._repeats(connection, group)
            fresh = [submission for submission in group if id(submission) not in done]
            results = await self._append(connection, fresh) if fresh else []
            keep = [
                (s.idempotency.scope, s.idempotency.body, orjson.dumps(r))
                for s, r in zip(fresh, results, strict=True)
                if s.idempotency is not None and isinstance(r, dict)
            ]
            if keep:
                await connection.execute(_KEEP, *([row[i] for row in keep] for i in range(3)))
        self._count(fresh)
        found = iter(results)
        return [done[id(s)] if id(s) in done else next(found) for s in group]

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection

    async def _repeats(self, connection: asyncpg.Connection, group: Sequence[Submission]) -> dict[int, Result | Exception]:
        scopes = [s.idempotency.scope for s in group if s.idempotency is not None]
        if not scopes:
            return {}
        known = {row["scope"]: row for row in await connection.fetch(_REPEATS, scopes)}
        done: dict[int, Result | Exception] = {}
        for s in group:
            row = known.get(s.idempotency.scope) if s.idempotency is not None else None
            if row is not None and s.idempotency is not None:
                done[id(s)] = orjson.loads(row["answer"]) if row["body"] == s.idempotency.body else IdempotencyMismatch()
        return done

    async def _append(self, connection: asyncpg.Connection, fresh: Sequence[Submission]) -> list[Result | Exception]:
        changes = [change for s in fresh for change in s.changes]
        decided, appended = await self._scribe.write(connection, changes)
        strict = any(True for _ in number_kinds(changes)) or any(len(s.changes) > 1 for s in fresh)
        if strict and any(a.conflict for a in appended):
            raise VersionConflict  # rolls back: no number is lost and no half of a pair is kept
        results: list[Result | Exception] = []
        at = 0
        for s in fresh:
            mine = slice(at, at + len(s.changes))
            at += len(s.changes)
            results.append(self._result(s, decided[mine], appended[mine]))
        return results

    def _count(self, fresh: Sequence[Submission]) -> None:
        self.groups += 1
        if fresh:
            count = sum(len(c.events) for s in fresh for c in s.changes)
            self.events += count
            self._appended(count)

    def _result(self, submission: Submission, changes: Sequence[Change], appended: Sequence[Appended]) -> Result | Exception:
        main = appended[0]
        if main.conflict:
            return VersionConflict()
        position = f"{self._service}/{main.partition}/{main.position}"
        others = tuple(change.events for change in changes[1:])
        return submission.answer(Decided(changes[0].stream_id, main.version, position, changes[0].events, main.recorded_at, others))


def plain(group: Sequence[Submission]) -> bool:
    """Nothing but the append itself is to be done: one statement is its own transaction, two round trips less."""
    changes = [change for s in group for change in s.changes]
    alone = all(len(s.changes) == 1 and s.idempotency is None for s in group)
    return alone and not subjects(changes) and not any(True for _ in number_kinds(changes))
