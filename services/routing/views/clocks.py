"""Which clocks run, when is each due, and whom does it concern?

What events say of time is kept per subject, which is a complaint, other feedback, or a corrective action without a complaint; its
clocks are reckoned anew from all of it whenever more is heard, in whatever order the topics were read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import TIMESTAMP, Column, Index, LargeBinary, Table, Text, Uuid

from services.routing.clocks import FOR_CLOCKS, Clock, Fact, Story, fact, in_order, packed, reckon, tell, unpacked
from services.routing.clocks.facts import subjects
from services.routing.clocks.moments import pending
from services.routing.schema import metadata
from shared.adopted import load
from shared.envelope import Envelope
from shared.policy import Policies, PolicyUnknown
from shared.views import View

MOMENT = TIMESTAMP(timezone=True)

clock_facts = Table(
    "clock_facts",
    metadata,
    Column("subject", Uuid, primary_key=True),
    Column("facts", LargeBinary, nullable=False),  # JSON: what the events said, in order
    Column("cause", Uuid, nullable=False),  # the last of them, and when it was recorded: what a timer follows from
    Column("caused_at", MOMENT, nullable=False),
)
running_clocks = Table(
    "running_clocks",
    metadata,
    Column("subject", Uuid, primary_key=True),
    Column("clock", Text, primary_key=True),
    Column("instance", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # of the subject: complaint, feedback, capa
    Column("department", Text, nullable=False),
    Column("item_id", Uuid),
    Column("holder", Text),
    Column("capa_id", Uuid),
    Column("severity", Text),
    Column("started_at", MOMENT, nullable=False),
    Column("due_at", MOMENT),  # none while it is paused
    Column("next_look", MOMENT),  # when there is something to tell of it
    Index("running_clocks_by_department", "department", "due_at"),
    Index("running_clocks_by_item", "item_id"),
)

_KNOWN = "select subject, facts, cause, caused_at from clock_facts where subject = any($1::uuid[])"
_KEEP = (
    "insert into clock_facts (subject, facts, cause, caused_at) select * from unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::timestamptz[])"
    " on conflict (subject) do update set facts = excluded.facts, cause = excluded.cause, caused_at = excluded.caused_at"
)
_CLEAR = "delete from running_clocks where subject = any($1::uuid[])"

Connection = asyncpg.Pool | asyncpg.Connection
Heard = tuple[datetime, UUID]  # when the last event was recorded, and which it was


def clocks_view(policies: Callable[[], Policies]) -> View:
    """The view of a service that knows these policies."""

    async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        facts, heard = await _with_what_was(connection, events)
        await connection.execute(
            _KEEP,
            list(facts),
            [packed(one) for one in facts.values()],
            [heard[subject][1] for subject in facts],
            [heard[subject][0] for subject in facts],
        )
        told = await stories(connection, facts, policies())
        await connection.execute(_CLEAR, list(facts))
        rows = [row for story, of in zip(told, facts.values(), strict=True) for row in _rows(story, of[-1].at)]
        if rows:
            await connection.copy_records_to_table("running_clocks", records=rows)

    return View("clocks", 1, (clock_facts, running_clocks), frozenset(FOR_CLOCKS), apply)


async def _with_what_was(connection: asyncpg.Connection, events: Sequence[Envelope]) -> tuple[dict[UUID, list[Fact]], Mapping[UUID, Heard]]:
    """All that is known of the subjects of these events."""
    new: dict[UUID, list[Fact]] = {}
    heard: dict[UUID, Heard] = {}
    for event in events:
        for subject in subjects(event):
            new.setdefault(subject, []).append(fact(event))
            heard[subject] = max(heard.get(subject, _NEVER), (event.recorded.recorded_at, event.recorded.event_id))
    for row in await connection.fetch(_KNOWN, list(new)):
        new[row["subject"]] += unpacked(row["facts"])
        heard[row["subject"]] = max(heard[row["subject"]], (row["caused_at"], row["cause"]))
    return {subject: in_order(facts) for subject, facts in new.items()}, heard


_NEVER: Heard = (datetime.fromisoformat("1900-01-01T00:00:00Z"), UUID(int=0))


async def stories(connection: Connection, facts: Mapping[UUID, Sequence[Fact]], policies: Policies) -> list[Story]:
    """The stories of these subjects. A version that is not in memory was decided by somebody who had it from the table."""
    try:
        return [tell(subject, of, policies) for subject, of in facts.items()]
    except PolicyUnknown:
        known = await load(connection, policies)
        return [tell(subject, of, known) for subject, of in facts.items()]


def _rows(story: Story, at: datetime) -> Iterator[tuple[Any, ...]]:
    for clock in reckon(story, at):
        if clock.over or not clock.span.tells:
            continue
        span = clock.span
        stands = clock.state == "paused"
        looks = [moment.at for moment in pending(clock, story.notes)]
        yield (
            story.subject, span.clock, span.instance, story.kind, clock.department, span.item_id, clock.holder, span.capa_id,
            story.terms[-1].severity if story.terms else None, span.since, None if stands else clock.due_at, min(looks, default=None),
        )  # fmt: skip


async def facts_of(connection: Connection, subjects: Sequence[UUID]) -> dict[UUID, list[Fact]]:
    """What is known of these subjects' time, as far as there is anything."""
    return {row["subject"]: unpacked(row["facts"]) for row in await connection.fetch(_KNOWN, subjects)}


async def reckoned(connection: Connection, subject: UUID, policies: Policies, now: datetime) -> list[Clock]:
    """The clocks of one subject as they stand. What was recorded counts, though the machine that recorded it be a little ahead."""
    facts = await facts_of(connection, [subject])
    at = max((now, *(one.at for one in facts.get(subject, ())[-1:])))
    return [clock for story in await stories(connection, facts, policies) for clock in reckon(story, at)]


_LATE = (
    "select r.*, c.number, (r.item_id is not null and r.holder is null) as unassigned from running_clocks r"
    " left join cases c on c.complaint_id = r.subject where r.due_at <= $1 and ($2::text[] is null or r.department = any($2::text[]))"
    " and ($3::bool is null or (r.item_id is null or r.holder is not null, r.due_at, r.subject, r.clock, r.instance)"
    " > ($3::bool, $4::text::timestamptz, $5::uuid, $6::text, $7::text))"
    " order by (r.item_id is null or r.holder is not null), r.due_at, r.subject, r.clock, r.instance limit $8"
)

After = tuple[bool, str, UUID, str, str]  # assigned, due, subject, clock and instance of the last one shown


async def late(
    connection: Connection, now: datetime, departments: Sequence[str] | None, limit: int, after: After | None
) -> list[asyncpg.Record]:
    """What is overdue now: first what nobody has taken, then by how long."""
    return list(await connection.fetch(_LATE, now, departments, *(after or (None,) * 5), limit))
