"""How does a test have a PostgreSQL server that it may kill? The product's own binaries, as a server that others log in to over TCP."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from deploy.kafka.broker import free_port
from shared.postgres.cluster import DATABASE, USER, Cluster
from shared.postgres.orphan import within
from tests.running import below

HOST = "127.0.0.1"
START_WITHIN = 30.0
_NOT_YET = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_REST = ("shared memory block", "lock file")  # of a predecessor whose last process has not ended yet


class PostgresServer:
    """One server on one folder and one port. Starts, dies and starts again with what it had."""

    def __init__(self, folder: Path, options: Mapping[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._cluster = Cluster.of(folder)
        self.port = free_port()
        self._options = {"listen_addresses": HOST, "port": str(self.port), "max_connections": "500", **(options or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The owner's, for REDRESS_DATABASE_URL."""
        return f"postgresql://{USER}:{self._cluster.password()}@{HOST}:{self.port}/{DATABASE}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def folder(self) -> Path:
        """Where its files lie; a test may fill its disk."""
        return self._cluster.folder

    async def start(self) -> None:
        """Returns when our database takes connections; it is made at the first start."""
        await asyncio.to_thread(self._cluster.initialise)
        async with asyncio.timeout(START_WITHIN):
            while not await self._started():
                pass

    async def _started(self) -> bool:
        """False if the rest of a killed server was in the way."""
        with self._cluster.open_log() as output:
            begin = output.tell()
            self._process = self._cluster.launch(self._options, output)
        while self._process.poll() is None:
            if await self._answers():
                return True
            await within(0.02, lambda: self.pid is None)
        said = self._cluster.log.read_text(errors="replace")[begin:]
        assert any(rest in said for rest in _REST), said
        return False

    async def _answers(self) -> bool:
        try:
            connection = await self.connect("postgres")
        except _NOT_YET:
            return False
        try:
            if not await connection.fetchval("select exists (select from pg_database where datname = $1)", DATABASE):
                await connection.execute(f"create database {DATABASE}")
        except _NOT_YET:
            return False
        finally:
            await connection.close()
        return True

    async def connect(self, database: str = DATABASE, schema: str = "public") -> asyncpg.Connection:
        """As the owner; the caller closes it."""
        return await asyncpg.connect(
            host=HOST, port=self.port, user=USER, password=self._cluster.password(), database=database,
            server_settings={"search_path": schema},
        )  # fmt: skip

    def kill(self) -> list[int]:
        """SIGKILL to the postmaster and every backend at once, as a power cut; answers their pids."""
        assert self._process is not None
        pids = [self._process.pid, *below(self._process.pid)]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # it ended by itself
                continue
        self._process.wait()
        for lock in self.folder.glob("*.pid"):  # the number in it may be anybody's by now
            lock.unlink()
        return pids

    def stop(self) -> None:
        if self.pid is not None and self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
