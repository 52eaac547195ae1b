"""Of which complaints was something recorded between two moments? What was counted as of the first becomes the count as of the second by
what these few added to it then and add to it now.

That is so because versions recorded up to a moment that all sources have passed never change. Where a view was rebuilt, or an event that
was parked was let in, they may, and everything is counted anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.reporting.select import Connection

MOST = 5_000  # of more of them, all is counted as fast

# Both ends belong to it: what was recorded, or fell due, at the first moment itself is looked at twice, which changes nothing.
_BETWEEN = """
select complaint_id as id from complaints where recorded_from >= $1 and recorded_from <= $2
union select complaint_id from complaints where recorded_to >= $1 and recorded_to <= $2
union select coalesce(complaint_id, item_id) from department_work where offered_recorded >= $1 and offered_recorded <= $2
union select coalesce(complaint_id, item_id) from department_work where done_recorded >= $1 and done_recorded <= $2
union select coalesce(complaint_id, item_id) from department_work where due_at >= $1 and due_at <= $2
union select complaint_id from decided_causes where recorded_at >= $1 and recorded_at <= $2
limit $3
"""
_STAMP = """
select (select string_agg(built_at::text, ' ' order by name) from views where name in ('complaints', 'department_work', 'causes')) as built,
       (select string_agg(id::text, ' ' order by id) from parked where consumer = 'views') as parked
"""


async def between(connection: Connection, since: datetime, until: datetime) -> Sequence[UUID] | None:
    """These complaints, and items of work on other feedback; None if they are too many."""
    found = [row["id"] for row in await connection.fetch(_BETWEEN, since, until, MOST + 1)]
    return found if len(found) <= MOST else None


async def made(connection: Connection) -> asyncpg.Record:
    """When the views were built, and which events wait outside them: while that is the same, so is what was known at a moment."""
    (stamp,) = await connection.fetch(_STAMP)
    return stamp
