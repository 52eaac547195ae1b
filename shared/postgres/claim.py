"""Who owns this data folder? One process at a time, held by the kernel, so a killed owner leaves nothing behind."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Self

from shared.postgres.errors import DataFolderInUse, DataFolderUnusable

_ASKERS_LET_GO_WITHIN = 0.3


class Claim:
    """The folder is ours until we release it or die."""

    def __init__(self, file: int) -> None:
        self._file = file

    @classmethod
    def take(cls, data: Path) -> Self:
        """The claim, or `DataFolderInUse` with the pid of who has it."""
        try:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(_path(data), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataFolderUnusable(f"The data folder {data} cannot be used: {error.strerror}.") from error
        give_up = time.monotonic() + _ASKERS_LET_GO_WITHIN
        while not _locked(file):
            if time.monotonic() > give_up:
                pid = _pid(file)
                os.close(file)
                raise DataFolderInUse(data, pid)
            time.sleep(0.01)
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        return cls(file)

    def release(self) -> None:
        os.ftruncate(self._file, 0)
        os.close(self._file)


def is_claimed(data: Path) -> bool:
    """Whether a living process owns the folder."""
    try:
        file = os.open(_path(data), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _locked(file)
    finally:
        os.close(file)


def _path(data: Path) -> Path:
    return data / "owner.lock"


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(file: int) -> int:
    content = os.pread(file, 32, 0).strip()
    return int(content) if content.isdigit() else 0
