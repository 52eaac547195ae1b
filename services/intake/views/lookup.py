"""Whose complaints are these: under this phone, e-mail, reference or number?

Phones and e-mails stand in the table only as keyed hashes, made by unsealing the complainant while the view takes the event
in; who was erased cannot be unsealed any more, so a rebuild leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, LargeBinary, Table, Text, Uuid

from services.intake.contact import LookupKind, lookup_hash
from services.intake.schema import metadata
from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import Complainant
from shared.envelope import Envelope
from shared.sealing import Vault, unsealed
from shared.views import View

lookup = Table(
    "lookup",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Index("lookup_by_hash", "hash", "complaint_id"),
)

_FOUND = "select received_at, complaint_id, number from complaints where {} and {} order by received_at desc, complaint_id desc limit $2"
_WHERE = {
    "number": "number = $1",
    "external_ref": "external_ref = $1",
    "phone": "complaint_id in (select complaint_id from lookup where hash = $1)",
    "email": "complaint_id in (select complaint_id from lookup where hash = $1)",
}
_OLDER = "($3::timestamptz is null or (received_at, complaint_id) < ($3, $4::uuid))"

After = tuple[datetime, UUID]


def lookup_view(vault: Vault, key: bytes, region: str) -> View:
    """The view, which needs the keys to see whom it is to find."""

    async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        named = [event for event in events if event.body.get("complainant") is not None]
        if not named:
            return
        found = await unsealed(vault, connection, named)
        rows = [row for one in found if isinstance(one.event, ComplaintReceived) for row in _rows(one.event, key, region)]
        if rows:
            await connection.copy_records_to_table("lookup", records=rows)

    return View("lookup", 1, (lookup,), frozenset({ComplaintReceived.TYPE}), apply)


def _rows(received: ComplaintReceived, key: bytes, region: str) -> Iterator[tuple[UUID, str, bytes]]:
    if isinstance(received.complainant, Complainant):
        for kind, digest in hashes(received.complainant, key, region):
            yield received.complaint_id, kind, digest


def hashes(complainant: Complainant, key: bytes, region: str) -> Iterator[tuple[LookupKind, bytes]]:
    """What a complainant can be found by."""
    if complainant.phone:
        yield "phone", lookup_hash(key, "phone", complainant.phone, region)
    if complainant.email:
        yield "email", lookup_hash(key, "email", complainant.email, region)


async def found(
    connection: asyncpg.Pool | asyncpg.Connection, kind: LookupKind, value: str | bytes, limit: int, after: After | None
) -> list[tuple[datetime, UUID, str]]:
    """Receipt, id and number of the complaints under this number or reference, or the hash of this phone or e-mail; newest first."""
    rows: list[Any] = await connection.fetch(_FOUND.format(_WHERE[kind], _OLDER), value, limit, *(after or (None, None)))
    return [(row["received_at"], row["complaint_id"], row["number"]) for row in rows]
