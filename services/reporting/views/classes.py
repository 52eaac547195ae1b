"""Which frequency class was last published of an issue with a product or a customer?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Column, Table, Text

from services.reporting.schema import metadata
from services.reporting.select import Connection
from shared.contracts.reporting import FrequencyClassChanged
from shared.envelope import Envelope
from shared.views import View

published_classes = Table(
    "published_classes",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("issue_code", Text, primary_key=True),
    Column("subject", Text, primary_key=True),  # the product or the customer
    Column("frequency_class", Text, nullable=False),
    Column("month", Text, nullable=False),
)

_KEEP = (
    "insert into published_classes values ($1, $2, $3, $4, $5) on conflict (scope, issue_code, subject)"
    " do update set frequency_class = excluded.frequency_class, month = excluded.month"
)


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """A group's events are all in its partition, in order."""
    rows = []
    for event in events:
        body = event.body
        subject = body.get("product_code") if body["scope"] == "product" else body.get("customer_ref")
        rows.append((body["scope"], body.get("issue_code") or "", subject or "", body["frequency_class"], body["month"]))
    await connection.executemany(_KEEP, rows)


async def published(connection: Connection) -> Mapping[tuple[Any, str, str], str]:
    """The last class of each group: scope, issue, product or customer."""
    rows = await connection.fetch("select scope, issue_code, subject, frequency_class from published_classes")
    return {(row["scope"], row["issue_code"], row["subject"]): row["frequency_class"] for row in rows}


VIEW = View("frequency_classes", 1, (published_classes,), frozenset({FrequencyClassChanged.TYPE}), apply, apart=True)
