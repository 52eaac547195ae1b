"""How is a view made anew? From the log alone, beside the running one, then compared with it or switched.

The new tables stand in the schema `<service>_rebuild`, which comes first in the search path, so the same `apply` fills them.
At the end the running consumer's checkpoint is locked, the rebuild reads on to exactly that point, and the tables change
places in one transaction.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import orjson
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.cannot_start import CannotStart
from shared.log.port import Log, service_of
from shared.postgres.connect import Dsn, connect
from shared.replay import Replay, Source
from shared.replay_processes import Folded, OpenLog, Share, connect_builder, fold, fold_apart
from shared.views import View, producers

WORTH_PROCESSES = 50_000  # events; processes take a second to start
Progress = Callable[[int, int], None]  # records read, records in all

_LIVE = "select topic, partition, position from consumer_checkpoints where consumer = 'views'"
_ALONE = "select pg_try_advisory_lock(7005, hashtext($1))"  # ends with the connection
_PARKED = "select topic, partition, position from parked where consumer = 'views'"
_DISCARDED = "select data from events where type = $1"
# By name: a column that a migration added stands last in the old table, and where it belongs in the new one.
_DIFFERENCE = (
    "select count(*) from ((select {columns} from {old} except all select {columns} from {new})"
    " union all (select {columns} from {new} except all select {columns} from {old})) d"
)


class AlreadyRebuilding(CannotStart):
    """Two at once would build in the same tables."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild read, and per table how many rows differ from the running view (None when not compared)."""

    service: str
    view: str
    events: int
    differences: Mapping[str, int] | None


@dataclass(frozen=True)
class Rebuild:
    """Rebuilds the views of one service. It never parks: an event it cannot apply stops it."""

    service: str
    dsn: Dsn
    log: Log
    partitions: int
    progress: Progress = lambda read, total: None
    open_log: OpenLog | None = None  # the same log for other processes; without it there are none
    processes: int = field(default_factory=lambda: os.cpu_count() or 1)
    worth_processes: int = WORTH_PROCESSES

    async def compare(self, view: View) -> Rebuilt:
        """Builds beside and says how many rows differ; changes nothing."""
        async with self._beside(view) as (owner, events):
            found = {}
            for table in view.tables:
                names = {"old": f'{self.service}."{table.name}"', "new": f'{self.service}_rebuild."{table.name}"'}
                names["columns"] = ", ".join(f'"{column.name}"' for column in table.columns)
                found[table.name] = await owner.fetchval(_DIFFERENCE.format(**names))
        return Rebuilt(self.service, view.name, events, found)

    async def switch(self, view: View) -> Rebuilt:
        """Builds beside, then puts the new tables in the place of the old ones."""
        async with self._beside(view) as (owner, events):
            for table in view.tables:
                await self._swap(owner, table)
            await owner.execute(
                f"insert into {self.service}.views as v (name, version) values ($1, $2)"
                " on conflict (name) do update set version = excluded.version, built_at = clock_timestamp()",
                view.name, view.version,
            )  # fmt: skip
        return Rebuilt(self.service, view.name, events, None)

    @asynccontextmanager
    async def _beside(self, view: View) -> AsyncIterator[tuple[asyncpg.Connection, int]]:
        """The new tables, filled to exactly where the running view stands, while that is held still."""
        builder = await connect_builder(self.dsn, self.service)
        owner = await connect(self.dsn, self.service, idle_in_transaction_session_timeout="0", lock_timeout="60s")
        try:
            if not await owner.fetchval(_ALONE, f"{self.service}.{view.name}"):
                raise AlreadyRebuilding(
                    f"{self.service}.{view.name} is being rebuilt or compared by somebody else; wait until that has ended."
                )
            await self._make_tables(builder, view)
            left_out = await self._left_out(builder)
            folded = await self._fold(view, await _stands(builder), left_out)
            if view.build is not None:
                await self._make_keys(builder, view)
            async with owner.transaction():
                limit = await _stands(owner, " for update")
                if await self._left_out(builder) != left_out:
                    raise AlreadyRebuilding("An event was parked or released meanwhile; start again.")
                rest = Replay(self.log, view, range(self.partitions), left_out, places=dict(folded.places))
                async for events in rest.pages(limit):
                    await view.apply(builder, events)
                yield owner, folded.read + rest.read
            await self._drop_tables(builder, view)
        finally:
            await builder.close(timeout=2)
            await owner.close(timeout=2)

    async def _fold(self, view: View, limit: Mapping[Source, int], left_out: frozenset[str]) -> Folded:
        """In this process, or where it is worth their start, in as many as there are cores."""
        total = sum(limit[source] for source in limit if source[0] in producers(view.handles))
        read = 0

        def showing(records: int) -> None:
            nonlocal read
            read += records
            self.progress(read, total)

        dsn, everything = self.dsn.without_keys(self.service), range(self.partitions)
        if view.apart and self.open_log is not None and self.processes > 1 and total >= self.worth_processes:
            portions = [everything[first :: self.processes] for first in range(self.processes)]
            shares = [Share(self.service, dsn, view, portion, limit, left_out) for portion in portions if portion]
            return await fold_apart(shares, self.open_log, showing)
        return await fold(Share(self.service, dsn, view, everything, limit, left_out), self.log, showing)

    async def _left_out(self, builder: asyncpg.Connection) -> frozenset[str]:
        """What the running view has not in it by a person's word, or not yet: discarded and parked events."""
        parked = [f"{service_of(topic)}/{p}/{n}" for topic, p, n in await builder.fetch(_PARKED)]
        rows = await builder.fetch(_DISCARDED, f"{self.service}.parked-event-discarded.v1")
        discarded = [found for row in rows if (found := orjson.loads(row["data"]))["consumer"] == "views"]
        return frozenset(parked) | {found["source"] for found in discarded}

    async def _make_tables(self, builder: asyncpg.Connection, view: View) -> None:
        """Those that a `build` fills have no keys yet: to make them afterwards takes half the time of minding them at each row."""
        await self._drop_tables(builder, view)
        for table in view.tables:
            await builder.execute(_statement(CreateTable(table)))
            if view.build is not None:
                await builder.execute(f'alter table {self.service}_rebuild."{table.name}" drop constraint "{table.name}_pkey"')
            else:
                await self._make_indexes(builder, table)

    async def _make_keys(self, builder: asyncpg.Connection, view: View) -> None:
        for table in view.tables:
            columns = ", ".join(column.name for column in table.primary_key)
            await builder.execute(f'alter table {self.service}_rebuild."{table.name}" add primary key ({columns})')
            await self._make_indexes(builder, table)

    async def _make_indexes(self, builder: asyncpg.Connection, table: Table) -> None:
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            await builder.execute(_statement(CreateIndex(index)))

    async def _drop_tables(self, builder: asyncpg.Connection, view: View) -> None:
        for table in view.tables:
            await builder.execute(f'drop table if exists {self.service}_rebuild."{table.name}"')

    async def _swap(self, owner: asyncpg.Connection, table: Table) -> None:
        new = f'{self.service}_rebuild."{table.name}"'
        await owner.execute(f'drop table {self.service}."{table.name}"')
        await owner.execute(f"alter table {new} owner to redress_{self.service}_owner")
        await owner.execute(f"alter table {new} set schema {self.service}")
        rights = "select, insert, update, delete, truncate"
        await owner.execute(f'grant {rights} on {self.service}."{table.name}" to redress_{self.service}')


async def _stands(connection: asyncpg.Connection, lock: str = "") -> dict[Source, int]:
    """Up to which position of each source the running views have come."""
    return {(service_of(r["topic"]), r["partition"]): r["position"] for r in await connection.fetch(_LIVE + lock)}


def _statement(made: CreateTable | CreateIndex) -> str:
    return str(made.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects have no types
