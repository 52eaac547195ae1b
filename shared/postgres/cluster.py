"""Where do the embedded server's files lie, how is it made and launched, and as whom may it run?"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from shared.postgres.errors import DataFolderUnusable, DiskFull, ServerFailed
from shared.postgres.programs import COPIES, VERSION, copied, everybody_enters, installed

USER = "redress"
DATABASE = "redress"
_NOBODY = 65534  # PostgreSQL refuses to run as root; this id needs no account to be made
_LONGEST_SOCKET = 100
_LONG_LOG = 10 * 2**20
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": ".",
    "max_connections": "150",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",  # so that pg_basebackup can copy a running product
    "max_wal_senders": "4",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "io_method": "sync",  # three processes fewer; what is read lies in memory
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # an error's detail and statement may hold what a complainant wrote
    "log_min_error_statement": "panic",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The PostgreSQL cluster of one data folder."""

    data: Path
    binaries: Path
    user: int | None  # whom the server runs as, where that is not us

    @classmethod
    def of(cls, data: Path) -> Self:
        """As root the server runs as who owns its files, or as nobody."""
        data = data.absolute()
        binaries = installed()
        if os.geteuid() != 0:
            return cls(data, binaries, None)
        folder = data / "postgres"
        owner = folder.stat().st_uid if folder.exists() else _NOBODY
        return cls(data, binaries if everybody_enters(binaries) else copied(binaries, COPIES), owner or _NOBODY)

    @property
    def folder(self) -> Path:
        return self.data / "postgres"

    @property
    def socket(self) -> Path:
        return self.folder / ".s.PGSQL.5432"

    @property
    def log(self) -> Path:
        return self.data / "postgres.log"

    def password(self) -> str:
        """The superuser's, made with the cluster."""
        file = self.data / "postgres.password"
        try:
            return file.read_text(encoding="ascii").strip()
        except OSError as error:
            raise DataFolderUnusable(f"{file} cannot be read: {error.strerror}.") from error

    def initialise(self) -> None:
        """Makes the cluster, complete or not at all; nothing is done where there is one."""
        if self.folder.exists():
            found = (self.folder / "PG_VERSION").read_text(encoding="ascii").strip()
            if found != VERSION:
                raise DataFolderUnusable(
                    f"{self.folder} was made by PostgreSQL {found}, this Redress has {VERSION}; restore it from an export."
                )
            return
        making = self.data / "postgres.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        password = secrets.token_hex(32)
        _write_secret(self.data / "postgres.password", password)
        with tempfile.TemporaryFile() as file:
            file.write(password.encode())
            file.seek(0)
            if self.user is not None:
                os.chown(making, self.user, self.user)
                os.fchown(file.fileno(), self.user, self.user)
            self._initdb(making, file.fileno())
        making.rename(self.folder)

    def _initdb(self, making: Path, password: int) -> None:
        done = subprocess.run(  # noqa: S603  # our own binary, arguments of our own
            [
                self.binaries / "initdb", "--pgdata", self._as_seen_by_the_server(making), "--username", USER, f"--pwfile=/dev/fd/{password}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
            ],
            **self._process(making), pass_fds=[password], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            if "No space left" in done.stderr:
                raise DiskFull(str(self.data))
            raise ServerFailed(f"The database in {self.data} could not be made: {last}.")

    def launch(self, more: Mapping[str, str], log: BinaryIO) -> subprocess.Popen[bytes]:
        """Starts the server in a session of its own, so a Ctrl-C meant for us does not end it under our feet."""
        options = [f"--{name}={value}" for name, value in {**_SETTINGS, **more}.items()]
        return subprocess.Popen(  # noqa: S603  # our own binary, arguments of our own
            [self.binaries / "postgres", "-D", self._as_seen_by_the_server(self.folder), *options],
            **self._process(self.folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip

    def open_log(self) -> BinaryIO:
        """What the server says, appended; a long file makes room for a new one, and the last long one is kept."""
        file = self.data / "postgres.log"
        if file.exists() and file.stat().st_size > _LONG_LOG:
            file.replace(self.data / "postgres.log.1")
        return file.open("ab")

    def socket_folder(self) -> Path:
        """The folder to connect through: a short link to it where its own name is longer than a socket's may be."""
        if len(os.fsencode(self.socket)) <= _LONGEST_SOCKET:
            return self.folder
        link = self._link()
        try:
            link.symlink_to(self.folder)
        except FileExistsError:
            if link.lstat().st_uid != os.geteuid() or not link.is_symlink() or link.readlink() != self.folder:
                raise DataFolderUnusable(f"{link} is in the way; remove it, or choose a data folder with a shorter path.") from None
        return link

    def remove_link(self) -> None:
        """Leaves nothing outside the data folder when the server has ended."""
        if self._link().is_symlink():
            self._link().unlink()

    def _link(self) -> Path:
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path("/tmp") / f"redress-{os.geteuid()}-{name}"  # noqa: S108 - short everywhere; whose it is, is checked

    def _as_seen_by_the_server(self, folder: Path) -> str:
        # Another user often may not enter the folders above. The working directory is his all the same, once he is put there,
        # and this link leads to it without going through them.
        return "/proc/self/cwd" if self.user is not None and sys.platform == "linux" else str(folder)

    def _process(self, folder: Path) -> dict[str, Any]:
        identity = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        return {"cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}, **identity}


def _write_secret(file: Path, content: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
        out.write(content + "\n")
        out.flush()
        os.fsync(out.fileno())
