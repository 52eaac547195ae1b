"""Can a reader step over an event that commits late? On a plain sequence yes, in our store no."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from shared.postgres.connect import connect
from shared.store.append import Item, NewEvent, append

GATE = 9001

# Stalls the insert of one event until the test lets it go, so that later ones could overtake it.
STALL = """
create function stall() returns trigger language plpgsql as $$
begin
    if new.data = 'slow'::bytea then
        perform pg_advisory_xact_lock(9001);
    end if;
    return new;
end $$;
create trigger stall_slow before insert on {table} for each row execute function stall();
"""


def item(content: bytes, partition: int = 0) -> Item:
    happened = NewEvent(uuid4(), "intake.complaint-acknowledged.v1", 1, content, b"{}", datetime.now(UTC))
    return Item(uuid4(), partition, 0, (happened,))


async def waits(connection: asyncpg.Connection, pid: int) -> None:
    """Returns when that session waits for a lock."""
    while not await connection.fetchval("select exists (select from pg_locks where pid = $1 and not granted)", pid):
        pass


@pytest.fixture
async def gate(database):
    owner = await connect(database.owner, "intake")
    await owner.execute("select pg_advisory_lock($1::bigint)", GATE)
    yield owner
    await owner.close()


async def open_gate(gate: asyncpg.Connection) -> None:
    await gate.execute("select pg_advisory_unlock($1::bigint)", GATE)


async def test_a_plain_sequence_loses_the_event_that_commits_late(database, gate):
    await gate.execute("create table intake.plain (position bigserial primary key, data bytea)")
    await gate.execute("grant all on intake.plain to redress_intake; grant all on sequence intake.plain_position_seq to redress_intake")
    await gate.execute(STALL.format(table="plain"))
    slow = await connect(database.for_role("intake"), "intake", lock_timeout="60s")
    fast = await connect(database.for_role("intake"), "intake")
    late = asyncio.create_task(slow.execute("insert into plain (data) values ('slow')"))
    await waits(gate, slow.get_server_pid())
    await fast.execute("insert into plain (data) values ('fast')")

    read = [row["position"] for row in await fast.fetch("select position from plain where position > 0")]
    await open_gate(gate)
    await late
    read += [row["position"] for row in await fast.fetch("select position from plain where position > $1", max(read))]

    assert read == [2], "the reader has moved past position 1, which exists and will never be read"
    assert await fast.fetchval("select count(*) from plain") == 2
    await slow.close()
    await fast.close()


async def test_our_append_lets_no_later_event_overtake(database, gate):
    await gate.execute(STALL.format(table="events"))
    slow = await connect(database.for_role("intake"), "intake", lock_timeout="60s")
    fast = await connect(database.for_role("intake"), "intake", lock_timeout="60s")
    reader = await connect(database.for_role("intake"), "intake")
    late = asyncio.create_task(append(slow, [item(b"slow")], None))
    await waits(gate, slow.get_server_pid())
    next_one = asyncio.create_task(append(fast, [item(b"fast")], None))
    await waits(gate, fast.get_server_pid())

    before = await reader.fetch("select position, data from events where position > 0 order by position")
    await open_gate(gate)
    await late
    await next_one
    after = await reader.fetch("select position, data from events where position > 0 order by position")

    assert before == [], "nothing may be visible behind a position that is not"
    assert [(row["position"], row["data"]) for row in after] == [(1, b"slow"), (2, b"fast")]
    for connection in (slow, fast, reader):
        await connection.close()


async def test_another_partition_does_not_wait(database, gate):
    await gate.execute(STALL.format(table="events"))
    slow = await connect(database.for_role("intake"), "intake", lock_timeout="60s")
    fast = await connect(database.for_role("intake"), "intake")
    late = asyncio.create_task(append(slow, [item(b"slow", 0)], None))
    await waits(gate, slow.get_server_pid())

    [done] = await append(fast, [item(b"fast", 1)], None)

    assert (done.partition, done.position) == (1, 1)
    await open_gate(gate)
    await late
    await slow.close()
    await fast.close()
