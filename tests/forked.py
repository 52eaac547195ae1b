"""How does a test start many processes of the product without each loading Python's modules anew? They are forked from one that has them.

Each is a process as any other: it has its own pid, settings and output, runs the same command, and can be killed alone.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.reduction import DupFd
from typing import Any, BinaryIO

_MODULES = ("services.cli", "services.serve", "services.gateway.run", "shared.log.kafka")

_PR_SET_PDEATHSIG = 1

_context = get_context("forkserver")
_context.set_forkserver_preload(list(_MODULES))


class Forked:
    """What a test needs of a running command, under the names of `asyncio.subprocess.Process`."""

    def __init__(self, process: ForkServerProcess, stdout: asyncio.StreamReader) -> None:
        assert process.pid is not None
        self._process = process
        self.pid: int = process.pid
        self.stdout = stdout

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    async def wait(self) -> int:
        """Its exit status once it has ended; minus the signal's number if one ended it."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        watched = os.dup(self._process.sentinel)
        loop.add_reader(watched, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(watched)
            os.close(watched)
        self._process.join()
        return self._process.exitcode or 0

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def fork(arguments: Sequence[str], errors: BinaryIO, environment: Mapping[str, str]) -> Forked:
    """`redress` with these arguments and nothing but this environment; what it says on standard error goes to `errors`."""
    reading, writing = os.pipe()

    def begin() -> ForkServerProcess:
        process = _context.Process(target=_run, args=(list(arguments), Outputs(writing, errors.fileno()), dict(environment)), daemon=True)
        process.start()
        return process

    process = await asyncio.to_thread(begin)
    os.close(writing)
    stdout = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(reading, "rb"))
    return Forked(process, stdout)


class Outputs:
    """Where a forked process writes; its copies are made when it is sent over."""

    def __init__(self, out: int, err: int) -> None:
        self._files = (out, err)

    def __getstate__(self) -> tuple[Any, Any]:
        return (DupFd(self._files[0]), DupFd(self._files[1]))

    def __setstate__(self, sent: tuple[Any, Any]) -> None:
        self._files = (sent[0].detach(), sent[1].detach())

    def take(self) -> None:
        """From now on this process writes there."""
        for file, number in zip(self._files, (1, 2), strict=True):
            os.dup2(file, number)
            os.close(file)


def _run(arguments: Sequence[str], outputs: Outputs, environment: Mapping[str, str]) -> None:
    outputs.take()
    _end_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["redress", *arguments]
    from services.cli import main  # noqa: PLC0415 - loaded already in the process this one was forked from

    main()


def _end_with_parent() -> None:
    """The one it was forked from ends with the test, however that ended; nobody else would look after this one then."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
