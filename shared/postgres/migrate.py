"""Is the database ready for this version of the code? If not, make it so, whoever else is trying."""

from __future__ import annotations

from collections.abc import Iterable

import asyncpg

from shared.contracts.vocabulary import SERVICES
from shared.keys import Keys
from shared.postgres.connect import Dsn, connect
from shared.postgres.errors import NotMigrated, PartitionsChanged, SchemaTooNew, ServerTooOld, explained
from shared.postgres.history import HISTORIES, upgrade
from shared.postgres.roles import prepare

_OLDEST = 15
_LOCK = (7000, 1)  # class of its own: the kernel's locks are 7001 and up
_NOTED = "select nspname, obj_description(oid, 'pg_namespace') from pg_namespace"
_FIX = "insert into {schema}.settings (name, value) values ('partitions', $1) on conflict (name) do nothing"
_FIXED = "select value from {schema}.settings where name = 'partitions'"


async def migrate(owner: Dsn, keys: Keys, partitions: int) -> None:
    """Roles, schemas, tables and functions, as this code needs them. Safe when several processes start at once."""
    with explained(owner.where, owner.user, owner.database):
        connection = await connect(owner, "public", lock_timeout="0")
        try:
            if (version := connection.get_server_version().major) < _OLDEST:
                raise ServerTooOld(owner.where, version, _OLDEST)
            await connection.execute("select pg_advisory_lock($1, $2)", *_LOCK)  # ends with the connection
            await prepare(connection, keys)
            await _upgrade_what_changed(connection, owner)
            await _fix_partitions(connection, partitions, SERVICES)
        finally:
            await connection.close()


async def check(dsn: Dsn, service: str, partitions: int) -> None:
    """Refuses a database that is not at this version. For a service that may not migrate; `dsn` is its own login."""
    with explained(dsn.where, dsn.user, dsn.database):
        connection = await connect(dsn, service)
        try:
            history = next(history for history in HISTORIES if history.schema == service)
            if await connection.fetchval(f"{_NOTED} where nspname = $1", service, column=1) != history.digest():
                _compare(service, await connection.fetchval("select max(version_num) from alembic_version"), history.revisions())
            await _fix_partitions(connection, partitions, [service])
        except asyncpg.UndefinedTableError:
            raise NotMigrated(f"{service} has no tables") from None
        finally:
            await connection.close()


def _compare(service: str, stored: str, known: list[str]) -> None:
    """Functions newer than ours, of a version that is being rolled out, are no reason to refuse; tables are."""
    if stored not in known:
        raise SchemaTooNew(service, stored)
    if stored != known[0]:
        raise NotMigrated(f"{service} is at revision {stored}, {known[0]} is needed")


async def _upgrade_what_changed(connection: asyncpg.Connection, owner: Dsn) -> None:
    noted = {row[0]: row[1] for row in await connection.fetch(_NOTED)}
    for history in HISTORIES:
        if noted.get(history.schema) != history.digest():
            await upgrade(owner, history)


async def _fix_partitions(connection: asyncpg.Connection, partitions: int, schemas: Iterable[str]) -> None:
    """The number is written once; afterwards it must be the same."""
    for schema in schemas:
        stored = await connection.fetchval(_FIXED.format(schema=schema))
        if stored is None:
            await connection.execute(_FIX.format(schema=schema), str(partitions))
        elif int(stored) != partitions:
            raise PartitionsChanged(int(stored), partitions)
