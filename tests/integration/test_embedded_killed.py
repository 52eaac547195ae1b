"""Is everything acknowledged still there after a kill, and does the product come back by itself?"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from shared.postgres.connect import connect, open_pool
from shared.postgres.embedded import EmbeddedPostgres
from shared.postgres.errors import DataFolderInUse

# A product of its own: it owns the folder, acknowledges each row it wrote by printing it, and never ends by itself.
OWNER = """
import asyncio, sys
from pathlib import Path
from shared.postgres.connect import connect
from shared.postgres.embedded import EmbeddedPostgres

async def main():
    server = await EmbeddedPostgres.start(Path(sys.argv[1]))
    connection = await connect(server.owner, "public")
    await connection.execute("create table if not exists written (n bigint primary key)")
    n = await connection.fetchval("select coalesce(max(n), 0) from written")
    while True:
        n += 1
        await connection.execute("insert into written values ($1)", n)
        print(n, flush=True)

asyncio.run(main())
"""

# What the driver raises when the server dies under it; the last when it dies in the middle of an answer.
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@asynccontextmanager
async def product(data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, str(data), stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def acknowledged(process: asyncio.subprocess.Process, count: int) -> int:
    """The last row acknowledged, after so many of them."""
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(count)]
    return int(lines[-1])


def server_pid(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split("\n")[0])


def ended(pid: int) -> bool:
    """Also when nobody has asked for its exit status yet."""
    return not Path(f"/proc/{pid}/cwd").exists()


async def rows(data: Path) -> int:
    """How many rows a start after the kill finds; that they are dense is checked on the way."""
    server = await EmbeddedPostgres.start(data)
    try:
        connection = await connect(server.owner, "public")
        count, last = await connection.fetchrow("select count(*), max(n) from written")
        await connection.close()
        assert count == last
        return int(count)
    finally:
        await server.stop()


async def test_a_killed_product_leaves_a_server_that_the_next_start_takes_over(tmp_path: Path):
    async with product(tmp_path) as process:
        done = await acknowledged(process, 20)
        orphan = server_pid(tmp_path)
        process.kill()
        await process.wait()
        os.kill(orphan, 0)  # it lives on
        assert await rows(tmp_path) >= done
    assert ended(orphan)


async def test_nothing_acknowledged_is_lost_when_everything_is_killed_again_and_again(tmp_path: Path):
    done = 0
    for _ in range(3):
        async with product(tmp_path) as process:
            done = await acknowledged(process, 20)
            pid = server_pid(tmp_path)
            process.kill()
            os.kill(pid, signal.SIGKILL)
    assert await rows(tmp_path) >= done >= 60


async def test_a_second_product_is_refused_while_the_first_lives_and_works_once_it_is_killed(tmp_path: Path):
    async with product(tmp_path) as process:
        await acknowledged(process, 1)
        with pytest.raises(DataFolderInUse) as refused:
            await EmbeddedPostgres.start(tmp_path)
        assert refused.value.pid == process.pid
        assert await EmbeddedPostgres.join(tmp_path) is not None
        process.kill()
        await process.wait()
        assert await EmbeddedPostgres.join(tmp_path) is None
        assert await rows(tmp_path) >= 1


async def test_a_server_that_is_killed_comes_back_and_pools_find_it(tmp_path: Path):
    server = await EmbeddedPostgres.start(tmp_path)
    pool = await open_pool(server.owner, "public", min_size=1, max_size=2)
    try:
        await pool.execute("create table kept as select 42 as answer")
        os.kill(server_pid(tmp_path), signal.SIGKILL)
        assert await _once_back(pool, "select answer from kept") == 42
    finally:
        pool.terminate()
        await server.stop()


async def test_a_busy_session_of_a_killed_server_does_not_hold_up_the_next(tmp_path: Path):
    server = await EmbeddedPostgres.start(tmp_path)
    busy = await connect(server.owner, "public")
    pool = await open_pool(server.owner, "public", min_size=1, max_size=2)
    try:
        session = busy.get_server_pid()
        endless = asyncio.ensure_future(busy.execute("do $$ begin loop end loop; end $$"))
        while await pool.fetchval("select state from pg_stat_activity where pid = $1", session) != "active":
            pass
        os.kill(server_pid(tmp_path), signal.SIGKILL)
        with pytest.raises(LOST):
            await endless
        assert await _once_back(pool, "select 42") == 42
    finally:
        busy.terminate()
        pool.terminate()
        await server.stop()


async def _once_back(pool: asyncpg.Pool, statement: str) -> object:
    async with asyncio.timeout(60):
        while True:
            try:
                return await pool.fetchval(statement)
            except LOST:
                await asyncio.to_thread(os.sched_yield)
