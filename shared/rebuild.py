"""How is a view made anew? From the log alone, beside the running one, then compared with it or switched.

The new tables stand in the schema `<service>_rebuild`, which comes first in the search path, so the same `apply` fills them.
At the end the running consumer's checkpoint is locked, the rebuild reads on to exactly that point, and the tables change
places in one transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import orjson
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.cannot_start import CannotStart
from shared.contracts import CATALOGUE
from shared.envelope import Envelope, UnknownEvent, from_headers
from shared.log.port import Log, LogRecord, service_of
from shared.postgres.connect import Dsn, connect
from shared.views import View, producers

PAGE = 5000

Vector = dict[tuple[str, int], tuple[int, int]]  # (service, partition) -> (position, log offset) read so far
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
        patient = {"idle_in_transaction_session_timeout": "0", "lock_timeout": "60s"}  # reading the log takes its time
        builder = await connect(self.dsn.for_role(self.service), f"{self.service}_rebuild, {self.service}", **patient)
        owner = await connect(self.dsn, self.service, **patient)
        try:
            if not await owner.fetchval(_ALONE, f"{self.service}.{view.name}"):
                raise AlreadyRebuilding(
                    f"{self.service}.{view.name} is being rebuilt or compared by somebody else; wait until that has ended."
                )
            await self._make_tables(builder, view)
            reader = Reader(self.log, view, self.partitions, self.progress)
            reader.left_out = await self._left_out(builder)
            await self._fill(builder, view, reader)
            async with owner.transaction():
                live = await owner.fetch(_LIVE + " for update")
                limit = {(service_of(r["topic"]), r["partition"]): r["position"] for r in live}
                if await self._left_out(builder) != reader.left_out:
                    raise AlreadyRebuilding("An event was parked or released meanwhile; start again.")
                async for events in reader.pages(limit):
                    await view.apply(builder, events)
                yield owner, reader.read
            await self._drop_tables(builder, view)
        finally:
            await builder.close(timeout=2)
            await owner.close(timeout=2)

    async def _fill(self, builder: asyncpg.Connection, view: View, reader: Reader) -> None:
        rows = await builder.fetch(_LIVE)
        limit = {(service_of(r["topic"]), r["partition"]): r["position"] for r in rows}
        async with builder.transaction():
            if view.build is not None:
                await view.build(builder, reader.pages(limit))
                return
            async for events in reader.pages(limit):
                await view.apply(builder, events)

    async def _left_out(self, builder: asyncpg.Connection) -> frozenset[str]:
        """What the running view has not in it by a person's word, or not yet: discarded and parked events."""
        parked = [f"{service_of(topic)}/{p}/{n}" for topic, p, n in await builder.fetch(_PARKED)]
        rows = await builder.fetch(_DISCARDED, f"{self.service}.parked-event-discarded.v1")
        discarded = [found for row in rows if (found := orjson.loads(row["data"]))["consumer"] == "views"]
        return frozenset(parked) | {found["source"] for found in discarded}

    async def _make_tables(self, builder: asyncpg.Connection, view: View) -> None:
        await self._drop_tables(builder, view)
        for table in view.tables:
            await builder.execute(_statement(CreateTable(table)))
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


def _statement(made: CreateTable | CreateIndex) -> str:
    return str(made.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects have no types


class Reader:
    """Reads the topics a view is fed from, page by page, each record once; partition after partition, so that a `build` has all
    of a complaint's events together (its key falls into the same partition of every topic).
    """

    def __init__(self, log: Log, view: View, partitions: int, progress: Progress) -> None:
        self.read = 0
        self.left_out: frozenset[str] = frozenset()
        self._log = log
        self._view = view
        self._progress = progress
        self._at: Vector = {(s, p): (0, -1) for p in range(partitions) for s in sorted(producers(view.handles))}

    async def pages(self, limit: Mapping[tuple[str, int], int]) -> AsyncIterator[Sequence[Envelope]]:
        """Up to the given positions, from where the last call ended."""
        total = self.read + sum(max(0, limit.get(source, 0) - at[0]) for source, at in self._at.items())
        for (service, partition), start in list(self._at.items()):
            end = limit.get((service, partition), 0)
            position, offset = start
            while position < end:
                records = await self._log.read(service, partition, offset, PAGE)
                if not records:
                    raise LookupError(f"redress.{service}/{partition} ends at {position}, but the view has seen {end}")
                events, position, offset = self._take(records, position, offset, end)
                self._at[service, partition] = (position, offset)
                self._progress(self.read, total)
                if events:
                    yield events

    def _take(self, records: Sequence[LogRecord], position: int, offset: int, end: int) -> tuple[list[Envelope], int, int]:
        events: list[Envelope] = []
        for record in records:
            found = int(record.headers["ce_sequence"])
            if found > end:
                break
            offset = record.offset
            if found <= position:
                continue  # the relay sent it twice
            if found > position + 1:
                raise LookupError(f"{record.topic}/{record.partition}: {found} follows {position}; events are missing on the log")
            position = found
            self.read += 1
            kind = record.headers["ce_type"].decode()
            if f"{service_of(record.topic)}/{record.partition}/{found}" in self.left_out:
                continue
            if kind in self._view.handles:
                events.append(Envelope(from_headers(record.headers, record.value)))
            elif kind not in CATALOGUE:
                raise UnknownEvent(f"{kind} is not an event this version knows; a newer version wrote it.")
        return events, position, offset
