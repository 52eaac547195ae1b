"""Which months brought more than their past explains, what became of it, and which months have a known cause?

The signal, its dismissal and the action it opened come from three streams in two topics; each fills its own columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import TIMESTAMP, BigInteger, Boolean, Column, Index, SmallInteger, Table, Text, Uuid

from services.reporting.schema import metadata
from services.reporting.select import Connection
from services.reporting.views.actions import corrective_actions
from shared.contracts.reporting_signals import MonthAnnotated, TrendSignalDismissed, TrendSignalRaised, TrendSignalRepeated
from shared.envelope import Envelope
from shared.sealing import box
from shared.views import View

MOMENT = TIMESTAMP(timezone=True)

trend_signals = Table(
    "trend_signals",
    metadata,
    Column("signal_id", Uuid, primary_key=True),
    Column("dimension", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("historical", Boolean, nullable=False),
    Column("said", Text, nullable=False),  # JSON: the event
    Column("recorded_at", MOMENT, nullable=False),
    Column("dismissed_at", MOMENT),
    Column("dismissed_by", Text),
    Column("reason", Text),  # sealed
    Index("trend_signals_by_month", "month", "signal_id"),
)
signal_repeats = Table(
    "signal_repeats",
    metadata,
    Column("signal_id", Uuid, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("said", Text, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
)
annotated_months = Table(
    "annotated_months",
    metadata,
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("dimension", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("person", Text),
    Column("recorded_at", MOMENT, nullable=False),
)

_RAISE = (
    "insert into trend_signals (signal_id, dimension, key, month, historical, said, recorded_at) values ($1, $2, $3, $4, $5, $6, $7)"
    " on conflict do nothing"
)
_REPEAT = "insert into signal_repeats values ($1, $2, $3, $4) on conflict do nothing"
_DISMISS = "update trend_signals set dismissed_at = $2, dismissed_by = $3, reason = $4 where signal_id = $1"
_ANNOTATE = "insert into annotated_months values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing"
_STATE = (
    "case when s.dismissed_at <= $1 then 'dismissed' when a.closed_recorded <= $1 then 'closed'"
    " when a.capa_id is not null then 'in_work' else 'raised' end"
)
_FOUND = f"""
select * from (
    select s.*, a.capa_id, {_STATE} as state
    from trend_signals s
    left join {corrective_actions.name} a on a.trigger_ref = s.signal_id::text and a.opened_recorded <= $1
    where s.recorded_at <= $1
) as found
"""
_LIST = (
    f"{_FOUND} where ($2::text is null or month >= $2) and ($3::text is null or month <= $3) and ($4::text is null or state = $4)"
    " and ($5::text is null or dimension = $5) and ($6::text is null or key = $6) and (month, signal_id::text) < ($7, $8)"
    " order by month desc, signal_id::text desc limit $9"
)
_OPEN = f"{_FOUND} where not historical and state in ('raised', 'in_work')"
_REPEATS = "select signal_id, month, said from signal_repeats where signal_id = any($1::uuid[]) and recorded_at <= $2 order by month"
_MONTHS = (
    "select month from trend_signals where dimension = $1 and key = $2 and recorded_at <= $3 union select r.month from signal_repeats r"
    " join trend_signals s using (signal_id) where s.dimension = $1 and s.key = $2 and r.recorded_at <= $3"
)
_ANNOTATED = (
    "select dimension, key, array_agg(distinct month order by month) as months from annotated_months where recorded_at <= $1 group by 1, 2"
)


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """In order: a signal's own events are all in its partition."""
    for event in events:
        body, recorded = event.body, event.recorded
        match event.type:
            case TrendSignalRaised.TYPE:
                series = body["series"]
                said = orjson.dumps(body).decode()
                row = (UUID(body["signal_id"]), series["dimension"], series["key"], body["month"], body["historical"], said)
                await connection.execute(_RAISE, *row, recorded.recorded_at)
            case TrendSignalRepeated.TYPE:
                said = orjson.dumps(body["judged"]).decode()
                await connection.execute(_REPEAT, UUID(body["signal_id"]), body["month"], said, recorded.recorded_at)
            case TrendSignalDismissed.TYPE:
                person = (body.get("actor") or {}).get("person")
                await connection.execute(
                    _DISMISS, UUID(body["signal_id"]), recorded.recorded_at, person, orjson.dumps(box(event, "reason")).decode()
                )
            case _:
                series, person = body["series"], (body.get("actor") or {}).get("person")
                about = (series["dimension"], series["key"], body["month"], person, recorded.recorded_at)
                await connection.execute(_ANNOTATE, recorded.partition, recorded.position, *about)


async def listed(
    connection: Connection, as_of: datetime, wanted: Mapping[str, str | None], before: tuple[str, str], limit: int
) -> list[dict[str, Any]]:
    """The newest month first. `wanted`: from, to, state, dimension, key."""
    found = await connection.fetch(_LIST, as_of, *(wanted[name] for name in ("from", "to", "state", "dimension", "key")), *before, limit)
    again: dict[UUID, list[dict[str, Any]]] = {}
    for row in await connection.fetch(_REPEATS, [row["signal_id"] for row in found], as_of):
        again.setdefault(row["signal_id"], []).append({"month": row["month"], **orjson.loads(row["said"])})
    return [dict(row) | {"said": orjson.loads(row["said"]), "repeats": again.get(row["signal_id"], [])} for row in found]


async def open_series(connection: Connection, as_of: datetime) -> Mapping[tuple[str, str], UUID]:
    """The signal that is open on a series, where there is one."""
    return {(row["dimension"], row["key"]): row["signal_id"] for row in await connection.fetch(_OPEN, as_of)}


async def months_of(connection: Connection, dimension: str, key: str, as_of: datetime) -> frozenset[str]:
    """The months in which a signal was raised on a series, or repeated."""
    return frozenset(row["month"] for row in await connection.fetch(_MONTHS, dimension, key, as_of))


async def annotated(connection: Connection, as_of: datetime) -> Mapping[tuple[str, str], Sequence[str]]:
    """The months of each series that have a known cause."""
    return {(row["dimension"], row["key"]): row["months"] for row in await connection.fetch(_ANNOTATED, as_of)}


VIEW = View(
    "signals",
    1,
    (trend_signals, signal_repeats, annotated_months),
    frozenset({TrendSignalRaised.TYPE, TrendSignalRepeated.TYPE, TrendSignalDismissed.TYPE, MonthAnnotated.TYPE}),
    apply,
)
