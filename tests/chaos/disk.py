"""What happens when the stores' disk is full? PostgreSQL's files lie on a disk of their own, small enough to be filled.

Where a file system may be mounted that is one in a file; elsewhere the server may make no file longer than a limit, which stops it too.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from tests.postgres_server import PostgresServer
from tests.running import below

SIZE = 4 * 2**30
_LONGEST = 4 * 2**20


class Disk(Protocol):
    """Where PostgreSQL's files lie."""

    def fill(self, server: PostgresServer) -> None: ...
    def make_room(self, server: PostgresServer) -> None: ...


class Mounted:
    """A file system in a file. What fills it is one more file."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self, server: PostgresServer) -> None:
        file = os.open(self._filler, os.O_WRONLY | os.O_CREAT)
        try:
            for size in (2**20, 4096):
                with suppress(OSError):  # the disk has no such piece left
                    while True:
                        os.write(file, bytes(size))
        finally:
            os.close(file)

    def make_room(self, server: PostgresServer) -> None:
        self._filler.unlink()


class Limited:
    """No file may grow beyond a few megabytes: neither tables nor the log of changes get any further."""

    def fill(self, server: PostgresServer) -> None:
        self._limit(server, str(_LONGEST))

    def make_room(self, server: PostgresServer) -> None:
        self._limit(server, "unlimited")

    def _limit(self, server: PostgresServer, size: str) -> None:
        """Set by whom the server runs as, who may always do that; a session that has ended meanwhile needs none."""
        postmaster = server.pid
        for pid in () if postmaster is None else (postmaster, *below(postmaster)):
            with suppress(FileNotFoundError):
                runs_as = Path(f"/proc/{pid}").stat()
                command = ("prlimit", "--pid", str(pid), f"--fsize={size}:")
                subprocess.run(command, **_as(runs_as.st_uid, runs_as.st_gid), capture_output=True, check=False)


def _as(user: int, group: int) -> dict[str, Any]:
    return {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}


@contextmanager
def disk_for(folder: Path) -> Iterator[Disk]:
    """A disk at this folder, which is made; gone when the block ends."""
    folder.mkdir(parents=True)
    image = folder.with_suffix(".image")
    if not _mounted(folder, image):
        yield Limited()
        return
    try:
        yield Mounted(folder)
    finally:
        subprocess.run(("umount", str(folder)), check=True)
        image.unlink()


def _mounted(folder: Path, image: Path) -> bool:
    if os.geteuid() != 0:
        return False
    with image.open("wb") as file:
        file.truncate(SIZE)
    made = ("mkfs.ext4", "-q", "-F", "-m", "0", str(image)), ("mount", "-o", "loop", str(image), str(folder))
    for command in made:
        try:
            if subprocess.run(command, capture_output=True, check=False).returncode:
                image.unlink()
                return False
        except FileNotFoundError:
            image.unlink()
            return False
    return True
