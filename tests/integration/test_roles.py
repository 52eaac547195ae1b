"""Does the database itself keep each service within its own schema?"""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from shared.contracts.vocabulary import SERVICES
from shared.postgres.connect import connect
from shared.postgres.roles import SCHEMAS

DENIED = asyncpg.InsufficientPrivilegeError
ALLOWED_ELSEWHERE = {"log"}

EVENT = "insert into events values (0, 1, gen_random_uuid(), 1, 'x', 1, '', '', gen_random_uuid(), now(), now(), '')"


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_sees_and_writes_nothing_of_another(service: str, database: Any):
    owner = await connect(database.owner, "public")
    tables = await owner.fetch(
        "select schemaname, tablename from pg_tables where schemaname = any($1::text[])", sorted({*SCHEMAS} - {service} - ALLOWED_ELSEWHERE)
    )
    await owner.close()
    assert len(tables) > 60
    connection = await database.connect(service)
    for schema, table in tables:
        for statement in (
            f'select from {schema}."{table}"',
            f'insert into {schema}."{table}" default values',
            f'delete from {schema}."{table}"',
        ):
            with pytest.raises(DENIED):
                await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_adds_events_and_never_changes_them(service: str, database: Any):
    connection = await database.connect(service)
    await connection.execute(EVENT)
    for statement in (
        "update events set type = 'y'",
        "delete from events",
        "truncate events",
        "drop table events",
        "alter table events add x int",
    ):
        with pytest.raises(DENIED):
            await connection.execute(statement)
    assert await connection.fetchval("select count(*) from events") == 1
    await connection.close()


async def test_even_the_owner_does_not_change_events_in_passing(database: Any):
    connection = await connect(database.owner, "intake")
    await connection.execute(EVENT)
    for statement in ("update events set type = 'y'", "delete from events", "truncate events"):
        with pytest.raises(DENIED, match="events are append-only"):
            await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_makes_tables_nowhere_but_beside_its_views(service: str, database: Any):
    connection = await database.connect(service)
    for schema in (*SCHEMAS, "public", *(f"{other}_rebuild" for other in SERVICES if other != service)):
        with pytest.raises(DENIED):
            await connection.execute(f"create table {schema}.mine ()")
    await connection.execute(f"create table {service}_rebuild.mine (like events including all)")
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_speaks_on_its_own_topic_and_hears_all(service: str, database: Any):
    connection = await database.connect(service)
    record = "insert into log.{} (partition, \"offset\", key, headers, value) values (0, 0, '', '', '')"
    await connection.execute(record.format(service))
    for other in SERVICES:
        assert await connection.fetchval(f"select count(*) from log.{other}") == (other == service)
        for statement in (f"delete from log.{other}", f"update log.{other} set key = 'x'", f"truncate log.{other}"):
            with pytest.raises(DENIED):
                await connection.execute(statement)
        if other != service:
            with pytest.raises(DENIED):
                await connection.execute(record.format(other))
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_keys_are_had_through_their_function_and_destroyed_by_intake_alone(service: str, database: Any):
    connection = await database.connect(service)
    with pytest.raises(DENIED):
        await connection.execute("select * from vault.keys")
    await connection.fetch("select * from vault.key_for(array[gen_random_uuid()], array['\\x00'::bytea])")
    if service == "intake":
        await connection.execute("select vault.shred(gen_random_uuid())")
    else:
        with pytest.raises(DENIED):
            await connection.execute("select vault.shred(gen_random_uuid())")
    await connection.close()


async def test_no_role_of_ours_has_rights_beyond_its_schema(database: Any):
    connection = await connect(database.owner, "public")
    roles = await connection.fetch(
        "select rolname, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls or rolinherit as mighty, rolcanlogin"
        " from pg_roles where rolname ~ '^redress_'"
    )
    await connection.close()
    assert {role["rolname"] for role in roles if role["rolcanlogin"]} == {f"redress_{service}" for service in SERVICES}
    assert len(roles) == len(SERVICES) + len(SCHEMAS)
    assert not any(role["mighty"] for role in roles)


async def test_a_login_sees_its_own_schema_and_gives_up_waiting(database: Any):
    connection = await database.connect("routing")
    names = ("search_path", "timezone", "jit", "lock_timeout", "idle_in_transaction_session_timeout")
    assert [await connection.fetchval(f"select current_setting('{name}')") for name in names] == ["routing", "UTC", "off", "5s", "30s"]
    await connection.close()
