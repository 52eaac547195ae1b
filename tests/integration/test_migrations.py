"""Does every start leave the database as this code needs it, and refuse the ones it must not touch?"""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared.cannot_start import CannotStart
from shared.contracts.vocabulary import SERVICES
from shared.keys import Keys
from shared.postgres import migrate as migrating
from shared.postgres.connect import Dsn, connect
from shared.postgres.embedded import EmbeddedPostgres
from shared.postgres.errors import (
    DatabaseMissing,
    DiskFull,
    NotMigrated,
    PartitionsChanged,
    RightsMissing,
    SchemaTooNew,
    ServerTooOld,
    Unreachable,
    WrongMasterKey,
    WrongPassword,
    explained,
)
from shared.postgres.history import HISTORIES, upgrade
from shared.postgres.migrate import check, migrate
from shared.postgres.revise import differences
from shared.postgres.roles import SCHEMAS, SchemaTaken

_numbers = count(1)


@pytest.fixture
async def empty(template: Dsn) -> AsyncIterator[Dsn]:
    """A database nobody has migrated, on a server that knows the roles."""
    owner = replace(template, database=f"empty_{next(_numbers)}")
    await run(replace(template, database="postgres"), f"create database {owner.database} template template0")
    yield owner
    await run(replace(template, database="postgres"), f"drop database {owner.database} with (force)")


@asynccontextmanager
async def connected(dsn: Dsn, schema: str = "public") -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(dsn, schema)
    try:
        yield connection
    finally:
        await connection.close()


async def run(dsn: Dsn, statement: str) -> None:
    async with connected(dsn) as connection:
        await connection.execute(statement)


async def marks(dsn: Dsn) -> dict[str, str]:
    async with connected(dsn) as connection:
        return dict(await connection.fetch("select nspname, obj_description(oid, 'pg_namespace') from pg_namespace"))


async def test_a_second_time_changes_nothing(database: Any, keys: Keys):
    newest = "select max(oid::bigint) from (select oid from pg_class union all select oid from pg_proc) made"
    async with connected(database.owner) as connection:
        before = await connection.fetchval(newest)
        await migrate(database.owner, keys, 8)
        assert await connection.fetchval(newest) == before


async def test_several_that_start_at_once_leave_it_migrated_once(empty: Dsn, keys: Keys):
    await asyncio.gather(*(migrate(empty, keys, 8) for _ in range(6)))
    assert {schema: mark for schema, mark in (await marks(empty)).items() if schema in SCHEMAS} == {
        history.schema: history.digest() for history in HISTORIES
    }
    for service in SERVICES:
        await check(empty.for_role(service), service, 8)


async def test_a_start_that_was_cut_off_is_taken_up_again(empty: Dsn, keys: Keys):
    cut_off = asyncio.ensure_future(migrate(empty, keys, 8))
    async with connected(empty) as connection:
        while not await connection.fetchval("select count(*) from pg_namespace where nspname = 'capa'"):
            pass
    cut_off.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cut_off
    await migrate(empty, keys, 8)
    await check(empty.for_role("reporting"), "reporting", 8)


async def test_a_database_newer_than_the_code_is_refused_and_not_touched(database: Any, keys: Keys):
    await run(database.owner, "update capa.alembic_version set version_num = '9999'; comment on schema capa is 'newer'")
    with pytest.raises(SchemaTooNew, match="its schema 'capa' is at revision 9999"):
        await migrate(database.owner, keys, 8)
    with pytest.raises(SchemaTooNew, match="its schema 'capa' is at revision 9999"):
        await check(database.for_role("capa"), "capa", 8)
    assert (await marks(database.owner))["capa"] == "newer"


async def test_another_number_of_partitions_is_refused(database: Any, keys: Keys):
    with pytest.raises(PartitionsChanged, match="REDRESS_PARTITIONS is 4, but this database was started with 8"):
        await migrate(database.owner, keys, 4)
    with pytest.raises(PartitionsChanged):
        await check(database.for_role("intake"), "intake", 4)


async def test_another_master_key_is_refused(database: Any):
    with pytest.raises(WrongMasterKey, match="belongs to another master key"):
        await migrate(database.owner, Keys.generate(), 8)
    with pytest.raises(WrongPassword, match="run redress migrate, or correct REDRESS_MASTER_KEY_FILE"):
        await check(replace(database.owner, keys=Keys.generate()).for_role("intake"), "intake", 8)


async def test_a_service_does_not_work_on_a_database_that_lacks_a_migration(database: Any, empty: Dsn):
    with pytest.raises(NotMigrated, match=r"intake has no tables\); run redress migrate"):
        await check(empty.for_role("intake"), "intake", 8)
    newest = next(history for history in HISTORIES if history.schema == "intake").revisions()
    await run(database.owner, "comment on schema intake is 'older'")
    await check(database.for_role("intake"), "intake", 8)  # only functions differ, as while a new version is rolled out
    if len(newest) > 1:
        await run(database.owner, f"update intake.alembic_version set version_num = '{newest[-1]}'")
        with pytest.raises(NotMigrated, match=f"intake is at revision {newest[-1]}, {newest[0]} is needed"):
            await check(database.for_role("intake"), "intake", 8)


async def test_functions_follow_their_files_also_when_a_signature_changes(database: Any, tmp_path: Path):
    history = next(history for history in HISTORIES if history.schema == "intake")
    shutil.copytree(history.sql, tmp_path / "sql")
    changed = replace(history, sql=tmp_path / "sql")
    for body in ("answer(a int) returns int", "answer(a int, b int) returns text"):
        (tmp_path / "sql" / "functions" / "answer.sql").write_text(
            f"create or replace function {body} language sql as $$ select '42'::{body.split()[-1]} $$;"
        )
        await upgrade(database.owner, changed)
    async with connected(database.for_role("intake"), "intake") as connection:
        assert await connection.fetchval("select answer(1, 2)") == "42"
        with pytest.raises(asyncpg.UndefinedFunctionError):
            await connection.fetchval("select answer(1)")


@pytest.mark.parametrize("service", SERVICES)
async def test_every_view_has_its_migration(service: str, database: Any):
    assert await differences(database.owner, service) == []


async def test_an_owner_who_is_no_superuser_will_do(tmp_path: Path):
    keys = Keys.generate()
    server = await EmbeddedPostgres.start(tmp_path, keys, options={"fsync": "off"})
    try:
        await run(server.owner, "create role landlord login createrole password 'secret'")
        await run(server.owner, "create database rented owner landlord")
        owner = replace(server.owner, user="landlord", password="secret", database="rented")
        await migrate(owner, keys, 8)
        await migrate(owner, keys, 8)
        for service in SERVICES:
            await check(owner.for_role(service), service, 8)
        await run(server.owner, "create role guest login password 'secret'")
        await run(server.owner, "create database another")
        with pytest.raises(RightsMissing, match="The owner 'guest' in REDRESS_DATABASE_URL may not prepare the database"):
            await migrate(replace(owner, user="guest", database="another"), keys, 8)
    finally:
        await server.stop()


async def test_a_schema_that_belongs_to_others_is_not_taken_over(empty: Dsn, keys: Keys):
    await run(empty, "create schema log")
    with pytest.raises(SchemaTaken, match="already has a schema 'log' that belongs to 'redress'"):
        await migrate(empty, keys, 8)


async def test_a_server_too_old_is_refused(database: Any, keys: Keys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(migrating, "_OLDEST", 99)
    with pytest.raises(ServerTooOld, match="is version 18; Redress needs 99 or newer"):
        await migrate(database.owner, keys, 8)


async def test_a_wrong_password_a_missing_database_and_a_silent_server_are_told_apart(template: Dsn, keys: Keys):
    async def refusal(owner: Dsn) -> CannotStart:
        with pytest.raises(CannotStart) as refused:
            await migrate(owner, keys, 8)
        return refused.value

    assert isinstance(await refusal(replace(template, password="wrong")), WrongPassword)
    missing = await refusal(replace(template, database="nowhere"))
    assert isinstance(missing, DatabaseMissing)
    assert missing.sentence.endswith("has no database 'nowhere'; make it with: createdb nowhere")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        silent = await refusal(replace(template, host="127.0.0.1", port=taken.getsockname()[1]))
    assert isinstance(silent, Unreachable)
    assert "cannot be reached" in silent.sentence
    assert isinstance(await refusal(replace(template, host="no-such-host.invalid")), Unreachable)


async def test_a_full_disk_is_told(database: Any):
    with pytest.raises(DiskFull, match="no space left on the disk"), explained("at db:5432", "redress", "redress"):
        await run(database.owner, "do $$ begin raise exception using errcode = 'disk_full'; end $$")


async def test_what_nobody_can_mend_keeps_its_own_error(database: Any):
    with pytest.raises(asyncpg.UndefinedTableError), explained("at db:5432", "redress", "redress"):
        await run(database.owner, "select * from nowhere")
