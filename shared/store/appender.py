"""How do many commands share one commit?

In a process one appender drains waiting submissions into one transaction: repeats are set aside, numbers are given in one
statement, then comes one call of `append`. If a group fails its submissions run one by one, so a poison one hurts only itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncpg
import orjson
import structlog

from shared.consumer.failures import transient
from shared.envelope import decode
from shared.store.append import Appended, Item
from shared.store.encode import Change, number_kinds
from shared.store.scribe import Scribe
from shared.store.submission import Decided, Idempotency, IdempotencyMismatch, Submission, VersionConflict, Within

__all__ = ["Appender", "Decided", "Idempotency", "IdempotencyMismatch", "Submission", "VersionConflict", "Within"]

log = structlog.get_logger("redress.store")

GROUP = 256  # submissions in one transaction: beyond that latency grows and throughput does not
LANES = 2  # while one group is in the database, the next one's clients are answered and its bytes made
SPLIT = 8  # so many waiting are shared between free lanes

# The connection is gone, and with it the word on whether the last commit happened.
LOST = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)

_WRITTEN = (
    "select partition, position, version, type, data, recorded_at from events"
    " where stream_id = $1 and event_id = any($2::uuid[]) order by version"
)
_BEHIND = "select pg_advisory_xact_lock(7001, hashtext(current_schema() || '/' || p)) from unnest($1::smallint[]) p order by p"
_REPEATS = "select scope, body, answer from idempotency where scope = any($1::bytea[])"
_KEEP = "insert into idempotency (scope, body, answer) select * from unnest($1::bytea[], $2::bytea[], $3::bytea[])"


Result = dict[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A submission on its way. Its bytes are made while the group before it is in the database, where nothing is missing."""

    submission: Submission
    ready: list[Item] | None
    future: asyncio.Future[Result]


class Lane:
    """One connection, made when needed and made anew when lost."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._connect = connect
        self._connection: asyncpg.Connection | None = None

    def lose(self) -> None:
        """What it was doing when it failed nobody knows; the next one starts clean."""
        if self._connection is not None:
            self._connection.terminate()

    async def connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection

    async def close(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close(timeout=2)


class Appender:
    """Owns the lanes and the waiting submissions of one process and service."""

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
        self._free = LANES
        self._busy: set[object] = set()
        self._stopping = False
        self.groups = 0
        self.events = 0

    async def submit(self, submission: Submission) -> Result:
        """The answer once its events are durable; raises VersionConflict, IdempotencyMismatch, or what the database said."""
        if self._stopping:
            raise ConnectionError("the service is stopping")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(submission, self._scribe.ready(submission.changes), future))
        self._work.set()
        return await future

    async def run(self) -> None:
        """Works until stopped; what was submitted before is finished first."""
        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(self._lane())

    async def _lane(self) -> None:
        lane = Lane(self._connect)
        while True:
            group = self._next_group()
            if group:
                await self._work_on(lane, group)
            elif self._stopping:
                break
            else:
                self._work.clear()
                await self._work.wait()
        await lane.close()

    async def _work_on(self, lane: Lane, group: Sequence[_Waiting]) -> None:
        claims = [claim for one in group for claim in one.submission.claims()]
        self._free -= 1
        self._busy.update(claims)
        await self._commit(lane, group)
        self._busy.difference_update(claims)
        self._free += 1
        self._work.set()  # what waited for these claims may go now

    def stop(self) -> None:
        """Lets `run` end once nothing waits."""
        self._stopping = True
        self._work.set()

    def _next_group(self) -> list[_Waiting]:
        """As many as fit, no two of one stream or one idempotency scope; what is left over keeps its order."""
        waiting = len(self._waiting)
        most = min(GROUP, -(-waiting // self._free)) if waiting >= SPLIT else GROUP
        group: list[_Waiting] = []
        later: deque[_Waiting] = deque()
        taken: set[object] = set(self._busy)
        while self._waiting and len(group) < most:
            one = self._waiting.popleft()
            if one.future.cancelled():
                continue
            claims = one.submission.claims()
            if not taken.isdisjoint(claims) or (group and one.submission.alone):
                later.append(one)
                continue
            taken.update(claims)
            group.append(one)
            if one.submission.alone:
                break
        self._waiting.extendleft(reversed(later))
        return group

    async def _commit(self, lane: Lane, group: Sequence[_Waiting]) -> None:
        try:
            results = await self._transact(await lane.connected(), group)
        except Exception as error:
            await self._recover(lane, group, error)
            return
        for one, result in zip(group, results, strict=True):
            _settle(one.future, result)

    async def _recover(self, lane: Lane, group: Sequence[_Waiting], error: Exception) -> None:
        """After a group has failed: what was written all the same is answered, the rest runs one by one where that can help."""
        if isinstance(error, LOST):
            lane.lose()
        found = await self._written(lane, group) if isinstance(error, (asyncpg.UniqueViolationError, *LOST)) else {}
        help_alone = len(group) > 1 and (not transient(error) or isinstance(error, asyncpg.TransactionRollbackError))
        for one in group:
            if one in found:
                _settle(one.future, found[one])
            elif help_alone:
                await self._commit(lane, [one])
            else:
                _settle(one.future, error)

    async def _written(self, lane: Lane, group: Sequence[_Waiting]) -> dict[_Waiting, Result | Exception]:
        """A commit whose answer was lost may have happened, and another process may have answered the same request meanwhile.
        Both are asked for on a good connection, behind whoever still holds the partitions' locks. Where that cannot be asked now
        nothing is found: who sent the request is told what failed first, and may ask again.
        """
        try:
            connection = await lane.connected()
            async with connection.transaction():
                await connection.execute(_BEHIND, sorted({self._scribe.partition(c.key) for one in group for c in one.submission.changes}))
                found = await self._repeats(connection, group)
                for one in group:
                    if one not in found and (result := await self._found(connection, one.submission)) is not None:
                        found[one] = result
        except Exception as error:
            if not transient(error):
                log.error("what was written could not be asked", service=self._service, error=type(error).__name__)
            lane.lose()
            return {}
        return found

    async def _found(self, connection: asyncpg.Connection, submission: Submission) -> Result | None:
        """The answer to a submission whose events are in the store already."""
        main = submission.changes[0]
        rows = await connection.fetch(_WRITTEN, main.stream_id, list(main.event_ids))
        if len(rows) < len(main.event_ids):
            return None
        last = rows[-1]
        events = tuple(decode(row["type"], row["data"]) for row in rows)
        position = f"{self._service}/{last['partition']}/{last['position']}"
        return submission.answer(Decided(main.stream_id, last["version"], position, events, last["recorded_at"]))

    async def _transact(self, connection: asyncpg.Connection, group: Sequence[_Waiting]) -> list[Result | Exception]:
        if all(one.ready is not None and one.submission.idempotency is None and not one.submission.alone for one in group):
            results = await self._append(connection, group)  # one statement is its own transaction: two round trips less
            self._count(group)
            return results
        async with connection.transaction():
            done = await self._repeats(connection, group)
            fresh = [one for one in group if one not in done]
            for one in fresh:
                if one.submission.within is not None:
                    await one.submission.within(connection)
            results = await self._append(connection, fresh) if fresh else []
            await self._keep(connection, fresh, results)
        self._count(fresh)
        found = iter(results)
        return [done[one] if one in done else next(found) for one in group]

    def _count(self, fresh: Sequence[_Waiting]) -> None:
        self.groups += 1
        if fresh:
            count = sum(len(c.events) for one in fresh for c in one.submission.changes)
            self.events += count
            self._appended(count)

    async def _repeats(self, connection: asyncpg.Connection, group: Sequence[_Waiting]) -> dict[_Waiting, Result | Exception]:
        asked = {one: one.submission.idempotency for one in group}
        scopes = [i.scope for i in asked.values() if i is not None]
        if not scopes:
            return {}
        known = {row["scope"]: row for row in await connection.fetch(_REPEATS, scopes)}
        done: dict[_Waiting, Result | Exception] = {}
        for one, idempotency in asked.items():
            if idempotency is not None and (row := known.get(idempotency.scope)) is not None:
                done[one] = orjson.loads(row["answer"]) if row["body"] == idempotency.body else IdempotencyMismatch()
        return done

    @staticmethod
    async def _keep(connection: asyncpg.Connection, fresh: Sequence[_Waiting], results: Sequence[Result | Exception]) -> None:
        """Successful answers are kept for ever; after a refusal the key is free."""
        kept = [
            (one.submission.idempotency, orjson.dumps(result, option=orjson.OPT_UTC_Z))
            for one, result in zip(fresh, results, strict=True)
            if one.submission.idempotency is not None and isinstance(result, dict)
        ]
        if kept:
            await connection.execute(_KEEP, [i.scope for i, _ in kept], [i.body for i, _ in kept], [answer for _, answer in kept])

    async def _append(self, connection: asyncpg.Connection, fresh: Sequence[_Waiting]) -> list[Result | Exception]:
        changes = [change for one in fresh for change in one.submission.changes]
        ready = [item for one in fresh for item in one.ready or ()]
        if len(ready) == len(changes):
            decided, appended = changes, await self._scribe.write_ready(connection, ready)
        else:
            decided, appended = await self._scribe.write(connection, changes)
        numbers = any(True for _ in number_kinds(changes))
        if any(a.conflict for a in appended) and (numbers or any(len(one.submission.changes) > 1 for one in fresh)):
            raise VersionConflict  # rolls back: no number is lost and no half of a pair is kept
        results: list[Result | Exception] = []
        at = 0
        for one in fresh:
            mine = slice(at, at + len(one.submission.changes))
            at = mine.stop
            results.append(self._result(one.submission, decided[mine], appended[mine]))
        return results

    def _result(self, submission: Submission, changes: Sequence[Change], appended: Sequence[Appended]) -> Result | Exception:
        main = appended[0]
        if main.conflict:
            return VersionConflict()
        position = f"{self._service}/{main.partition}/{main.position}"
        others = tuple(change.events for change in changes[1:])
        return submission.answer(Decided(changes[0].stream_id, main.version, position, changes[0].events, main.recorded_at, others))


def _settle(future: asyncio.Future[Result], result: Result | Exception) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
