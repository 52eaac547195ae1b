"""How does a question written in SQLAlchemy Core reach PostgreSQL? Compiled once with its values bound, sent by asyncpg."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import ColumnElement, Select, Table
from sqlalchemy.dialects.postgresql.asyncpg import dialect

Connection = asyncpg.Connection | asyncpg.Pool

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # as SQLAlchemy types it
TIMEOUT = 20.0


async def rows(connection: Connection, statement: Select[Any]) -> list[dict[str, Any]]:
    """What the statement finds. Every value in it is bound; nothing but names we wrote ourselves is in the text."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    return [dict(row) for row in await connection.fetch(compiled.string, *values, timeout=TIMEOUT)]


def known(table: Table, as_of: datetime) -> ColumnElement[bool]:
    """The versions that held at this moment of recorded time."""
    return (table.c.recorded_from <= as_of) & (table.c.recorded_to > as_of)
