"""How does the product run its own database server? Started with us, stopped with us, found again when we were killed."""

from __future__ import annotations

import asyncio
import math
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import asyncpg
import structlog

from shared.keys import Keys
from shared.postgres.claim import Claim, is_claimed
from shared.postgres.cluster import DATABASE, USER, Cluster
from shared.postgres.connect import Dsn
from shared.postgres.errors import DataFolderUnusable, DiskFull, ServerFailed
from shared.postgres.orphan import END_WITHIN, LOOK_EVERY, end_orphan, end_sessions, listens, within

log = structlog.get_logger("redress.postgres")

_STOP_WITHIN = 60.0
_PREDECESSOR = ("shared memory block", "lock file")  # what a server that was killed holds until its last process has ended
# Not up yet, or killed while we asked: the driver then may say that its own state is wrong.
_NOT_NOW = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_SHORT_LIFE = 10.0
_LONGEST_PAUSE = 30.0


class EmbeddedPostgres:
    """The server of one data folder, owned by this process or, when joined, by another."""

    def __init__(self, cluster: Cluster, keys: Keys | None, options: Mapping[str, str], claim: Claim | None) -> None:
        self._cluster = cluster
        self._options = options
        self._claim = claim
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self.owner = Dsn(str(cluster.socket_folder()), 5432, USER, cluster.password(), DATABASE, keys=keys)

    @classmethod
    async def start(cls, data: Path, keys: Keys | None = None, *, options: Mapping[str, str] | None = None) -> Self:
        """Our own server on this folder, ready; `DataFolderInUse` when another process owns it."""
        claim = await asyncio.to_thread(Claim.take, data)
        server: Self | None = None
        try:
            cluster = Cluster.of(data)
            await asyncio.to_thread(cluster.initialise)
            server = cls(cluster, keys, options or {}, claim)
            await server._launch()
        except BaseException as error:
            await server.stop() if server is not None else claim.release()
            if isinstance(error, OSError):
                raise DataFolderUnusable(f"The data folder {data} cannot be used: {error}.") from error
            raise
        server._watch = asyncio.create_task(server._keep_alive(), name="postgres")
        return server

    @classmethod
    async def join(cls, data: Path, keys: Keys | None = None) -> Self | None:
        """The server of a product that runs on this folder, once it is ready; None when none runs."""
        while is_claimed(data):
            cluster = Cluster.of(data)
            if listens(cluster.socket_folder()):
                server = cls(cluster, keys, {}, None)
                if await server._answers(make=False):
                    return server
            await asyncio.sleep(LOOK_EVERY)
        return None

    async def stop(self) -> None:
        """Ends the server in order, if it is ours. Everybody else's connections end with it."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            if not await within(_STOP_WITHIN, lambda: not self._alive()):
                self._process.send_signal(signal.SIGQUIT)
                await asyncio.to_thread(self._process.wait)
        if self._claim is not None:
            self._cluster.remove_link()
            self._claim.release()
            self._claim = None

    async def _keep_alive(self) -> None:
        """Starts the server again whenever it dies; one that keeps dying is given longer and longer pauses."""
        short_lives = 0
        while True:
            began = time.monotonic()
            await within(math.inf, lambda: not self._alive(), every=0.1)
            short_lives = short_lives + 1 if time.monotonic() - began < _SHORT_LIFE else 0
            pause = min(2.0 ** max(short_lives - 1, 0) - 1, _LONGEST_PAUSE)
            log.error("postgres died", status=self._process.returncode if self._process else None, pause=pause)
            await asyncio.sleep(pause)
            try:
                await self._launch()
            except Exception as error:
                log.error("postgres does not start", reason=str(error))

    async def _launch(self) -> None:
        give_up = time.monotonic() + END_WITHIN
        while True:
            await end_orphan(self._cluster)
            with self._cluster.open_log() as output:
                begin = output.tell()
                self._process = self._cluster.launch(self._options, output)
            while self._alive():
                if listens(self._cluster.socket_folder()) and await self._answers():
                    return
                await asyncio.sleep(LOOK_EVERY)
            said = self._said_since(begin)
            if not any(rest in said for rest in _PREDECESSOR) or time.monotonic() > give_up:
                raise DiskFull(str(self._cluster.data)) if "No space left" in said else ServerFailed(self._sentence(said))
            await asyncio.sleep(LOOK_EVERY)
            end_sessions(self._cluster)

    async def _answers(self, *, make: bool = True) -> bool:
        """Whether our database takes connections; it is made when the server is new."""
        try:
            await _knock(self.owner, self.owner.database)
        except asyncpg.InvalidCatalogNameError:
            if not make:
                return False
            await _knock(self.owner, "postgres", f"create database {self.owner.database}")
        except _NOT_NOW:
            return False
        except asyncpg.InvalidPasswordError as error:
            raise DataFolderUnusable(f"{self._cluster.data} and its postgres.password do not belong together.") from error
        except asyncpg.DiskFullError as error:
            raise DiskFull(str(self._cluster.data)) from error
        return True

    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _said_since(self, begin: int) -> str:
        with self._cluster.log.open("rb") as file:
            file.seek(begin)
            return file.read().decode(errors="replace")

    def _sentence(self, said: str) -> str:
        reasons = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line] or said.splitlines() or ["no reason given"]
        return f"The database server in {self._cluster.data} did not start: {reasons[-1].strip()} ({self._cluster.log} has more)."


async def _knock(dsn: Dsn, database: str, statement: str = "select 1") -> None:
    connection = await asyncpg.connect(host=dsn.host, port=dsn.port, user=dsn.user, password=dsn.password, database=database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
