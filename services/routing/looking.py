"""When must a subject's clocks be looked at, and what is there to tell then? One timer a subject, at the next moment of any clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import asyncpg

from services.routing.case import CASE
from services.routing.clocks import FOR_CLOCKS, Clock, Story, fact, in_order, reckon_running
from services.routing.clocks.facts import subjects
from services.routing.clocks.moments import Moment, come, pending
from services.routing.deadlines import DEADLINES, About, Note, Notice, stream_of
from services.routing.hearing import HearWarningMissed
from services.routing.views.clocks import facts_of, stories
from shared.breath import in_breaths
from shared.contracts.vocabulary import ComplaintId, EarlyWarning
from shared.decider import Reaction
from shared.envelope import Envelope
from shared.service import Service
from shared.timers.timers import Due, Look, Looked, Now
from shared.views import View

CLOCKS = "clocks"

# A timer follows from the last thing that was heard of its subject.
_NEXT = (
    "insert into timers (id, kind, stream_id, key, due_at, cause, recorded)"
    " select f.subject, 'clocks', f.subject, f.subject::text, n.at, f.cause, f.caused_at from clock_facts f"
    " join (select subject, min(next_look) as at from running_clocks where {whose} group by subject) n using (subject)"
    " where n.at is not null"
    " on conflict (id) do update set due_at = excluded.due_at, cause = excluded.cause, recorded = excluded.recorded"
    " where timers.due_at <> excluded.due_at"
)
_NONE = (
    "delete from timers t where t.kind = 'clocks' and {whose} and not exists"
    " (select from running_clocks r where r.subject = t.id and r.next_look is not null)"
)


async def _apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    touched = list({subject for event in events for subject in subjects(event)})
    await connection.execute(_NEXT.format(whose="subject = any($1::uuid[])"), touched)
    await connection.execute(_NONE.format(whose="t.id = any($1::uuid[])"), touched)


# It has no tables of its own, so no rebuild touches the timers; it follows the view of the clocks in the same transaction.
TIMERS = View("clock-timers", 1, (), frozenset(FOR_CLOCKS), _apply)


async def in_step(connection: asyncpg.Connection | asyncpg.Pool) -> None:
    """Brings the timers in line with the clocks, which a rebuild or a newer version may have reckoned anew."""
    await connection.execute(_NEXT.format(whose="next_look is not null"))
    await connection.execute(_NONE.format(whose="true"))


def look(service: Service) -> Look:
    """What the timers of clocks tell their streams. Routing's own events are read from the store: the view may lag behind them."""

    async def prepare(connection: asyncpg.Connection, rows: Sequence[Due], now: Now) -> Looked:
        found = await facts_of(connection, [row.stream_id for row in rows])
        own = await service.store.streams(found, connection)
        whole = {subject: in_order((*facts, *map(fact, _about_time(own[subject])))) for subject, facts in found.items()}
        by_subject = {story.subject: story async for story in stories(connection, whole, service.policies)}
        told: list[tuple[Due, Reaction]] = []
        later: list[tuple[Due, datetime]] = []
        async for row in in_breaths(rows):
            if (story := by_subject.get(row.stream_id)) is not None:
                clocks = reckon_running(story, max(now.at, whole[story.subject][-1].at))
                told += ((row, reaction) for reaction in _reactions(story, clocks, now))
                following = min((at for clock in clocks if (at := _after(clock, story, now.at)) is not None), default=None)
                if following is not None:
                    later.append((row, following))
        return Looked(told, later)

    return prepare


def _after(clock: Clock, story: Story, now: datetime) -> datetime | None:
    return next((moment.at for moment in pending(clock, story.notes) if moment.at > now), None)


def _about_time(events: Sequence[Envelope]) -> Iterator[Envelope]:
    return (event for event in events if event.type in FOR_CLOCKS)


def _reactions(story: Story, clocks: Sequence[Clock], now: Now) -> Iterator[Reaction]:
    """In the order of time; at the same moment first what nobody has taken."""
    moments = [moment for clock in clocks for moment in come(clock, story.notes, now.at)]
    moments.sort(key=lambda moment: (moment.at, moment.clock.holder is not None, moment.what == "escalated"))
    if not moments:
        return
    notices = tuple(_notice(story, moment, now) for moment in moments)
    yield Reaction(DEADLINES, stream_of(story.subject), Note(notices), "deadlines", key=story.subject)
    missed = next((m.clock.span.grade for m in moments if m.what == "missed" and m.clock.span.clock == "early_warning"), None)
    if missed is not None:
        yield Reaction(CASE, story.subject, HearWarningMissed(_warning(missed)), "warning-missed", key=story.subject)


def _warning(grade: str) -> EarlyWarning:
    return "A" if grade == "A" else "B" if grade == "B" else "C"


def _notice(story: Story, moment: Moment, now: Now) -> Notice:
    clock = moment.clock
    about = About(
        clock=clock.span.clock,
        instance=clock.span.instance,
        due_at=clock.due_at,
        department=clock.department,
        complaint_id=ComplaintId(story.subject) if story.kind == "complaint" else None,
        feedback_id=story.subject if story.kind == "feedback" else None,
        capa_id=clock.span.capa_id,
        item_id=clock.span.item_id,
    )
    if moment.rung is None:
        return Notice(about, moment.what, moment.at, late=now.late(moment.at))
    to = moment.rung.department or clock.department
    head = next(clock.policy.heads(to), None) if moment.rung.to_head else None
    unassigned = clock.span.item_id is not None and clock.holder is None
    return Notice(
        about, "escalated", moment.at, level=moment.rung.level, to_department=to, to_person=None if head is None else head.person,
        reason_code="unassigned" if unassigned else "overdue",
    )  # fmt: skip
