"""By which name is a product or a customer known? By that in its latest complaint of the period; those without a reference are no group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.reporting.metrics.definition import Span
from services.reporting.select import PATIENCE, Connection
from services.reporting.tally import Scope

_COLUMNS: Mapping[Scope, tuple[str, str]] = {"product": ("product_code", "product_name"), "customer": ("customer_ref", "customer_name")}
_LATEST = """
select distinct on ({ref} collate "C") {ref} as ref, received_at, complaint_id, {name} as name from complaints
where received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3 and {ref} is not null and {name} is not null
  and ($4::text[] is null or {ref} = any($4))
order by {ref} collate "C", received_at desc, complaint_id
"""


class Name(NamedTuple):
    received_at: datetime
    complaint_id: UUID
    name: str

    def later(self, other: Name | None) -> bool:
        return other is None or (self.received_at, other.complaint_id) > (other.received_at, self.complaint_id)


class Names:
    """Of products, or of customers."""

    def __init__(self, scope: Scope, span: Span) -> None:
        self._ref, self._name = _COLUMNS[scope]
        self._span = span
        self._known: dict[str, Name] = {}

    def get(self, ref: str | None) -> str | None:
        found = self._known.get(ref) if ref is not None else None
        return None if found is None else found.name

    async def fill(self, connection: Connection, moment: datetime, refs: Sequence[str] | None = None) -> None:
        query = _LATEST.format(ref=self._ref, name=self._name)
        for row in await connection.fetch(query, *self._span, moment, refs, timeout=PATIENCE):
            self._known[row["ref"]] = Name(row["received_at"], row["complaint_id"], row["name"])

    async def follow(self, connection: Connection, moment: datetime, was: Iterable[asyncpg.Record], now: Iterable[asyncpg.Record]) -> None:
        """What complaints said before, and what they say now; asked again only where the latest of all says something else."""
        before, after = self._said(was), self._said(now)
        gone = [ref for key, (ref, name) in before.items() if after.get(key) != (ref, name) and self._known.get(ref) == (*key, name)]
        for ref in gone:
            self._known.pop(ref, None)
        if gone:
            await self.fill(connection, moment, gone)
        for key, (ref, name) in after.items():
            found = Name(*key, name)
            if found.later(self._known.get(ref)):
                self._known[ref] = found

    def _said(self, rows: Iterable[asyncpg.Record]) -> dict[tuple[datetime, UUID], tuple[str, str]]:
        start, beyond = self._span
        return {
            (row["received_at"], row["complaint_id"]): (row[self._ref], row[self._name])
            for row in rows
            if start <= row["received_at"] < beyond and row[self._ref] is not None and row[self._name] is not None
        }
