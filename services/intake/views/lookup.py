"""Whose complaints are these: under this phone, e-mail, reference or number?

Phones and e-mails stand in the table only as keyed hashes, made by unsealing the complainant while the view takes the event
in; who was erased cannot be unsealed any more, so a rebuild leaves them out. Other feedback is found for its erasure only:
under hashes of its own, and under the complaint it became.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, LargeBinary, Table, Text, Uuid

from services.intake.contact import LookupKind, lookup_hash
from services.intake.schema import metadata
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintReceived, FeedbackErased, FeedbackPromoted, FeedbackReceived, SubjectErased
from shared.contracts.vocabulary import Complainant
from shared.envelope import Envelope
from shared.sealing import Vault, unsealed
from shared.views import View

lookup = Table(
    "lookup",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),  # or the feedback's, where the kind says so
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
_FORGET = "delete from lookup where complaint_id = any($1::uuid[])"
_UNDER = "select distinct complaint_id from lookup where hash = any($1::bytea[]) order by complaint_id"

After = tuple[datetime, UUID]
Row = tuple[UUID, str, bytes]


def lookup_view(vault: Vault, key: bytes, region: str) -> View:
    """The view, which needs the keys to see whom it is to find."""

    async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        named = [event for event in events if event.body.get("complainant") is not None]
        found = [one.event for one in await unsealed(vault, connection, named)] if named else []
        promoted = [event.data for event in events if event.type == FeedbackPromoted.TYPE]
        rows = [row for event in (*found, *promoted) for row in _rows(event, key, region)]
        if rows:
            await connection.copy_records_to_table("lookup", records=rows)
        # Whoever is erased was taken in before, in the same partition, so all of a batch can go through in this order.
        erased = [event.body.get("complaint_id") or event.body["feedback_id"] for event in events if event.type in _ERASING]
        if erased:
            await connection.execute(_FORGET, [UUID(one) for one in erased])

    return View("lookup", 2, (lookup,), frozenset({ComplaintReceived.TYPE, FeedbackReceived.TYPE, FeedbackPromoted.TYPE}) | _ERASING, apply)


_ERASING = frozenset({SubjectErased.TYPE, FeedbackErased.TYPE})


def _rows(event: Event, key: bytes, region: str) -> Iterator[Row]:
    match event:
        case ComplaintReceived(complainant=Complainant() as complainant):
            yield from ((event.complaint_id, kind, digest) for kind, digest in hashes(complainant, key, region))
        case FeedbackReceived(complainant=Complainant() as complainant):
            yield from ((event.feedback_id, f"feedback_{kind}", _of_feedback(digest)) for kind, digest in hashes(complainant, key, region))
        case FeedbackPromoted():
            yield event.feedback_id, "feedback_promoted", event.complaint_id.bytes


def hashes(complainant: Complainant, key: bytes, region: str) -> Iterator[tuple[LookupKind, bytes]]:
    """What a complainant can be found by."""
    if complainant.phone:
        yield "phone", lookup_hash(key, "phone", complainant.phone, region)
    if complainant.email:
        yield "email", lookup_hash(key, "email", complainant.email, region)


def _of_feedback(digest: bytes) -> bytes:
    """Another one than the complaints': whoever looks for those finds no feedback."""
    return hashlib.sha256(b"feedback:" + digest).digest()


async def found(
    connection: asyncpg.Pool | asyncpg.Connection, kind: LookupKind, value: str | bytes, limit: int, after: After | None
) -> list[tuple[datetime, UUID, str]]:
    """Receipt, id and number of the complaints under this number or reference, or the hash of this phone or e-mail; newest first."""
    rows: list[Any] = await connection.fetch(_FOUND.format(_WHERE[kind], _OLDER), value, limit, *(after or (None, None)))
    return [(row["received_at"], row["complaint_id"], row["number"]) for row in rows]


async def under(connection: asyncpg.Pool, digests: Iterable[bytes]) -> list[UUID]:
    """Every complaint under any of these phones and e-mails, in the order they were taken in."""
    return [row["complaint_id"] for row in await connection.fetch(_UNDER, list(digests))]


async def feedback_of(connection: asyncpg.Pool, digests: Iterable[bytes], complaints: Iterable[UUID]) -> list[UUID]:
    """Every other feedback under them, and whatever became one of these complaints."""
    sought = [*(_of_feedback(digest) for digest in digests), *(complaint.bytes for complaint in complaints)]
    return [row["complaint_id"] for row in await connection.fetch(_UNDER, sought)]
