"""Which clocks run, when is each due, and whom does it concern? Work items show it, so queue and clocks are one view.

What events say of time is kept per subject, which is a complaint, other feedback, or a corrective action without a complaint; its
clocks are reckoned anew from all of it whenever more is heard, in whatever order the topics were read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import TIMESTAMP, Column, Index, LargeBinary, Table, Text, Uuid

from services.routing.clocks import FOR_CLOCKS, Clock, Fact, Story, fact, in_order, packed, reckon, reckon_running, tell, unpacked
from services.routing.clocks.facts import subjects
from services.routing.clocks.moments import pending
from services.routing.clocks.story import Item
from services.routing.schema import metadata
from shared.adopted import load
from shared.breath import in_breaths
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
_SHOW = (
    "update queue_items q set due_at = u.due_at, clock = u.clock from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as u (id, due_at, clock)"
    " where q.id = u.id and (q.due_at, q.clock) is distinct from (u.due_at, u.clock)"
)
_CLEAR = "delete from running_clocks where subject = any($1::uuid[])"

Connection = asyncpg.Pool | asyncpg.Connection
Heard = tuple[datetime, UUID]  # when the last event was recorded, and which it was
_NEVER: Heard = (datetime(1900, 1, 1, tzinfo=UTC), UUID(int=0))


def with_clocks(queue: View, policies: Callable[[], Policies]) -> View:
    """The queue with the clocks of a service that knows these policies."""

    async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        for_queue = [event for event in events if event.type in queue.handles]
        if for_queue:
            await queue.apply(connection, for_queue)
        about_time = [event for event in events if event.type in FOR_CLOCKS]
        if about_time:
            facts = await _heard(connection, about_time)
            told = [(story, reckon_running(story, facts[story.subject][-1].at)) async for story in stories(connection, facts, policies())]
            await _write(connection, told)
            await _show_on_work(connection, told)

    return View(queue.name, queue.version, (*queue.tables, clock_facts, running_clocks), queue.handles | frozenset(FOR_CLOCKS), apply)


async def _heard(connection: asyncpg.Connection, events: Sequence[Envelope]) -> Mapping[UUID, Sequence[Fact]]:
    """Keeps what is new, and answers all that is known of its subjects."""
    facts, heard = await _with_what_was(connection, events)
    kept, last = [packed(one) for one in facts.values()], [heard[subject] for subject in facts]
    await connection.execute(_KEEP, list(facts), kept, [cause for _, cause in last], [at for at, _ in last])
    return facts


Told = Sequence[tuple[Story, Sequence[Clock]]]


async def _write(connection: asyncpg.Connection, told: Told) -> None:
    await connection.execute(_CLEAR, [story.subject for story, _ in told])
    rows = [row for story, clocks in told for row in _rows(story, clocks)]
    if rows:
        await connection.copy_records_to_table("running_clocks", records=rows)


async def _show_on_work(connection: asyncpg.Connection, told: Told) -> None:
    """Each item shows when its own clock is due; work that has none, until it is taken, when it must be taken. What is done is due
    no more: a rebuild may hear of it as done at once, and must show the same.
    """
    shown = [(item.id, None if item.done else _clock_of(item, clocks)) for story, clocks in told for item in story.items.values()]
    dues = [None if clock is None or clock.state == "paused" else clock.due_at for _, clock in shown]
    names = [None if clock is None else clock.span.clock for _, clock in shown]
    await connection.execute(_SHOW, [item_id for item_id, _ in shown], dues, names)


def _clock_of(item: Item, clocks: Sequence[Clock]) -> Clock | None:
    its = [clock for clock in clocks if clock.span.item_id == item.id]
    return min(its, key=lambda clock: (clock.span.clock == "take", clock.due_at), default=None)


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


async def stories(connection: Connection, facts: Mapping[UUID, Sequence[Fact]], policies: Policies) -> AsyncIterator[Story]:
    """The stories of these subjects. A version that is not in memory was decided by somebody who had it from the table."""
    async for subject, of in in_breaths(facts.items()):
        try:
            yield tell(subject, of, policies)
        except PolicyUnknown:
            policies = await load(connection, policies)
            yield tell(subject, of, policies)


def _rows(story: Story, clocks: Sequence[Clock]) -> Iterator[tuple[Any, ...]]:
    for clock in clocks:
        if not clock.span.tells:
            continue
        span = clock.span
        stands = clock.state == "paused"
        following = next(pending(clock, story.notes), None)
        yield (
            story.subject, span.clock, span.instance, story.kind, clock.department, span.item_id, clock.holder, span.capa_id,
            story.terms[-1].severity if story.terms else None, span.since, None if stands else clock.due_at, None if following is None else following.at,
        )  # fmt: skip


async def facts_of(connection: Connection, subjects: Sequence[UUID]) -> dict[UUID, list[Fact]]:
    """What is known of these subjects' time, as far as there is anything."""
    return {row["subject"]: unpacked(row["facts"]) for row in await connection.fetch(_KNOWN, subjects)}


async def reckoned(connection: Connection, subject: UUID, policies: Policies, now: datetime) -> list[Clock]:
    """The clocks of one subject as they stand. What was recorded counts, though the machine that recorded it be a little ahead."""
    facts = await facts_of(connection, [subject])
    at = max((now, *(one.at for one in facts.get(subject, ())[-1:])))
    return [clock async for story in stories(connection, facts, policies) for clock in reckon(story, at)]


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
