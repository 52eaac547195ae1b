"""How much work lies with whom, and how late is it? Counted from the queue and its clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

# What is near was told to be near, or should be by now: then the next thing to tell of its clock is that it is missed.
_STANDING = (
    "select q.state, q.holder, q.holder_name, coalesce(bool_or(r.due_at <= $2), false) as late,"
    " coalesce(bool_or(r.next_look >= r.due_at or r.next_look <= $2), false) as soon"
    " from queue_items q left join running_clocks r on r.item_id = q.id and r.due_at is not null where {which} group by q.id"
)
_COUNTED = (
    "select holder, max(holder_name) as name, count(*) filter (where state = 'open') as open,"
    " count(*) filter (where state = 'taken') as taken, count(*) filter (where soon and not late) as near,"
    f" count(*) filter (where late) as overdue from ({_STANDING}) as standing group by holder order by holder nulls first"
)
_OF_DEPARTMENT = _COUNTED.format(which="q.department = $1 and q.state in ('open', 'taken')")
_OF_PEOPLE = _COUNTED.format(which="q.holder = any($1::text[]) and q.state = 'taken'")

Connection = asyncpg.Pool | asyncpg.Connection


@dataclass(frozen=True, slots=True)
class Load:
    """What lies with a person, or, without one, what nobody has taken."""

    person: str | None
    name: str | None
    open: int = 0
    taken: int = 0
    near: int = 0
    overdue: int = 0


async def of_department(connection: Connection, department: str, now: datetime) -> list[Load]:
    """First what nobody has taken, then by person."""
    return [_load(row) for row in await connection.fetch(_OF_DEPARTMENT, department, now)]


async def of_people(connection: Connection, people: Sequence[str], now: datetime) -> dict[str, Load]:
    """What these people hold, in all departments."""
    return {row["holder"]: _load(row) for row in await connection.fetch(_OF_PEOPLE, list(people), now)}


def _load(row: asyncpg.Record) -> Load:
    return Load(row["holder"], row["name"], row["open"], row["taken"], row["near"], row["overdue"])
