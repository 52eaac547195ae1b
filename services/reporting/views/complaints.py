"""What was every complaint like, at every moment of recorded time? The grains `complaints`, `transitions` and `open_daily`.

A batch brings events of some complaints. What each of them said before is loaded, its story told anew, and only the rows that
differ are written; a complaint not seen before is written by COPY alone, which is what imports and rebuilds consist of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import TIMESTAMP, Boolean, Column, Date, Double, Index, Integer, LargeBinary, Numeric, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from services.reporting.said import KEPT, Said, in_order, packed, said, unpacked
from services.reporting.schema import metadata
from services.reporting.story import Story
from services.reporting.telling import tell
from shared.envelope import Envelope
from shared.views import View

MOMENT = TIMESTAMP(timezone=True)

complaint_events = Table(
    "complaint_events",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("said", LargeBinary, nullable=False),  # JSON: the contributions in order
)
complaints = Table(
    "complaints",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("recorded_from", MOMENT, primary_key=True),
    Column("recorded_to", MOMENT, nullable=False),
    Column("number", Text, nullable=False),
    Column("external_ref", Text),
    Column("channel", Text, nullable=False),
    Column("content_class", Text, nullable=False),
    Column("nature", Text),
    Column("severity", Text),
    Column("early_warning", Text),
    Column("department", Text, nullable=False),
    Column("issue_codes", ARRAY(Text), nullable=False),
    Column("main_issue_code", Text),
    Column("product_code", Text),
    Column("product_name", Text),
    Column("batch", Text),
    Column("customer_ref", Text),
    Column("customer_name", Text),
    Column("occurred_on", Date),
    Column("received_at", MOMENT, nullable=False),
    Column("registered_at", MOMENT, nullable=False),
    Column("closed_at", MOMENT),
    Column("outcome", Text),
    Column("state", Text, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("remedy_rounds", Integer, nullable=False),
    Column("satisfied_with_handling", Text),
    Column("imported", Boolean, nullable=False),
    Column("data_flags", ARRAY(Text), nullable=False),
    Column("acknowledged_at", MOMENT),
    Column("remedied_at", MOMENT),
    Column("overdue", Boolean, nullable=False),
    Column("amount", Numeric),
    Column("currency", Text),
    Index("complaints_by_receipt", "received_at"),
    Index("complaints_by_recording", "recorded_from"),
    Index("complaints_by_end", "recorded_to"),
    Index("complaints_by_customer", "customer_ref", "main_issue_code", "received_at"),
)
transitions = Table(
    "transitions",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("n", SmallInteger, primary_key=True),
    Column("recorded_at", MOMENT, nullable=False),
    Column("at", MOMENT),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("dwell_hours", Double),
    Column("actor_role", Text),
    Column("department", Text, nullable=False),
    Column("backward", Boolean, nullable=False),
    Column("reopening", Boolean, nullable=False),
    Index("transitions_by_time", "at"),
    Index("transitions_by_recording", "recorded_at"),
)
open_daily = Table(
    "open_daily",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("recorded_from", MOMENT, primary_key=True),
    Column("opened_at", MOMENT, primary_key=True),
    Column("closed_at", MOMENT),
    Column("recorded_to", MOMENT, nullable=False),
    Index("open_daily_by_opening", "opened_at"),
    Index("open_daily_by_recording", "recorded_from"),
    Index("open_daily_by_end", "recorded_to"),
    Index("open_daily_by_closing", "closed_at"),
)
late_spells = Table(
    "late_spells",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("recorded_from", MOMENT, primary_key=True),
    Column("late_from", MOMENT, primary_key=True),
    Column("late_to", MOMENT),
    Column("recorded_to", MOMENT, nullable=False),
    Index("late_spells_by_end", "late_to"),
)

Row = tuple[Any, ...]
_ROWS: Mapping[Table, Callable[[str, Story], Iterable[Row]]] = {
    complaints: lambda of, story: ((of, v.recorded_from, v.recorded_to, *v.facts) for v in story.versions),
    transitions: lambda of, story: ((of, *t) for t in story.transitions),
    open_daily: lambda of, story: ((of, s.recorded_from, s.began_at, s.ended_at, s.recorded_to) for s in story.spells),
    late_spells: lambda of, story: ((of, s.recorded_from, s.began_at, s.ended_at, s.recorded_to) for s in story.late),
}
_KNOWN = "select complaint_id::text, said from complaint_events where complaint_id = any($1::uuid[])"
_SAY = (
    "update complaint_events e set said = u.said from unnest($1::uuid[], $2::bytea[]) as u (complaint_id, said)"
    " where e.complaint_id = u.complaint_id"
)


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """Takes in what the batch says of each complaint."""
    new: dict[str, list[Said]] = {}
    for event in _of_complaints(events):
        new.setdefault(event.body["complaint_id"], []).append(said(event))
    rows = await connection.fetch(_KNOWN, list(new))
    known = {of: unpacked(kept) for of, kept in rows}
    now = {of: in_order((*known.get(of, ()), *more)) for of, more in new.items()}
    await _keep(connection, now, known)
    before = {of: tell(kept) for of, kept in known.items()}
    after = {of: tell(kept) for of, kept in now.items()}
    for table, rows_of in _ROWS.items():
        await _write(connection, table, rows_of, before, after)


def _of_complaints(events: Sequence[Envelope]) -> Iterator[Envelope]:
    """A deadline may be that of other feedback, or of a corrective action."""
    return (event for event in events if event.body.get("complaint_id"))


async def build(connection: asyncpg.Connection, pages: AsyncIterator[Sequence[Envelope]]) -> None:
    """From nothing: folded in memory and written by COPY, partition by partition, since all a complaint's events are in one."""
    gathered: dict[str, list[Said]] = {}
    partition = None
    async for events in pages:
        if events[0].recorded.partition != partition:  # a page is of one partition
            await _write_all(connection, gathered)
            gathered, partition = {}, events[0].recorded.partition
        for event in _of_complaints(events):
            gathered.setdefault(event.body["complaint_id"], []).append(said(event))
    await _write_all(connection, gathered)


async def _write_all(connection: asyncpg.Connection, gathered: Mapping[str, list[Said]]) -> None:
    now = {of: in_order(events) for of, events in gathered.items()}
    await _keep(connection, now, {})
    stories = {of: tell(events) for of, events in now.items()}
    for table, rows_of in _ROWS.items():
        await _write(connection, table, rows_of, {}, stories)


async def _keep(connection: asyncpg.Connection, now: Mapping[str, list[Said]], known: Mapping[str, object]) -> None:
    changed = [(of, packed(kept)) for of, kept in now.items() if of in known]
    if changed:
        await connection.execute(_SAY, [of for of, _ in changed], [kept for _, kept in changed])
    fresh = [(of, packed(kept)) for of, kept in now.items() if of not in known]
    if fresh:
        await connection.copy_records_to_table("complaint_events", records=fresh)


async def _write(
    connection: asyncpg.Connection,
    table: Table,
    rows_of: Callable[[str, Story], Iterable[Row]],
    before: Mapping[str, Story],
    after: Mapping[str, Story],
) -> None:
    """Takes out the rows that no longer hold and puts in those that now do."""
    gone: list[Row] = []
    come: list[Row] = []
    for of, story in after.items():
        had = before.get(of)
        if had is None:
            come.extend(rows_of(of, story))
            continue
        old, new = list(rows_of(of, had)), list(rows_of(of, story))
        gone.extend(row for row in old if row not in new)
        come.extend(row for row in new if row not in old)
    if gone:
        await _take_out(connection, table, gone)
    if come:
        await connection.copy_records_to_table(table.name, records=come)


async def _take_out(connection: asyncpg.Connection, table: Table, gone: Sequence[Row]) -> None:
    keys = [column.name for column in table.primary_key]  # the first columns of every row
    types = {"complaint_id": "uuid", "n": "smallint"}
    given = ", ".join(f"${i}::{types.get(name, 'timestamptz')}[]" for i, name in enumerate(keys, 1))
    same = " and ".join(f"t.{name} = u.{name}" for name in keys)
    await connection.execute(
        f"delete from {table.name} t using unnest({given}) as u ({', '.join(keys)}) where {same}",
        *(list(column) for column in zip(*(row[: len(keys)] for row in gone), strict=True)),
    )


VIEW = View("complaints", 5, (complaint_events, *_ROWS), frozenset(KEPT), apply, build, apart=True)
