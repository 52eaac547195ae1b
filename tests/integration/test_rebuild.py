"""Is a view that was made anew from the log the one that ran, when several processes fold it, and when one of them fails?"""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import asyncpg
import pytest

from conftest import PARTITIONS, Database
from services.reporting.tests.test_views import some_lives
from services.reporting.views import complaints
from shared.envelope import Envelope, to_headers
from shared.log.port import Outgoing, topic_of
from shared.log.postgres import PostgresLog
from shared.postgres.connect import connect
from shared.rebuild import Rebuild
from shared.replay_processes import NotFolded

COMPLAINTS = complaints.VIEW


@dataclass
class Running:
    """A view of reporting as it runs, and the log it was fed from."""

    database: Database
    log: PostgresLog
    envelopes: list[Envelope]

    @classmethod
    async def made(cls, database: Database, log: PostgresLog, envelopes: list[Envelope]) -> Running:
        connection = await database.connect("reporting")
        await COMPLAINTS.apply(connection, [event for event in envelopes if event.type in COMPLAINTS.handles])
        reached: dict[tuple[str, int], int] = defaultdict(int)
        for event in envelopes:
            at = event.recorded
            await log.publish(event.service, [Outgoing(at.partition, event.meta.key, to_headers(at), at.data)])
            reached[topic_of(event.service), at.partition] = at.position
        marks = [(topic, partition, position, position - 1) for (topic, partition), position in reached.items()]
        await connection.executemany("insert into consumer_checkpoints values ('views', $1, $2, $3, $4)", marks)
        await connection.close()
        return cls(database, log, envelopes)

    def rebuild(self) -> Rebuild:
        owner = self.database.owner
        opened = partial(PostgresLog.open, owner.without_keys("reporting"), PARTITIONS, reader="reporting")
        return Rebuild("reporting", owner, self.log, PARTITIONS, open_log=opened, processes=2, worth_processes=1)


@pytest.fixture
async def log(database: Database) -> AsyncIterator[PostgresLog]:
    log = await PostgresLog.open(database.owner, PARTITIONS)
    yield log
    await log.close()


async def test_folded_by_several_processes_it_is_the_one_that_ran(database: Database, log: PostgresLog) -> None:
    running = await Running.made(database, log, some_lives())
    found = await running.rebuild().compare(COMPLAINTS)
    assert found.differences == {table.name: 0 for table in COMPLAINTS.tables}
    assert found.events == len([event for event in running.envelopes if event.service in ("intake", "routing", "survey")])


async def test_poison_in_one_process_stops_the_rebuild_and_the_next_may_begin(database: Database, log: PostgresLog) -> None:
    lives = some_lives()
    running = await Running.made(database, log, lives)
    await _instead(running, Envelope(lives[0].recorded._replace(data=b"not JSON")))
    for _ in range(2):
        with pytest.raises(NotFolded, match="JSONDecodeError"):
            await running.rebuild().switch(COMPLAINTS)


async def test_a_process_that_is_killed_stops_the_rebuild(database: Database, log: PostgresLog) -> None:
    running = await Running.made(database, log, some_lives())
    with pytest.raises(NotFolded, match="ended from outside"):
        await running.rebuild().switch(replace(COMPLAINTS, apply=_killed, build=None))


async def _killed(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _instead(running: Running, event: Envelope) -> None:
    """Damages the log, which only its owner could."""
    admin = await connect(running.database.owner, "log")
    at = event.recorded
    await admin.execute(
        f'update {event.service} set value = $1 where partition = $2 and "offset" = $3', at.data, at.partition, at.position - 1
    )
    await admin.close()
