"""Has somebody told us this before? The same customer, phone or e-mail on the same product or issue within thirty days.

Complaints that come in at the same moment are asked about together, in one query, so that the question costs each of them little.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

TOGETHER = 256
SHOWN = 10

# Of a customer with very many complaints only the latest count: a hint is not worth a long search.
_LIKELY = """
with asked as (
    select * from unnest($1::int[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::timestamptz[])
        as a (n, who, customer_ref, hash, product_code, at)
), issues as (
    select n, array_agg(code) as codes from unnest($7::int[], $8::text[]) as i (n, code) group by n
), near as (
    select a.n, a.who, a.product_code as asked_product, c.* from asked a cross join lateral (
        select * from complaints where customer_ref = a.customer_ref
            and received_at between a.at - interval '30 days' and a.at + interval '30 days'
        order by received_at desc limit 50
    ) c
    union all
    select a.n, a.who, a.product_code, c.* from asked a join lookup l on l.hash = a.hash join complaints c using (complaint_id)
        where c.received_at between a.at - interval '30 days' and a.at + interval '30 days'
)
select distinct on (n, received_at, complaint_id) n, who, near.complaint_id, number, received_at, coalesce(s.state, 'received') as state,
    coalesce(product_code = asked_product, false) as same_product
from near left join issues using (n) left join complaint_states s on s.complaint_id = near.complaint_id
where product_code = asked_product or issue_codes && issues.codes
order by n, received_at desc, complaint_id, who desc
"""


@dataclass(frozen=True, slots=True)
class Described:
    """What a new complaint is compared by."""

    at: datetime
    customer_ref: str | None = None
    hashes: tuple[tuple[str, bytes], ...] = ()  # kind and keyed hash of phone and e-mail
    product_code: str | None = None
    issue_codes: tuple[str, ...] = ()

    @property
    def comparable(self) -> bool:
        return bool((self.customer_ref or self.hashes) and (self.product_code or self.issue_codes))


@dataclass
class Duplicates:
    """Asks the views; one query at a time, for all who wait."""

    pool: asyncpg.Pool
    _waiting: list[tuple[Described, asyncio.Future[list[dict[str, Any]]]]] = field(default_factory=list)
    _working: asyncio.Task[None] | None = None

    async def likely(self, described: Described) -> list[dict[str, Any]]:
        """Newest first; empty where there is nothing to compare by."""
        if not described.comparable:
            return []
        future: asyncio.Future[list[dict[str, Any]]] = asyncio.get_running_loop().create_future()
        self._waiting.append((described, future))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(), name="intake.duplicates")
        return await future

    async def _work(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            try:
                found = await self._ask([described for described, _ in group])
            except Exception as error:
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
                continue
            for n, (_, future) in enumerate(group):
                if not future.done():
                    future.set_result(found[n][:SHOWN])

    async def _ask(self, group: Sequence[Described]) -> dict[int, list[dict[str, Any]]]:
        asked = [row for n, one in enumerate(group) for row in _rows(n, one)]
        issues = [(n, code) for n, one in enumerate(group) for code in one.issue_codes]
        columns = [[row[i] for row in asked] for i in range(6)]
        rows = await self.pool.fetch(_LIKELY, *columns, [n for n, _ in issues], [code for _, code in issues])
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            reason = f"same_{row['who']}_and_{'product' if row['same_product'] else 'issue'}"
            hint = {"complaint_id": str(row["complaint_id"]), "number": row["number"], "state": row["state"], "reason": reason}
            found[row["n"]].append(hint)
        return found


def _rows(n: int, one: Described) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [(n, kind, None, digest, one.product_code, one.at) for kind, digest in one.hashes]
    if one.customer_ref is not None:
        rows.append((n, "customer", one.customer_ref, None, one.product_code, one.at))
    return rows
