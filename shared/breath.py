"""How does long work leave room for others? Requests of the same process get their turn between a few steps of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

FEW = 16  # of what takes a fraction of a millisecond each


async def in_breaths(items: Iterable[T], few: int = FEW) -> AsyncIterator[T]:
    """The items, with a pause for whoever waits after every few of them."""
    for n, item in enumerate(items, 1):
        yield item
        if n % few == 0:
            await asyncio.sleep(0)
