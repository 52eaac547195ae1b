"""Which tokens are there, whose are they, and which were taken back?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, TIMESTAMP, Column, Date, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.schema import metadata
from shared.contracts.intake import TokenIssued, TokenRevoked
from shared.envelope import Envelope
from shared.sealing import box
from shared.views import View

tokens = Table(
    "tokens",
    metadata,
    Column("token_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("departments", ARRAY(Text), nullable=False),
    Column("head_of", ARRAY(Text), nullable=False),
    Column("issued_at", TIMESTAMP(timezone=True), nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("revoked_at", TIMESTAMP(timezone=True)),
    Column("revoked_by", Text),
    Column("reason", JSONB),
    Index("tokens_newest", "issued_at", "token_id"),
)

_REVOKE = """
update tokens t set revoked_at = u.revoked_at, revoked_by = u.revoked_by, reason = u.reason
from jsonb_to_recordset($1::jsonb) as u (token_id uuid, revoked_at timestamptz, revoked_by text, reason jsonb)
where t.token_id = u.token_id
"""
_PAGE = """
select * from tokens
where $1::timestamptz is null or (issued_at, token_id) < ($1, $2::uuid)
order by issued_at desc, token_id desc limit $3
"""


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    issued = [_row(event) for event in events if event.type == TokenIssued.TYPE]
    if issued:
        await connection.copy_records_to_table("tokens", records=issued, columns=[c.name for c in tokens.columns][:9])
    revoked = [
        {
            "token_id": event.body["token_id"],
            "revoked_at": event.recorded.occurred_at,
            "revoked_by": event.body["actor"]["person"],
            "reason": box(event, "reason"),
        }
        for event in events
        if event.type == TokenRevoked.TYPE
    ]
    if revoked:
        await connection.execute(_REVOKE, orjson.dumps(revoked).decode())


def _row(event: Envelope) -> tuple[Any, ...]:
    body = event.body
    return (
        UUID(body["token_id"]),
        body["name"],
        body["person"],
        body["roles"],
        body.get("departments", []),
        body.get("head_of", []),
        datetime.fromisoformat(body["issued_at"]),
        body["actor"]["person"],
        date.fromisoformat(body["expires_on"]),
    )


async def page(connection: asyncpg.Pool, after: tuple[datetime, UUID] | None, limit: int) -> list[asyncpg.Record]:
    """The newest first."""
    issued_at, last = after or (None, None)
    return await connection.fetch(_PAGE, issued_at, last, limit)


TOKENS = View("tokens", 1, (tokens,), frozenset({TokenIssued.TYPE, TokenRevoked.TYPE}), apply)
