"""How is a service measured in a process of its own? `redress serve`, on the ground's database and a broker."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.ground import Ground

READY_WITHIN = 60.0
LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Serving:
    """One process, ready for work."""

    url: str
    data: Path

    @property
    def admin(self) -> str:
        """The administrator's token, which intake's process made."""
        return (self.data / "admin.token").read_text().strip()


@asynccontextmanager
async def serving(at: Ground, bootstrap: str, service: str, only: str | None = None) -> AsyncIterator[Serving]:
    """Until the block ends. A part alone is begun and not waited for: without the others it does not call itself ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "serve", service, *(("--only", only) if only else ()), "--json",
        stdout=asyncio.subprocess.PIPE, env=_environment(at, bootstrap),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        url = json.loads(await process.stdout.readline())["ready"]
        if only is None:
            await _ready(url)
        yield Serving(url, at.settings.data)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _ready(url: str) -> None:
    async with asyncio.timeout(READY_WITHIN), httpx.AsyncClient(base_url=url) as http:
        while (await http.get("/readyz")).status_code != 200:
            await asyncio.sleep(LOOK_EVERY)


def _environment(at: Ground, bootstrap: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    keys = _key_files(at)
    return {
        **ours,
        "REDRESS_DATA": str(at.settings.data),
        "REDRESS_PORT": "0",
        "REDRESS_DATABASE_URL": _url(at),
        "REDRESS_LOG": "kafka",
        "REDRESS_KAFKA_BOOTSTRAP": bootstrap,
        **{f"REDRESS_{name.upper()}_KEY_FILE": str(file) for name, file in keys.items()},
    }


def _url(at: Ground) -> str:
    dsn = at.dsn
    login = f"{quote(dsn.user)}:{quote(dsn.password or '')}"
    if dsn.host.startswith("/"):
        return f"postgresql://{login}@/{dsn.database}?host={quote(dsn.host)}"
    return f"postgresql://{login}@{dsn.host}:{dsn.port}/{dsn.database}"


def _key_files(at: Ground) -> dict[str, Path]:
    folder = at.settings.data / "bench-keys"
    files = {name: folder / f"{name}.key" for name in ("master", "signing", "checkpoint")}
    if not folder.exists():
        folder.mkdir(mode=0o700)
        files["master"].write_text(at.keys.master.hex() + "\n")
        for name, key in (("signing", at.keys.signing), ("checkpoint", at.keys.checkpoint)):
            assert key is not None
            files[name].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files
