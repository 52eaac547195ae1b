"""Does the product's own database start, stop and share its folder as it should?"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.keys import Keys
from shared.postgres.cluster import Cluster
from shared.postgres.connect import connect
from shared.postgres.embedded import EmbeddedPostgres
from shared.postgres.errors import DataFolderInUse, DataFolderUnusable, ServerFailed
from shared.postgres.programs import copied, installed

FAST = {"fsync": "off"}


@asynccontextmanager
async def running(data: Path, **options: str) -> AsyncIterator[EmbeddedPostgres]:
    server = await EmbeddedPostgres.start(data, options=FAST | options)
    try:
        yield server
    finally:
        await server.stop()


async def run(server: EmbeddedPostgres, statement: str) -> object:
    connection = await connect(server.owner, "public")
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def is_gone(link: Path) -> bool:
    return not link.is_symlink()


def server_pid(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split("\n")[0])


async def test_what_was_written_is_there_after_a_stop_and_a_start(tmp_path: Path):
    async with running(tmp_path) as server:
        await run(server, "create table kept as select 42 as answer")
    async with running(tmp_path) as server:
        assert await run(server, "select answer from kept") == 42


async def test_the_settings_that_durability_rests_on_are_on(tmp_path: Path):
    server = await EmbeddedPostgres.start(tmp_path)
    try:
        names = (
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "data_checksums",
            "max_connections",
            "jit",
            "wal_level",
            "listen_addresses",
        )
        assert [await run(server, f"select current_setting('{name}')") for name in names] == [
            "on", "on", "on", "on", "150", "off", "replica", "",
        ]  # fmt: skip
    finally:
        await server.stop()


async def test_a_second_owner_is_refused_with_the_firsts_pid(tmp_path: Path):
    async with running(tmp_path):
        with pytest.raises(DataFolderInUse) as refused:
            await EmbeddedPostgres.start(tmp_path)
    assert refused.value.pid == os.getpid()
    assert refused.value.sentence == (
        f"The data folder {tmp_path} is in use by process {os.getpid()}; stop that one first, or choose another folder with --data."
    )


async def test_another_command_joins_the_running_product(tmp_path: Path):
    async with running(tmp_path) as server:
        joined = await EmbeddedPostgres.join(tmp_path)
        assert joined is not None
        await run(joined, "create table seen ()")
        await joined.stop()
        assert await run(server, "select count(*) from seen") == 0


async def test_there_is_nothing_to_join_where_none_runs(tmp_path: Path):
    assert await EmbeddedPostgres.join(tmp_path / "nothing") is None
    async with running(tmp_path):
        pass
    assert await EmbeddedPostgres.join(tmp_path) is None


async def test_the_server_runs_as_no_administrator_and_in_a_session_of_its_own(tmp_path: Path):
    async with running(tmp_path):
        pid = server_pid(tmp_path)
        assert (tmp_path / "postgres").stat().st_uid != 0
        assert os.getsid(pid) == pid != os.getsid(0)


async def test_a_folder_nobody_else_may_enter_will_do(tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    async with running(closed / "data") as server:
        assert await run(server, "select 1") == 1


async def test_a_long_path_with_unusual_characters_will_do_and_leaves_nothing_outside(tmp_path: Path):
    data = tmp_path / "投诉 and 'quotes'" / ("long" * 30)
    async with running(data) as server:
        assert len(os.fsencode(server.owner.host)) < 100
        link = Path(server.owner.host)
        joined = await EmbeddedPostgres.join(data)
        assert joined is not None
        assert await run(joined, "select 1") == 1
    assert is_gone(link)


async def test_a_first_start_that_was_cut_off_is_begun_anew(tmp_path: Path):
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres.password").write_text("of the first try\n")
    async with running(tmp_path) as server:
        assert await run(server, "select 1") == 1
    assert not half.exists()


async def test_a_number_left_behind_that_is_another_process_now_is_no_obstacle(tmp_path: Path):
    async with running(tmp_path):
        left = (tmp_path / "postgres" / "postmaster.pid").read_text()
    (tmp_path / "postgres" / "postmaster.pid").write_text(left.replace(left.split("\n")[0], str(os.getpid()), 1))
    async with running(tmp_path) as server:
        assert await run(server, "select 1") == 1


async def test_data_of_another_version_is_refused_and_left_alone(tmp_path: Path):
    async with running(tmp_path):
        pass
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(DataFolderUnusable, match="was made by PostgreSQL 17, this Redress has 18"):
        await EmbeddedPostgres.start(tmp_path)


async def test_a_server_that_does_not_start_says_why_and_frees_the_folder(tmp_path: Path):
    with pytest.raises(ServerFailed, match=r"did not start: .*max_connections"):
        await EmbeddedPostgres.start(tmp_path, options={"max_connections": "many"})
    async with running(tmp_path) as server:
        assert await run(server, "select 1") == 1


async def test_a_password_that_does_not_fit_is_told(tmp_path: Path):
    async with running(tmp_path):
        pass
    (tmp_path / "postgres.password").write_text("another\n")
    with pytest.raises(DataFolderUnusable, match="do not belong together"):
        await EmbeddedPostgres.start(tmp_path, options=FAST)
    (tmp_path / "postgres.password").unlink()
    with pytest.raises(DataFolderUnusable, match=r"postgres\.password cannot be read"):
        await EmbeddedPostgres.start(tmp_path, options=FAST)


async def test_a_file_is_no_data_folder(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderUnusable, match="cannot be used: File exists"):
        await EmbeddedPostgres.start(tmp_path / "file")


def test_nobody_but_the_owner_reads_the_folder(tmp_path: Path):
    data = tmp_path / "data"
    Cluster.of(data).data.mkdir(mode=0o700)
    Cluster.of(data).initialise()
    assert {path.name: path.stat().st_mode & 0o077 for path in data.iterdir()} == {"postgres": 0, "postgres.password": 0}
    assert len(Cluster.of(data).password()) == 64


def test_the_programs_run_from_a_copy_too(tmp_path: Path):
    programs = copied(installed(), tmp_path)
    assert copied(installed(), tmp_path) == programs
    said = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("initdb (PostgreSQL) 18.")
    shutil.rmtree(tmp_path / programs.relative_to(tmp_path).parts[0])


async def test_the_log_makes_room(tmp_path: Path):
    async with running(tmp_path):
        pass
    with (tmp_path / "postgres.log").open("ab") as log:
        log.truncate(11 * 2**20)
    async with running(tmp_path):
        pass
    assert (tmp_path / "postgres.log").stat().st_size < 2**20 < (tmp_path / "postgres.log.1").stat().st_size


async def test_what_a_complainant_wrote_stays_out_of_the_servers_log(tmp_path: Path):
    async with running(tmp_path) as server:
        await run(server, "create table said (words text primary key)")
        await run(server, "insert into said values ('my secret')")
        with pytest.raises(Exception, match="duplicate key"):
            await run(server, "insert into said values ('my secret')")
    text = (tmp_path / "postgres.log").read_text()
    assert "duplicate key" in text
    assert "my secret" not in text


async def test_a_service_without_keys_cannot_log_in(tmp_path: Path):
    async with running(tmp_path) as server:
        with pytest.raises(ValueError, match="without keys"):
            server.owner.for_role("intake")
    server = await EmbeddedPostgres.join(tmp_path) or await EmbeddedPostgres.start(tmp_path, Keys.generate(), options=FAST)
    assert server.owner.for_role("intake").user == "redress_intake"
    await server.stop()
