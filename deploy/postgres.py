"""How does a machine without PostgreSQL get a server for the distributed product? The embedded one's programs, on a port, in the foreground.

For trying things out, as `make kafka` is; `make postgres` runs it. Its owner's password is the one that deploy/secrets made.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg

from shared.cannot_start import CannotStart
from shared.postgres.cluster import DATABASE, USER, Cluster

HOST = "127.0.0.1"
FOLDER = Path(".redress/server")
START_WITHIN = 30.0
_NOT_YET = (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)


async def run(port: int, password: str) -> int:
    """Until SIGTERM, Ctrl-C or the server's own end; its exit status."""
    ended = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    cluster = Cluster.of(FOLDER)
    cluster.initialise()
    with cluster.open_log() as output:
        server = cluster.launch({"listen_addresses": HOST, "port": str(port), "max_connections": "400"}, output)
    waiting = asyncio.create_task(asyncio.to_thread(server.wait))
    try:
        await _prepare(cluster, server, port, password)
        print(f"PostgreSQL answers on {HOST}:{port}; Ctrl-C stops it. What it keeps and says lies in {FOLDER}.", flush=True)
        await asyncio.wait([waiting, asyncio.create_task(ended.wait())], return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.send_signal(signal.SIGINT)
        status = await waiting
    return status


async def _prepare(cluster: Cluster, server: subprocess.Popen[bytes], port: int, password: str) -> None:
    """The owner has this password, and his database is there."""
    async with asyncio.timeout(START_WITHIN):
        while (owner := await _login(port, (password, cluster.password()))) is None:
            if server.poll() is not None:
                raise CannotStart(f"PostgreSQL did not start; {cluster.log} says why.")
            await asyncio.sleep(0.05)
    try:
        await owner.execute(f"alter role {USER} password '{password}'")
        if not await owner.fetchval("select exists (select from pg_database where datname = $1)", DATABASE):
            await owner.execute(f"create database {DATABASE}")
    finally:
        await owner.close()


async def _login(port: int, passwords: tuple[str, ...]) -> asyncpg.Connection | None:
    """None while the server takes nobody."""
    for password in passwords:
        try:
            return await asyncpg.connect(host=HOST, port=port, user=USER, password=password, database="postgres")
        except asyncpg.InvalidPasswordError:
            continue
        except _NOT_YET:
            return None
    raise CannotStart(f"The server on {HOST}:{port} knows neither the password of {FOLDER} nor that of the secrets: is it another one?")


def _read(file: Path) -> str:
    try:
        password = file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise CannotStart(f"{file} cannot be read ({error.strerror}); deploy/secrets makes it.") from None
    if not password.isalnum():
        raise CannotStart(f"{file} must hold a password of letters and digits, as deploy/secrets makes it.")
    return password


def main() -> None:
    """`make postgres`."""
    parser = argparse.ArgumentParser(prog="make postgres")
    parser.add_argument("--port", type=int, default=5432)
    parser.add_argument("--password-file", type=Path, default=Path("secrets/database.password"))
    given = parser.parse_args()
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        sys.exit(asyncio.run(run(given.port, _read(given.password_file))))
    except CannotStart as trouble:
        sys.exit(trouble.sentence)


if __name__ == "__main__":
    main()
