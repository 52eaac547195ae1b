"""What do tests stand on? Keys, settings, and a real database: made once, copied for each test that asks."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings as hypothesis_settings

from deploy.kafka.broker import Broker
from shared.keys import Keys
from shared.log.kafka_topics import Topics
from shared.postgres.connect import Dsn, connect, open_pool
from shared.postgres.embedded import EmbeddedPostgres
from shared.postgres.migrate import migrate
from shared.settings import Settings
from tests.broker import MISSING, Elsewhere, a_broker, delete

PARTITIONS = 8

hypothesis_settings.register_profile("redress", deadline=None)  # a busy machine is no counterexample
hypothesis_settings.load_profile("redress")

_numbers = count(1)


@dataclass(frozen=True)
class Database:
    """A migrated, empty database of its own."""

    owner: Dsn
    keys: Keys

    def for_role(self, service: str) -> Dsn:
        return self.owner.for_role(service)

    async def connect(self, service: str) -> asyncpg.Connection:
        """As a service; the caller closes it, or the end of the test does."""
        return await connect(self.for_role(service), service)

    @asynccontextmanager
    async def pool(self, service: str, *, max_size: int = 4) -> AsyncIterator[asyncpg.Pool]:
        pool = await open_pool(self.for_role(service), service, min_size=1, max_size=max_size)
        try:
            yield pool
        finally:
            pool.terminate()


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.generate()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data=tmp_path, port=0, partitions=PARTITIONS)


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="redress-tests-") as folder:
        yield Path(folder)


@pytest_asyncio.fixture(scope="session")
async def postgres(postgres_folder: Path, keys: Keys) -> AsyncIterator[EmbeddedPostgres]:
    """The server all tests share. What it writes need not survive a power cut."""
    server = await EmbeddedPostgres.start(postgres_folder, keys, options={"fsync": "off", "full_page_writes": "off"})
    try:
        yield server
    finally:
        await server.stop()


@pytest_asyncio.fixture(scope="session")
async def template(postgres: EmbeddedPostgres, keys: Keys) -> Dsn:
    """A migrated database; nobody is connected to it, so it can be copied."""
    await migrate(postgres.owner, keys, PARTITIONS)
    return postgres.owner


@pytest_asyncio.fixture
async def database(template: Dsn, keys: Keys) -> AsyncIterator[Database]:
    name = f"test_{next(_numbers)}"
    at = replace(template, database="postgres")
    await _run(at, f"create database {name} template {template.database} strategy file_copy")
    yield Database(replace(template, database=name), keys)
    await _run(at, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker | Elsewhere]:
    """The broker all tests share: each takes topics of its own."""
    with a_broker(tmp_path_factory.mktemp("kafka")) as found:
        yield found


@pytest_asyncio.fixture
async def kafka_topics(broker: Broker | Elsewhere) -> AsyncIterator[Topics]:
    """Names of a test's own on the shared broker; topics of these names are deleted afterwards."""
    topics = Topics(broker.bootstrap, PARTITIONS, prefix=f"test-{uuid4().hex[:8]}.")
    yield topics
    await delete(topics)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missed = [report for report in terminalreporter.getreports("skipped") if MISSING in str(report.longrepr)]
    if missed:
        terminalreporter.write_line(f"WARNING: {len(missed)} tests were not run, {missed[0].longrepr[2].partition(': ')[2]}", yellow=True)


async def _run(at: Dsn, statement: str) -> None:
    connection = await connect(at, "public")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
