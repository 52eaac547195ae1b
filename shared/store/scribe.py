"""How do changes get onto paper? Numbers, seals, bytes, then `append`, inside the caller's transaction."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from shared.clock import Clock
from shared.decider import Refused
from shared.sealing import KEY, Vault
from shared.store.append import Appended, Item, append
from shared.store.encode import Change, NumberRow, items, number_kinds, numbered, subjects
from shared.store.partition import partition_of

EVENT_LIMIT = 512 * 1024  # every topic takes this much, so nothing can stick at the producer

_NUMBERS = (
    "insert into numbers as n (kind, year, last) select k, $2, c from unnest($1::text[], $3::bigint[]) as u (k, c) order by k"
    " on conflict (kind, year) do update set last = n.last + excluded.last returning kind, last"
)


class EventTooLarge(Exception):
    """An event is over the limit that every topic can take."""


@dataclass(frozen=True, slots=True)
class Scribe:
    """Writes one service's events: whose keys seal them, which clock and zone number them, how many partitions there are."""

    vault: Vault
    clock: Clock
    zone: ZoneInfo
    partitions: int

    def partition(self, key: str) -> int:
        return partition_of(key, self.partitions)

    def ready(self, changes: Sequence[Change]) -> list[Item] | None:
        """The changes in bytes, where neither a number nor a key has to be asked for first; otherwise None."""
        if subjects(changes) or any(True for _ in number_kinds(changes)):
            return None
        ready = items(changes, {}, self.partitions)
        _check_sizes(ready)
        return ready

    async def write_ready(self, connection: asyncpg.Connection, ready: Sequence[Item]) -> list[Appended]:
        """Appends what has its bytes already."""
        return await self._append(connection, ready)

    async def write(
        self, connection: asyncpg.Connection, changes: Sequence[Change], *, mute: bool = False
    ) -> tuple[list[Change], list[Appended]]:
        """Numbers, seals and appends; take it last in the transaction, the locks it takes are held to commit.

        Answers the changes with their numbers, and where each stands; what conflicted was not written. A person who writes
        about an erased subject is refused; what nobody waits for must go on, so with `mute` its text is sealed under a key
        that is kept nowhere.
        """
        changes = await self._numbered(connection, changes)
        ready = items(changes, await self._keys(connection, changes, mute=mute), self.partitions)
        _check_sizes(ready)
        return changes, await self._append(connection, ready)

    async def _append(self, connection: asyncpg.Connection, ready: Sequence[Item]) -> list[Appended]:
        appended = await append(connection, ready, self.clock.recorded_now())
        for one in appended:
            if not one.conflict:
                self.clock.recorded(one.recorded_at)
        return appended

    async def _numbered(self, connection: asyncpg.Connection, changes: Sequence[Change]) -> list[Change]:
        kinds = Counter(number_kinds(changes))
        if not kinds:
            return list(changes)
        year = self.clock.now().astimezone(self.zone).year
        names = sorted(kinds)
        rows = await connection.fetch(_NUMBERS, names, year, [kinds[k] for k in names])
        given = NumberRow(year, {r["kind"]: r["last"] - kinds[r["kind"]] for r in rows})
        return [numbered(change, given.next) for change in changes]

    async def _keys(self, connection: asyncpg.Connection, changes: Sequence[Change], *, mute: bool) -> Mapping[UUID, bytes]:
        wanted = subjects(changes)
        if not wanted:
            return {}
        found = await self.vault.keys(connection, wanted, make=True)
        keys = {subject: key for subject in wanted if (key := found.get(subject)) is not None}
        if len(keys) < len(wanted) and not mute:
            raise Refused(
                "erased", "The person's data is erased, so no text about them can be kept. Leave the text out where that is possible."
            )
        return keys | {subject: os.urandom(KEY) for subject in wanted - keys.keys()}


def _check_sizes(ready: Sequence[Item]) -> None:
    for one in ready:
        for event in one.events:
            if len(event.data) > EVENT_LIMIT:
                raise EventTooLarge(f"{event.type} has {len(event.data)} bytes; at most {EVENT_LIMIT} fit.")
