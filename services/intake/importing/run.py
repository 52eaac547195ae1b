"""How does a file get into the store? Surveyed first, then a thousand complaints at a time, the next ones read meanwhile.

An import can be cut off anywhere and run again: what is there is known by its id, and nothing is stored twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from services.intake.importing.coverage import Coverage
from services.intake.importing.grouping import RefusedRow, Survey, read_rows, survey
from services.intake.importing.identity import stream_of
from services.intake.importing.import_run import IMPORT_RUN, FinishImport, ImportRun, StartImport
from services.intake.importing.imported import Assembler, ImportedComplaint
from services.intake.importing.mapping import ImportMapping
from services.intake.importing.reading import Table, open_table
from services.intake.importing.rejected import Rejected
from services.intake.importing.report import ImportReport
from services.intake.importing.taking_in import Intake
from shared.commands import Asked
from shared.contracts.vocabulary import Actor
from shared.relay.pace import Pace
from shared.service import Service

T = TypeVar("T")
Progress = Callable[[int, int], None]  # rows done, rows in the file

BATCH = 1000  # complaints in one transaction
BREATH = 50  # groups read before others in this process get their turn
IMPORTER = Actor(person="redress", name="Redress", role="system")
LOCK = 7004  # lock class: one import of a source at a time

_TAKE = "select pg_try_advisory_lock($1, hashtext($2))"  # ends with the connection


class AlreadyImporting(Exception):
    """Another import of the same source is under way."""


async def run_import(
    service: Service,
    path: Path,
    mapping: ImportMapping,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    actor: Actor = IMPORTER,
) -> ImportReport:
    """Takes a table in. Raises UnreadableTable, MappingError or AlreadyImporting before anything is stored."""
    began = time.monotonic()
    table = await asyncio.to_thread(open_table, path, mapping.source)
    async with AsyncExitStack() as stack:
        if not dry_run:
            connection = await service.connect()
            stack.push_async_callback(connection.close, timeout=2)
            if not await connection.fetchval(_TAKE, LOCK, mapping.source.name):
                raise AlreadyImporting(f"An import of {mapping.source.name} is running already; wait until it has finished.")
        found = await asyncio.to_thread(survey, table, mapping)
        rejected = stack.enter_context(Rejected(path, table.header))
        run = _Run(service, table, mapping, found, rejected, Asked(actor), progress)
        await (run.look_through() if dry_run else run.take_in())
    run.report.rejected_file, run.report.problem = rejected.path, rejected.unwritable
    run.report.seconds = time.monotonic() - began
    return run.report


class _Run:
    """One run over one table."""

    def __init__(
        self,
        service: Service,
        table: Table,
        mapping: ImportMapping,
        found: Survey,
        rejected: Rejected,
        asked: Asked,
        progress: Progress | None,
    ) -> None:
        self.report = ImportReport(mapping.source.name, table.path.name, rows=found.rows)
        self._service = service
        self._table = table
        self._mapping = mapping
        self._survey = found
        self._rejected = rejected
        self._asked = asked
        self._progress = progress or (lambda done, total: None)
        self._intake = Intake(service, self.report)
        self._pace = Pace(service.pool)
        self._coverage = Coverage(mapping.source, service.zone)
        self._stream = stream_of(mapping.source.name)

    async def look_through(self) -> None:
        """A dry run: everything but the storing."""
        self.report.dry_run = True
        async with aclosing(self._batches()) as batches:
            async for batch in batches:
                for complaint in await self._intake.sorted_out(batch):
                    self.report.was_made(complaint)
        self.report.covers_from, self.report.covers_to = self._coverage.days()

    async def take_in(self) -> None:
        """Starts when there is something new, or at a source's first import; then it also finishes."""
        history = await self._service.store.stream(self._stream)
        before: ImportRun = IMPORT_RUN.fold(self._stream, (envelope.data for envelope in history))
        under_way = before.running is not None  # it was cut off
        async with aclosing(_read_ahead(self._batches())) as batches:
            async for batch in batches:
                fresh = await self._intake.sorted_out(batch)
                if fresh and not under_way:
                    await self._start()
                    under_way = True
                if fresh:
                    await self._intake.take_in(fresh, self._asked)
                    await self._pace.keep()
        covers = self.report.covers_from, self.report.covers_to = self._coverage.days()
        if not under_way and (before.started == 0 or covers != before.covers):
            await self._start()
            under_way = True
        if under_way:
            await self._finish()

    async def _start(self) -> None:
        command = StartImport(self._mapping.source.name, self._table.path.name)
        await self._service.commands.handle(IMPORT_RUN, self._stream, command, self._asked)
        self._asked = await self._later()

    async def _finish(self) -> None:
        r = self.report
        covers = (r.covers_from, r.covers_to)
        command = FinishImport(r.source, r.rows, r.complaints, r.already_there, r.changed, r.refused, r.doubtful, covers)
        await self._service.commands.handle(IMPORT_RUN, self._stream, command, await self._later())

    async def _later(self) -> Asked:
        """After all that is recorded so far, in whatever partition: the complaints after the start, the end after them."""
        heads = await self._service.store.heads()
        return replace(self._asked, after=max(time for _, time in heads.values()))

    async def _batches(self) -> AsyncGenerator[list[ImportedComplaint]]:
        zone, total = self._service.zone, self._survey.rows
        assembler = Assembler(self._mapping, zone, self._service.clock.now(), self._service.keys.derive("import-fingerprint"))
        batch: list[ImportedComplaint] = []
        done = 0
        for number, group in enumerate(read_rows(self._table, self._mapping, zone, self._survey.repeats)):
            for one in [group] if isinstance(group, RefusedRow) else assembler.complaints(group):
                done += self._noted(one)
                if isinstance(one, ImportedComplaint):
                    batch.append(one)
            if len(batch) >= BATCH:
                yield batch
                if done < total:
                    self._progress(done, total)
                batch = []
            elif number % BREATH == 0:
                await asyncio.sleep(0)
        if batch:
            yield batch
        self._progress(total, total)

    def _noted(self, one: ImportedComplaint | RefusedRow) -> int:
        """Counts and lists it; answers how many rows that were."""
        if isinstance(one, RefusedRow):
            self._rejected.add(one)
            self.report.was_refused(one)
            return 1
        self._coverage.saw([round.received_at for round in one.history.rounds])
        if one.doubts:
            self.report.was_doubtful(one)
        return len(one.lines)


async def _read_ahead(source: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """The next item is made ready while the last one is on its way to the disk."""
    ahead = asyncio.ensure_future(anext(source, None))
    try:
        while (item := await ahead) is not None:
            ahead = asyncio.ensure_future(anext(source, None))
            yield item
    finally:
        ahead.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await ahead
        await source.aclose()
