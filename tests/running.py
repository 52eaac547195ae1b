"""How does a test run the product as its users do? `redress up` in a process of its own, spoken to over its port."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from shared.keys import load_or_make
from shared.log.opening import open_log
from shared.log.port import LogRecord
from shared.postgres.connect import Dsn, connect
from shared.postgres.embedded import EmbeddedPostgres
from shared.settings import Settings

READY = re.compile(r"Redress is ready at (http://\S+?)/?$")
START_WITHIN = 120.0


def environment(data: Path, **more: str) -> dict[str, str]:
    """What a command sees: nothing of the developer's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    return {**kept, "REDRESS_DATA": str(data), "PYTHONUNBUFFERED": "1", **more}


async def redress(data: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    """Runs one command to its end: exit status, output, errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment(data, **more),
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def lines_of(data: Path, *arguments: str, **more: str) -> list[dict[str, Any]]:
    """The JSON lines of a command that must succeed."""
    status, out, err = await redress(data, *arguments, "--json", **more)
    assert status == 0, err or out
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


@dataclass
class Running:
    """A product under way."""

    data: Path
    process: asyncio.subprocess.Process
    url: str
    said: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    listening: asyncio.Task[None] | None = None

    async def heard(self) -> None:
        """Returns when the product has said something more."""
        self.news.clear()
        await self.news.wait()

    async def stop_group(self) -> None:
        """A clean stop of the product and of what started it."""
        os.killpg(self.process.pid, signal.SIGTERM)
        await self.process.wait()

    @property
    def settings(self) -> Settings:
        """Those it runs with."""
        return Settings(_env_file=None, data=self.data)

    async def connect(self, service: str) -> asyncpg.Connection:
        """To its database, as one of its services; the caller closes it."""
        return await connect((await self._dsn()).for_role(service), service)

    async def on_the_log(self, service: str) -> list[LogRecord]:
        """Every record of the service's topic."""
        log = await open_log(self.settings, await self._dsn())
        try:
            return [record for p in range(self.settings.partitions) for record in await log.read(service, p, -1, 100_000)]
        finally:
            await log.close()

    async def metrics(self) -> str:
        """What Prometheus gets, of the whole product."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as anybody:
            return (await anybody.get("/metrics")).text

    async def _dsn(self) -> Dsn:
        settings = self.settings
        keys = load_or_make(settings)
        if settings.database_url is not None:
            return Dsn.parse(settings.database_url, keys)
        server = await EmbeddedPostgres.join(self.data, keys)
        assert server is not None
        return server.owner

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def admin(self) -> str:
        return (self.data / "admin.token").read_text().strip()

    def client(self, token: str | None = None, **more: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token or self.admin}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30, **more)

    async def token(self, name: str, roles: Sequence[str], departments: Sequence[str] = (), **more: Any) -> str:
        """A token for a person with these roles."""
        body = {"name": name, "roles": list(roles), "departments": list(departments), "expires_on": "2099-12-31", **more}
        async with self.client() as client:
            answer = await client.post("/api/v1/access/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    async def stop(self) -> int:
        """A clean stop, as Ctrl-C or a supervisor asks for it."""
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()

    async def kill_everything(self) -> list[int]:
        """SIGKILL to the product, the postmaster and every backend at once; answers their pids."""
        pids = [self.pid, *below(self.pid)]
        for pid in pids:
            with _gone():
                os.kill(pid, signal.SIGKILL)
        await self.process.wait()
        return pids


class _gone:
    """A process that ended by itself needs no killing."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> bool:
        return kind is not None and issubclass(kind, ProcessLookupError)


def below(pid: int) -> list[int]:
    """All processes that this one started, and theirs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


async def start(data: Path, *arguments: str, **more: str) -> Running:
    """Starts the product on this folder and returns once it says it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "up", "--port", "0", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=environment(data, **more),
    )  # fmt: skip
    return await follow(data, process)


async def follow(data: Path, process: asyncio.subprocess.Process) -> Running:
    """A product whose process was started by other means, once it says it is ready."""
    running = Running(data, process, "")
    async with asyncio.timeout(START_WITHIN):
        await _until_ready(running)
    running.listening = asyncio.create_task(_listen(running))
    return running


async def _until_ready(running: Running) -> None:
    assert running.process.stdout is not None
    while not running.url:
        line = (await running.process.stdout.readline()).decode()
        assert line, "the product ended: " + "".join(running.said)
        running.said.append(line)
        if match := READY.search(line.strip()):
            running.url = match[1]


async def _listen(running: Running) -> None:
    assert running.process.stdout is not None
    async for line in running.process.stdout:
        running.said.append(line.decode())
        running.news.set()


@asynccontextmanager
async def product(data: Path, *arguments: str, **more: str) -> AsyncIterator[Running]:
    """The product for as long as the block lasts; stopped cleanly at its end, whatever happened to it meanwhile."""
    running = await start(data, *arguments, **more)
    try:
        yield running
    finally:
        if running.process.returncode is None:
            await running.stop()
