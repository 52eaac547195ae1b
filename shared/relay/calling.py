"""How does the relay in another process of the service hear that there is something to do? By NOTIFY, one at a time.

Outside the append's own transaction: commits that notify queue behind one another. The relay's poll is the guarantee.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

log = structlog.get_logger("redress.relay")

_CALL = "select pg_notify($1, '')"


class Calling:
    """Of one service in one process. `needed` says whether anybody else has anything to hear."""

    def __init__(self, service: str, pool: asyncpg.Pool, needed: Callable[[], bool]) -> None:
        self._channel = f"redress_{service}"
        self._pool = pool
        self._needed = needed
        self._called = asyncio.Event()
        self._stopping = False

    def call(self) -> None:
        """Something was committed. However often while a call is under way, one more follows it."""
        if self._needed():
            self._called.set()

    async def run(self) -> None:
        """Calls until stopped."""
        while True:
            await self._called.wait()
            self._called.clear()
            if self._stopping:
                return
            try:
                await self._pool.execute(_CALL, self._channel)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                log.info("not called", channel=self._channel, error=type(error).__name__)

    def stop(self) -> None:
        self._stopping = True
        self._called.set()

    async def listen(self, connection: asyncpg.Connection, heard: asyncio.Event) -> None:
        """From now on this connection sets the event when another process calls."""
        await connection.add_listener(self._channel, lambda *said: heard.set())
