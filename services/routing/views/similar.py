"""Which cases are like one? The same issue with the same product, the same batch, or the same customer, near it in time (RT-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.routing.views.cases import Visible

# Each likeness has its own index; only the latest of each can be among the latest of all.
_NEAR = (
    "complaint_id <> $1 and received_at between $2::timestamptz - make_interval(months => $3) and $2::timestamptz + make_interval(months => $3)"
    " and ($8::bool or held && $9::text[] or departments && $10::text[] or posted_by = $11::text)"
)
_LATEST = "order by received_at desc, complaint_id desc limit $12"
_LIKE = (
    f"(select * from cases where product_code = $4 and issue_codes && $5::text[] and {_NEAR} {_LATEST}) union"
    f" (select * from cases where batch = $6 and coalesce(product_code = $4, true) and {_NEAR} {_LATEST}) union"
    f" (select * from cases where customer_ref = $7 and {_NEAR} {_LATEST}) {_LATEST}"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a case is compared by. A batch is the same where the product is not another one."""

    id: UUID
    received_at: datetime
    issue_codes: Sequence[str]
    product_code: str | None
    batch: str | None
    customer_ref: str | None

    def matched_on(self, other: Mapping[str, Any] | asyncpg.Record) -> Iterator[str]:
        same_product = self.product_code is not None and other["product_code"] == self.product_code
        if same_product and not set(self.issue_codes).isdisjoint(other["issue_codes"]):
            yield "issue_and_product"
        other_product = None not in (self.product_code, other["product_code"]) and not same_product
        if self.batch is not None and other["batch"] == self.batch and not other_product:
            yield "batch"
        if self.customer_ref is not None and other["customer_ref"] == self.customer_ref:
            yield "customer"


async def like(
    connection: asyncpg.Pool | asyncpg.Connection, facts: Facts, months: int, visible: Visible, limit: int
) -> list[dict[str, Any]]:
    """The latest ones the caller may see, each with what it has in common."""
    compared = (list(facts.issue_codes), facts.batch, facts.customer_ref)
    to_whom = (visible.all, visible.held, visible.own, visible.posted_by)
    rows = await connection.fetch(_LIKE, facts.id, facts.received_at, months, facts.product_code, *compared, *to_whom, limit)
    return [_shown(row, list(facts.matched_on(row))) for row in rows]


def _shown(row: asyncpg.Record, matched_on: list[str]) -> dict[str, Any]:
    names = ("complaint_id", "number", "state", "issue_codes", "product_code", "batch", "customer_ref", "received_at")
    return {**{name: row[name] for name in names}, "matched_on": matched_on}
