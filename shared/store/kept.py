"""Was this request answered before? Successful answers are kept for ever, under keyed hashes of who asked for what."""

from __future__ import annotations

from typing import Any

import asyncpg
import orjson

from shared.store.appender import Idempotency, IdempotencyMismatch

_KEPT = "select body, answer from idempotency where scope = $1"
_KEEP = "insert into idempotency (scope, body, answer) values ($1, $2, $3)"


async def kept(connection: asyncpg.Connection | asyncpg.Pool, idempotency: Idempotency) -> dict[str, Any] | None:
    """The first answer: status, version, position, body. Raises IdempotencyMismatch where another body was sent under this key."""
    row = await connection.fetchrow(_KEPT, idempotency.scope)
    if row is None:
        return None
    if row["body"] != idempotency.body:
        raise IdempotencyMismatch
    return dict(orjson.loads(row["answer"]))


async def keep(connection: asyncpg.Connection, idempotency: Idempotency, answer: dict[str, Any]) -> None:
    """In the transaction of what is answered. Of two at once one is refused by the key (UniqueViolationError)."""
    await connection.execute(_KEEP, idempotency.scope, idempotency.body, orjson.dumps(answer))
