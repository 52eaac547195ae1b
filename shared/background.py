"""What works in the background of a service's process, and did any of it end though nobody stopped it?"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

STOP_WITHIN = 8.0

log = structlog.get_logger("redress.service")


class Background:
    """The tasks of one service. Every part mends itself; one that ends all the same has met what nobody foresaw, and nothing here
    does its work any more: `failed` is set, and `ended` says which and how.
    """

    def __init__(self, service: str, stopping: asyncio.Event) -> None:
        self.ended: dict[str, str] = {}
        self.failed = asyncio.Event()
        self._service = service
        self._stopping = stopping
        self._tasks: list[asyncio.Task[None]] = []

    def run(self, part: str, work: Coroutine[Any, Any, None]) -> None:
        """Begins a part's work."""
        task = asyncio.create_task(work, name=f"{self._service}.{part}")
        task.add_done_callback(self._done)
        self._tasks.append(task)

    async def stop(self) -> None:
        """Returns when all have ended; who takes too long is cancelled."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=STOP_WITHIN)
        for task in late:
            task.cancel()
        for task in late:
            with suppress(asyncio.CancelledError):
                await task

    def _done(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            places = traceback.extract_tb(error.__traceback__)[-4:]
            where = [f"{place.filename.rpartition('/')[2]}:{place.lineno} {place.name}" for place in places]
            log.error("part ended", part=task.get_name(), error=type(error).__name__, where=where)
        if not self._stopping.is_set():
            self.ended[task.get_name()] = "ended" if error is None else f"ended with {type(error).__name__}"
            self.failed.set()
