"""Do a view's rows each belong to one partition? Then a rebuild may fold several partitions at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import asyncpg

from shared.envelope import Envelope
from shared.views import View


async def assert_apart(connection: asyncpg.Connection, view: View, envelopes: Sequence[Envelope]) -> None:
    """Each partition's events alone give its part of the rows that all events together give. Leaves the tables empty."""
    mine = [event for event in envelopes if event.type in view.handles]
    partitions = {event.recorded.partition for event in mine}
    assert len(partitions) > 1, "a story in one partition shows nothing"
    together = await _taken(connection, view, mine)
    assert together.total(), "nothing came of the story"
    apart: Counter[tuple[object, ...]] = Counter()
    for partition in sorted(partitions):
        apart += await _taken(connection, view, [event for event in mine if event.recorded.partition == partition])
    assert apart == together


async def _taken(connection: asyncpg.Connection, view: View, events: Sequence[Envelope]) -> Counter[tuple[object, ...]]:
    await view.apply(connection, events)
    rows: Counter[tuple[object, ...]] = Counter()
    for table in view.tables:
        rows.update((table.name, repr(tuple(row))) for row in await connection.fetch(f'delete from "{table.name}" returning *'))
    return rows
