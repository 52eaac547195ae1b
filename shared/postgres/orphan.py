"""Does a server, or a rest of one, still run on these files though its product was killed? It ends, and ours takes over."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from shared.postgres.cluster import Cluster

log = structlog.get_logger("redress.postgres")

LOOK_EVERY = 0.005
END_WITHIN = 30.0


async def end_orphan(cluster: Cluster) -> None:
    """Ends it in order. A pid file may be stale and its number anybody's, so whether one lives is told by connecting."""
    pid_file = cluster.folder / "postmaster.pid"
    if listens(cluster.socket_folder()):
        pid = _pid(pid_file)
        log.warning("postgres of a killed product found", pid=pid)
        os.kill(pid, signal.SIGINT)
        if not await within(END_WITHIN, lambda: not pid_file.exists()):
            os.kill(pid, signal.SIGQUIT)
            await within(END_WITHIN, lambda: not listens(cluster.socket_folder()))
    for lock in (pid_file, cluster.folder / ".s.PGSQL.5432.lock"):
        # The server would take whoever has the number now, perhaps a zombie, perhaps us, for a living predecessor.
        if lock.exists() and not _runs_here(_pid(lock), cluster.folder):
            lock.unlink()


def end_sessions(cluster: Cluster) -> None:
    """Ends the sessions of a server that was killed. Each notices by itself, but not before its statement is done."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "exe").readlink().name == "postgres" and (process / "cwd").samefile(cluster.folder):
                os.kill(int(process.name), signal.SIGQUIT)
        except OSError:  # gone meanwhile, or another user's
            continue


def listens(folder: Path) -> bool:
    """Whether a server accepts connections at the socket in this folder."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fsencode(folder / ".s.PGSQL.5432"))
        except OSError:
            return False
    return True


async def within(seconds: float, holds: Callable[[], bool], *, every: float = LOOK_EVERY) -> bool:
    """Whether this comes to hold in time."""
    give_up = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > give_up:
            return False
        await asyncio.sleep(every)
    return True


def _pid(file: Path) -> int:
    return int(file.read_text(encoding="ascii").split("\n", 1)[0])


def _runs_here(pid: int, folder: Path) -> bool:
    """Whether that process works in this folder, as every process of its server does; where that cannot be told, the server decides."""
    work = Path(f"/proc/{pid}/cwd")
    try:
        return not work.parents[1].exists() or work.samefile(folder)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True
