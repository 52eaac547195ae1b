"""Which partitions are read next? Those known to have more; all of them every so often, whether a hint came or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Generic, TypeVar

K = TypeVar("K")


class Turns(Generic[K]):
    """Partitions with something to read wait here for their turn; `every` seconds each partition gets one anyway."""

    def __init__(self, every: float, now: Callable[[], float]) -> None:
        self._every = every
        self._now = now
        self._all_due = now()
        self._waiting: dict[K, None] = {}  # a dict keeps the order of arrival: nobody is passed over
        self._woken = asyncio.Event()

    @property
    def due(self) -> float:
        """When everybody's turn comes."""
        return self._all_due

    def wake(self, keys: Iterable[K]) -> None:
        """These have something to read, or have more."""
        self._waiting.update(dict.fromkeys(keys))
        if self._waiting:
            self._woken.set()

    def next(self, mine: Collection[K], most: int) -> list[K]:
        """Whose turn it is, at most `most`; who must still wait comes first the next time."""
        now = self._now()
        if now >= self._all_due:
            self._all_due = now + self._every
            self._waiting.update(dict.fromkeys(mine))
        ready = [key for key in self._waiting if key in mine]
        chosen, later = ready[:most], ready[most:]
        self._waiting = dict.fromkeys(later)
        if not later:
            self._woken.clear()
        return chosen

    async def wait(self, until: float) -> None:
        """Returns when somebody was woken, everybody's turn has come, or it is `until`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(until, self._all_due) - self._now())):
                await self._woken.wait()
