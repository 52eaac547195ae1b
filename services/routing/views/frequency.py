"""How often does an issue come up with a product or a customer, as reporting reckons it? The last class it published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import asyncpg
from sqlalchemy import TIMESTAMP, Column, Table, Text

from services.routing.schema import metadata
from shared.contracts.reporting import FrequencyClassChanged
from shared.contracts.vocabulary import FrequencyClass
from shared.envelope import Envelope
from shared.views import View

frequency_classes = Table(
    "frequency_classes",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("subject", Text, primary_key=True),  # the product or the customer
    Column("issue_code", Text, primary_key=True),  # empty where none is given
    Column("frequency_class", Text, nullable=False),
    Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
)

_SAY = (
    "insert into frequency_classes as f select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])"
    " on conflict (scope, subject, issue_code) do update set frequency_class = excluded.frequency_class, recorded_at = excluded.recorded_at"
    " where f.recorded_at < excluded.recorded_at"
)
_OF_CASE = (
    "select frequency_class from frequency_classes where issue_code = any($1::text[])"
    " and (scope = 'product' and subject = $2 or scope = 'customer' and subject = $3)"
)
_BY_RANK = get_args(FrequencyClass)


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    said = {_key(event): (event.body["frequency_class"], event.recorded.recorded_at) for event in sorted(events, key=lambda e: e.order)}
    rows = [(*key, *what) for key, what in said.items()]
    await connection.execute(_SAY, *(list(column) for column in zip(*rows, strict=True)))


def _key(event: Envelope) -> tuple[str, str, str]:
    body = event.body
    subject = body.get("product_code") if body["scope"] == "product" else body.get("customer_ref")
    return body["scope"], subject or "", body.get("issue_code") or ""


async def computed(
    connection: asyncpg.Pool | asyncpg.Connection, issue_codes: Sequence[str], product_code: str | None, customer_ref: str | None
) -> str:
    """The highest class of any of a complaint's issues, with its product or its customer; `unknown` before anything was published."""
    rows = await connection.fetch(_OF_CASE, list(issue_codes) or [""], product_code, customer_ref)
    return max((row["frequency_class"] for row in rows), key=_BY_RANK.index, default="unknown")


FREQUENCY = View("frequency", 1, (frequency_classes,), frozenset({FrequencyClassChanged.TYPE}), apply)
