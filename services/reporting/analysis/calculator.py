"""How does a question reach the worker? One at a time, with a limit; a worker that does not answer in time is killed and another started."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import orjson

from services.reporting.analysis.methods import FAMILIES
from shared.decider import Invalid

LIMIT = 10.0  # seconds for one question; waiting for one's turn is not counted, nor are the libraries a new worker loads
LOADED = 60.0  # seconds for those: killed sooner, on a busy machine, every worker would begin anew and none ever answer
IDLE = 15 * 60.0  # seconds until a worker nobody asks gives its memory back
SETTLED = 3.0  # seconds after which the service's own start is over
LINE = 16 * 1024 * 1024
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # the sums are small: more threads only wait for one another


class TookTooLong(Exception):
    """The worker was killed at its limit."""


class Miscalculated(Exception):
    """The method failed where it should have answered; the text says where."""


class Calculator:
    """The worker of one process. It is started when it is needed and ends when nobody asks."""

    def __init__(self, *, limit: float = LIMIT, idle: float = IDLE, ahead: Sequence[str] = FAMILIES) -> None:
        """`ahead` are families of methods the worker loads before anybody asks for them."""
        self._limit = limit
        self._ahead = ahead
        self._idle = idle
        self._worker: Process | None = None
        self._loaded: set[str] = set()  # methods this worker is ready for
        self._turn = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None

    async def __call__(self, method: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The method's answer. Raises Invalid, TookTooLong or Miscalculated."""
        async with self._turn:
            said = await self._asked(method, fields)
        match orjson.loads(said):
            case {"answer": dict() as answer}:
                return cast(dict[str, Any], answer)
            case {"invalid": [str() as at, str() as message]}:
                raise Invalid(at, message)
            case other:
                raise Miscalculated(other["failed"])

    async def run(self, stopping: asyncio.Event) -> None:
        """Has a worker ready soon after the service is, so that no first question waits for libraries; ends it with the service."""
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), SETTLED)
        if not stopping.is_set():
            async with self._turn:
                with suppress(OSError):  # the next question tries again, and tells
                    await self._ready()
                self._wait_idle()
        await stopping.wait()
        async with self._turn:
            await self.end()

    async def end(self) -> None:
        """Ends the worker, if there is one; the next question starts another."""
        worker, self._worker = self._worker, None
        if self._ending is not None:
            self._ending.cancel()
        if worker is not None:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()

    async def _asked(self, method: str, fields: Mapping[str, Any]) -> bytes:
        """One question, one answer. Whatever comes between, a cancelled request too, costs the worker: its next answer would be the old one."""
        worker = await self._ready()
        said = b""
        try:
            if method not in self._loaded:
                async with asyncio.timeout(LOADED):
                    await _exchange(worker, orjson.dumps({"method": method, "fields": None}))
                self._loaded.add(method)
            async with asyncio.timeout(self._limit):
                said = await _exchange(worker, orjson.dumps({"method": method, "fields": fields}))
        except TimeoutError:
            raise TookTooLong from None
        finally:
            if not said:
                await self.end()
        self._wait_idle()
        return said

    async def _ready(self) -> Process:
        if self._ending is not None:
            self._ending.cancel()
        if self._worker is None or self._worker.returncode is not None:
            self._loaded = set()
            self._worker = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "services.reporting.analysis.worker", *self._ahead,
                stdin=PIPE, stdout=PIPE, limit=LINE, start_new_session=True,
                env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )  # fmt: skip
        return self._worker

    def _wait_idle(self) -> None:
        self._ending = asyncio.get_running_loop().call_later(self._idle, self._unless_asked)

    def _unless_asked(self) -> None:
        """A worker without input ends by itself."""
        if not self._turn.locked() and self._worker is not None and self._worker.stdin is not None:
            self._worker.stdin.close()
            self._worker = None


async def _exchange(worker: Process, question: bytes) -> bytes:
    if worker.stdin is None or worker.stdout is None:
        raise Miscalculated("the worker has no pipes")
    try:
        worker.stdin.write(question + b"\n")
        await worker.stdin.drain()
        said = await worker.stdout.readline()
    except ConnectionError:
        said = b""
    if not said:
        raise Miscalculated("the worker ended")
    return said
