"""How does a question written in SQLAlchemy Core reach PostgreSQL? Compiled once with its values bound, sent by asyncpg."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import ColumnElement, Select, Table
from sqlalchemy.dialects.postgresql.asyncpg import dialect

Connection = asyncpg.Connection | asyncpg.Pool

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # as SQLAlchemy types it
TIMEOUT = 20.0
PATIENCE = 60.0  # where all of a period is counted for the first time
PAGE = 2000  # rows


@asynccontextmanager
async def reader(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """A connection for questions. Each is planned for the very values it has: a plan for any month is three times slower than one
    for this month, measured, and the server takes that one from the sixth time on. The next borrower has the server's own way again.
    """
    async with pool.acquire() as connection:
        await connection.execute("set plan_cache_mode = force_custom_plan")
        try:
            yield cast(Connection, connection)
        finally:
            await connection.execute("reset plan_cache_mode")


async def rows(connection: Connection, statement: Select[Any]) -> list[dict[str, Any]]:
    """What the statement finds. Every value in it is bound; nothing but names we wrote ourselves is in the text."""
    text, values = bound(statement)
    return [dict(row) for row in await connection.fetch(text, *values, timeout=TIMEOUT)]


async def stream(pool: asyncpg.Pool, statement: Select[Any], zone: ZoneInfo) -> AsyncIterator[list[asyncpg.Record]]:
    """What the statement finds, page by page, however much it is; moments written as text are in this zone."""
    text, values = bound(statement)
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await connection.execute("select set_config('TimeZone', $1, true)", zone.key)
        cursor = await connection.cursor(text, *values)
        while page := await cursor.fetch(PAGE):
            yield page


def bound(statement: Select[Any]) -> tuple[str, list[Any]]:
    """The text, and the values bound to its places in their order."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return compiled.string, [compiled.params[name] for name in compiled.positiontup or ()]


def known(table: Table, as_of: datetime) -> ColumnElement[bool]:
    """The versions that held at this moment of recorded time."""
    return (table.c.recorded_from <= as_of) & (table.c.recorded_to > as_of)
