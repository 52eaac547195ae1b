"""Is the database ready for this version of the code? If not, make it so, whoever else is trying."""

from __future__ import annotations

import asyncpg

from shared.contracts.vocabulary import SERVICES
from shared.keys import Keys
from shared.postgres.connect import Dsn, connect
from shared.postgres.errors import PartitionsChanged, ServerTooOld, explained
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
            await _fix_partitions(connection, partitions)
        finally:
            await connection.close()


async def _upgrade_what_changed(connection: asyncpg.Connection, owner: Dsn) -> None:
    noted = {row[0]: row[1] for row in await connection.fetch(_NOTED)}
    for history in HISTORIES:
        if noted.get(history.schema) != history.digest():
            await upgrade(owner, history)


async def _fix_partitions(connection: asyncpg.Connection, partitions: int) -> None:
    for schema in SERVICES:
        stored = await connection.fetchval(_FIXED.format(schema=schema))
        if stored is None:
            await connection.execute(_FIX.format(schema=schema), str(partitions))
        elif int(stored) != partitions:
            raise PartitionsChanged(int(stored), partitions)
