"""Does a group keep its promises: repeats answered once, a poison submission alone, no number lost, no commit doubted twice?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from shared.clock import MachineClock
from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import ComplaintId
from shared.envelope import Meta
from shared.ids import new_id
from shared.sealing import Vault
from shared.store.appender import Appender, Decided, Idempotency, IdempotencyMismatch, Submission, VersionConflict
from shared.store.encode import Change
from shared.store.scribe import Scribe
from shared.testing import ANNA

KEY = Idempotency(b"scope", b"body")


def received(*, expected: int = 0) -> Change:
    stream, now = new_id(), datetime.now(UTC)
    event = ComplaintReceived(
        complaint_id=ComplaintId(stream), number="?C", channel="web", content_class="service_quality", received_at=now,
        description="sealed", actor=ANNA, occurred_at=now,
    )  # fmt: skip
    return Change(stream, str(stream), expected, (event,), (new_id(),), (Meta(str(stream)),), (None,))


def told(decided: Decided) -> dict[str, Any]:
    return {"id": str(decided.stream_id), "number": decided.events[0].number, "position": decided.position}


@asynccontextmanager
async def working(database, cls: type[Appender] = Appender) -> AsyncIterator[Appender]:
    scribe = Scribe(Vault(database.keys), MachineClock(), ZoneInfo("Asia/Shanghai"), 8)
    appender = cls("intake", lambda: database.connect("intake"), scribe, lambda count: None)
    running = asyncio.create_task(appender.run())
    yield appender
    appender.stop()
    await running


async def numbers(database) -> list[str]:
    connection = await database.connect("intake")
    rows = await connection.fetch("select convert_from(data, 'UTF8')::json ->> 'number' as n from events order by 1")
    await connection.close()
    return [row["n"] for row in rows]


async def test_the_same_request_twice_at_once_is_answered_once(database):
    async with working(database) as appender:
        first, second = await asyncio.gather(
            *(appender.submit(Submission((received(),), told, KEY)) for _ in range(2)),
        )
    assert first == second
    assert len(await numbers(database)) == 1


async def test_another_process_may_have_answered_meanwhile(database):
    async with working(database) as here, working(database) as there:
        answers = await asyncio.gather(*(a.submit(Submission((received(),), told, KEY)) for a in (here, there) for _ in range(3)))
    assert len({str(answer) for answer in answers}) == 1
    assert len(await numbers(database)) == 1


async def test_another_body_under_the_key_is_refused(database):
    async with working(database) as appender:
        await appender.submit(Submission((received(),), told, KEY))
        with pytest.raises(IdempotencyMismatch):
            await appender.submit(Submission((received(),), told, Idempotency(b"scope", b"other")))


async def test_a_poison_submission_hurts_only_itself_and_loses_no_number(database):
    async with working(database) as appender:
        good = received()
        await appender.submit(Submission((good,), told))
        poison = received()._replace(event_ids=good.event_ids)
        wanted = [received() for _ in range(20)]
        results = await asyncio.gather(
            *(appender.submit(Submission((change,), told)) for change in [*wanted[:10], poison, *wanted[10:]]), return_exceptions=True
        )
    assert [type(r) for r in results].count(dict) == 20
    assert isinstance(results[10], asyncpg.UniqueViolationError)
    year = datetime.now(ZoneInfo("Asia/Shanghai")).year
    assert await numbers(database) == [f"C-{year}-{n:06}" for n in range(1, 22)]


async def test_a_stale_decision_is_a_conflict(database):
    async with working(database) as appender:
        with pytest.raises(VersionConflict):
            await appender.submit(Submission((received(expected=3),), told))
    assert await numbers(database) == []


class Cut(Appender):
    """Its connection is lost after the first commits, before their answer comes."""

    cut = 2

    async def _transact(self, connection, group):
        results = await super()._transact(connection, group)
        if self.cut:
            self.cut -= 1
            connection.terminate()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return results


@pytest.mark.parametrize("idempotency", [None, KEY])
async def test_a_commit_whose_answer_was_lost_is_found_not_repeated(database, idempotency):
    async with working(database, Cut) as appender:
        results = await asyncio.gather(
            *(appender.submit(Submission((received(),), told, idempotency)) for _ in range(1 if idempotency else 9))
        )
        again = await appender.submit(Submission((received(),), told, idempotency))
    given = await numbers(database)
    assert len(given) == (1 if idempotency else 10)
    assert sorted({str(r["number"]) for r in [*results, again]}) == given


class Refusing(Cut):
    """Its connection is lost, and for once the server has no place for another one."""

    refused = 0

    async def _written(self, lane, group):
        good = lane._connect

        async def full():
            lane._connect = good
            self.refused += 1
            raise asyncpg.TooManyConnectionsError("too many connections for database")

        lane._connect = full
        return await super()._written(lane, group)


async def test_a_server_without_room_for_the_question_what_was_written_ends_nothing(database):
    async with asyncio.timeout(30), working(database, Refusing) as appender:
        for _ in range(Cut.cut):
            with pytest.raises(asyncpg.PostgresConnectionError):
                await appender.submit(Submission((received(),), told))
        answer = await appender.submit(Submission((received(),), told))
        assert appender.refused == Cut.cut
    assert answer["number"] in await numbers(database)
