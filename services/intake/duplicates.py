"""Has somebody told us this before? The same customer, phone or e-mail on the same product or issue, a few days ago (IN-3).

Complaints that come in at the same moment are asked about together, in one query, so that the question costs each of them little.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg

TOGETHER = 256
SHOWN = 10

# Each key is looked for once, however many ask. Of a key with very many complaints only the latest count: no hint is worth a
# long search. Complaints' ids rise with time, so the index of hashes gives the latest first.
_ALIKE = """
with near as (
    select ref as customer_ref, null::bytea as hash, c.complaint_id from unnest($1::text[]) as k (ref) cross join lateral (
        select complaint_id from complaints where customer_ref = k.ref order by received_at desc limit 20
    ) c
    union all
    select null, k.hash, l.complaint_id from unnest($2::bytea[]) as k (hash) cross join lateral (
        select complaint_id from lookup where lookup.hash = k.hash order by complaint_id desc limit 10
    ) l
)
select n.customer_ref as key, n.hash, c.complaint_id, c.number, c.received_at, c.product_code, c.issue_codes, s.state
from near n join complaints c using (complaint_id) left join complaint_states s using (complaint_id)
order by c.received_at desc, c.complaint_id
"""

Key = str | bytes  # a customer's reference, or the hash of a phone or e-mail


@dataclass(frozen=True, slots=True)
class Described:
    """What a new complaint is compared by."""

    at: datetime
    near: timedelta  # so far apart two may be and still be likely one: the policy says it
    keys: Mapping[Key, str]  # what the key is: customer, phone or email
    product_code: str | None = None
    issue_codes: frozenset[str] = frozenset()

    @property
    def comparable(self) -> bool:
        return bool(self.keys and (self.product_code or self.issue_codes))

    def shared_with(self, other: asyncpg.Record) -> str | None:
        """What both are about, if they came in near each other."""
        if abs(other["received_at"] - self.at) > self.near:
            return None
        if self.product_code is not None and other["product_code"] == self.product_code:
            return "product"
        return "issue" if not self.issue_codes.isdisjoint(other["issue_codes"]) else None


Answer = list[dict[str, Any]]


@dataclass
class Duplicates:
    """Asks the views; one query at a time, for all who wait."""

    pool: asyncpg.Pool
    _waiting: list[tuple[Described, asyncio.Future[Answer]]] = field(default_factory=list)
    _working: asyncio.Task[None] | None = None

    async def likely(self, described: Described) -> Answer:
        """Newest first; empty where there is nothing to compare by."""
        if not described.comparable:
            return []
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((described, future))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(), name="intake.duplicates")
        return await future

    async def _work(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            try:
                found = await self._alike({key for described, _ in group for key in described.keys})
            except Exception as error:
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
                continue
            for described, future in group:
                if not future.done():
                    future.set_result(_answer(described, found))

    async def _alike(self, keys: set[Key]) -> Mapping[Key, Sequence[asyncpg.Record]]:
        rows = await self.pool.fetch(_ALIKE, [k for k in keys if isinstance(k, str)], [k for k in keys if isinstance(k, bytes)])
        found: dict[Key, list[asyncpg.Record]] = defaultdict(list)
        for row in rows:
            found[row["hash"] if row["key"] is None else row["key"]].append(row)
        return found


def _answer(described: Described, found: Mapping[Key, Sequence[asyncpg.Record]]) -> Answer:
    """A complaint is named once: the person says more than the customer, so the person's keys come first."""
    alike: dict[Any, tuple[asyncpg.Record, str]] = {}
    for key, who in described.keys.items():
        for row in found.get(key, ()):
            what = None if row["complaint_id"] in alike else described.shared_with(row)
            if what is not None:
                alike[row["complaint_id"]] = (row, f"same_{who}_and_{what}")
    newest = sorted(alike.values(), key=lambda one: one[0]["received_at"], reverse=True)
    return [
        {"complaint_id": str(row["complaint_id"]), "number": row["number"], "state": row["state"] or "received", "reason": reason}
        for row, reason in newest[:SHOWN]
    ]
