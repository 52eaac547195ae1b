"""Where is measured? On a fresh database: a server of our own with everything on, or the one REDRESS_DATABASE_URL names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg

from shared import memory
from shared.clock import MachineClock
from shared.keys import Keys
from shared.log.postgres import PostgresLog
from shared.postgres.connect import Dsn, connect
from shared.postgres.embedded import EmbeddedPostgres
from shared.postgres.migrate import migrate
from shared.sealing import Vault
from shared.settings import Settings
from shared.store.scribe import Scribe

PARTITIONS = 8


@dataclass(frozen=True)
class Ground:
    """A migrated, empty database."""

    settings: Settings
    keys: Keys
    dsn: Dsn

    async def connect(self, service: str) -> asyncpg.Connection:
        return await connect(self.dsn.for_role(service), service)

    async def log(self) -> PostgresLog:
        return await PostgresLog.open(self.dsn, PARTITIONS)

    def scribe(self) -> Scribe:
        return Scribe(Vault(self.keys), MachineClock(), ZoneInfo("Asia/Shanghai"), PARTITIONS)


@asynccontextmanager
async def ground(**options: str) -> AsyncIterator[Ground]:
    """Durable as in production: fsync, synchronous commit, hash chain, sealing. `options` are the server's."""
    url = os.environ.get("REDRESS_DATABASE_URL")
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        keys = Keys.generate()
        settings = Settings(_env_file=None, data=Path(folder), partitions=PARTITIONS, database_url=url)
        if url is not None:
            async with _elsewhere(Dsn.parse(url, keys)) as dsn:
                await _has(dsn, options)
                await migrate(dsn, keys, PARTITIONS)
                memory.settle()
                yield Ground(settings, keys, dsn)
            return
        server = await EmbeddedPostgres.start(Path(folder) / "data", keys, options=options)
        try:
            await migrate(server.owner, keys, PARTITIONS)
            memory.settle()
            yield Ground(settings, keys, server.owner)
        finally:
            await server.stop()


@asynccontextmanager
async def another(at: Ground) -> AsyncIterator[Ground]:
    """A second empty database beside the first, on the same server and with the same keys."""
    async with _elsewhere(at.dsn) as dsn:
        await migrate(dsn, at.keys, PARTITIONS)
        yield replace(at, dsn=dsn)


async def _has(dsn: Dsn, options: Mapping[str, str]) -> None:
    connection = await connect(dsn, "public")
    for name, value in options.items():
        found = await connection.fetchval("select current_setting($1)", name)
        if found != value:
            raise SystemExit(f"The server has {name} = {found}; this is measured with {value}.")
    await connection.close()


@asynccontextmanager
async def _elsewhere(owner: Dsn) -> AsyncIterator[Dsn]:
    name = f"redress_bench_{uuid4().hex[:8]}"
    connection = await connect(owner, "public")
    await connection.execute(f"create database {name}")
    try:
        yield replace(owner, database=name)
    finally:
        await connection.execute(f"drop database {name} with (force)")
        await connection.close()
