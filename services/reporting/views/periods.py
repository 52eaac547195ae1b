"""Which months are complete, in which versions were their figures published, and which of them were judged?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from sqlalchemy import TIMESTAMP, Boolean, Column, Integer, Table, Text

from services.reporting.schema import metadata
from services.reporting.select import Connection
from services.reporting.story import FOREVER
from shared.contracts.reporting_periods import MonthJudged, PeriodClosed, PeriodRestated
from shared.envelope import Envelope
from shared.views import View

MOMENT = TIMESTAMP(timezone=True)

period_versions = Table(
    "period_versions",
    metadata,
    Column("month", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("known_at", MOMENT, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
    Column("totals", Text, nullable=False),  # JSON
    Column("differences", Text, nullable=False),  # JSON
    Column("left_out", Integer, nullable=False),
)
judged_months = Table(
    "judged_months",
    metadata,
    Column("month", Text, primary_key=True),
    Column("recorded_at", MOMENT, nullable=False),
    Column("series", Integer, nullable=False),
    Column("signals", Integer, nullable=False),
    Column("total", Text),  # JSON: what was found of all complaints together
    Column("beyond", Boolean),
)

LATEST = (FOREVER, "", 0)  # the place before the newest restatement

_KEEP = "insert into period_versions values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing"
_JUDGED = "insert into judged_months values ($1, $2, $3, $4, $5, $6) on conflict do nothing"
_TOTALS = "select month, total, beyond from judged_months where month >= $1 and month <= $2 and recorded_at <= $3 and total is not null"
_PUBLISHED = "select distinct on (month) month, version, known_at, totals from period_versions order by month, version desc"
_RECEIVED = (
    "select distinct on (month) month, totals from period_versions where month <= $1 and recorded_at <= $2 order by month, version desc"
)
_RESTATED_TIMES = "select count(*) from period_versions where month >= $1 and month <= $2 and version > 1 and recorded_at <= $3"
_UNJUDGED = (
    "select distinct month from period_versions p where not exists (select from judged_months j where j.month = p.month) order by month"
)
_RESTATED = (
    "select r.month, r.version, r.known_at, r.recorded_at, r.totals, b.totals as before, r.differences, r.left_out"
    " from period_versions r join period_versions b on b.month = r.month and b.version = r.version - 1"
    " where r.recorded_at <= $1 and ($2::text is null or r.month >= $2) and ($3::text is null or r.month <= $3)"
    " and (r.recorded_at, r.month, r.version) < ($4, $5, $6) order by r.recorded_at desc, r.month desc, r.version desc limit $7"
)


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    versions, judged = [], []
    for event in events:
        body, recorded_at = event.body, event.recorded.recorded_at
        if event.type == MonthJudged.TYPE:
            total = orjson.dumps(body["total"]).decode() if "total" in body else None
            judged.append((body["month"], recorded_at, body["series"], body["signals"], total, body.get("total_beyond")))
            continue
        texts = (orjson.dumps(body["totals"]).decode(), orjson.dumps(body.get("differences", [])).decode())
        known_at = datetime.fromisoformat(body["known_at"])
        versions.append((body["month"], body["version"], known_at, recorded_at, *texts, body.get("left_out", 0)))
    await connection.executemany(_KEEP, versions)
    await connection.executemany(_JUDGED, judged)


@dataclass(frozen=True, slots=True)
class Published:
    """A month's latest version: its totals, as known at that moment."""

    version: int
    known_at: datetime
    totals: Mapping[str, int]


async def published(connection: Connection) -> Mapping[str, Published]:
    """The latest version of every complete month."""
    rows = await connection.fetch(_PUBLISHED)
    return {row["month"]: Published(row["version"], row["known_at"], orjson.loads(row["totals"])) for row in rows}


async def received(connection: Connection, last: str, as_of: datetime) -> Mapping[str, int]:
    """How many were received in each month published by then, up to this one."""
    return {row["month"]: orjson.loads(row["totals"])["received"] for row in await connection.fetch(_RECEIVED, last, as_of)}


async def version(connection: Connection, first: str, last: str, as_of: datetime) -> int:
    """Of the figures of these months as on record by then: 1, and one more with each restatement of any."""
    times: int = await connection.fetchval(_RESTATED_TIMES, first, last, as_of)
    return 1 + times


async def unjudged(connection: Connection) -> list[str]:
    """Complete months nobody has judged yet, the earliest first."""
    return [row["month"] for row in await connection.fetch(_UNJUDGED)]


async def totals_judged(connection: Connection, first: str, last: str, as_of: datetime) -> Mapping[str, dict[str, Any]]:
    """What was found of all complaints together in each judged month: expected, bound, and whether it was beyond."""
    rows = await connection.fetch(_TOTALS, first, last, as_of)
    return {row["month"]: orjson.loads(row["total"]) | {"signal": row["beyond"]} for row in rows}


async def restatements(
    connection: Connection, as_of: datetime, first: str | None, last: str | None, before: tuple[datetime, str, int], limit: int
) -> list[dict[str, Any]]:
    """The newest first; `before` is where the page before ended."""
    rows = await connection.fetch(_RESTATED, as_of, first, last, *before, limit)
    return [told(dict(row)) for row in rows]


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A restatement as it is shown."""
    return {
        "period": row["month"],
        "version": row["version"],
        "known_at": row["known_at"].isoformat(),
        "restated_at": row["recorded_at"].isoformat(),
        "before": orjson.loads(row["before"]),
        "totals": orjson.loads(row["totals"]),
        "differences": [{"dimension": None, "key": None} | one for one in orjson.loads(row["differences"])],
        "left_out": row["left_out"],
    }


VIEW = View("periods", 1, (period_versions, judged_months), frozenset({PeriodClosed.TYPE, PeriodRestated.TYPE, MonthJudged.TYPE}), apply)
