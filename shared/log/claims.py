"""Which partitions are mine? Those whose session advisory lock this connection holds.

The connection must be nobody else's: a pool resets its connections and drops their locks. Lost connection, lost claims.
"""

from __future__ import annotations

from collections.abc import Iterable

import asyncpg

RELAY = 7002  # lock classes; 7001 is append's
SUBSCRIPTION = 7003
SENDER = 7004

_TAKE = "select pg_try_advisory_lock($1, hashtext($2::text || '/' || $3::int))"
_RELEASE = "select pg_advisory_unlock($1, hashtext($2::text || '/' || p)) from unnest($3::int[]) p"


class Claims:
    """Partitions under one name (a schema, a group), each held by one instance at a time."""

    def __init__(self, connection: asyncpg.Connection, lock_class: int, name: str) -> None:
        self._connection = connection
        self._class = lock_class
        self._name = name
        self._held: frozenset[int] = frozenset()

    @property
    def held(self) -> frozenset[int]:
        return frozenset() if self._connection.is_closed() else self._held

    async def take(self, wanted: Iterable[int], most: int) -> frozenset[int]:
        """Claims up to `most` of the wanted that nobody has; answers the new ones. Never waits."""
        taken: set[int] = set()
        for partition in wanted:
            if len(taken) == most:
                break
            # A lock once held would be counted twice, and survive its first release.
            if partition not in self._held and await self._connection.fetchval(_TAKE, self._class, self._name, partition):
                taken.add(partition)
                self._held |= {partition}
        return frozenset(taken)

    async def release(self, some: Iterable[int]) -> None:
        given_up = self._held.intersection(some)
        if given_up:
            await self._connection.execute(_RELEASE, self._class, self._name, sorted(given_up))
            self._held -= given_up
