"""How does a commit's outcome become unknown? A wire between a service and PostgreSQL that breaks in the middle of one."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Literal, Self

COMMIT = b"Q\x00\x00\x00\x0cCOMMIT;\x00"  # as the driver ends a transaction: a simple query of its own
HOST = "127.0.0.1"
Moment = Literal["before it went out", "while it was out", "when its answer was back"]
MOMENTS: tuple[Moment, ...] = ("before it went out", "while it was out", "when its answer was back")


@dataclass
class Wire:
    """Passes bytes on; of the commits it sees it breaks off one in so many, when it is told to."""

    port: int
    random: Random
    one_in: int = 0  # 0: none
    cuts: Counter[Moment] = field(default_factory=Counter)
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, HOST, 0)
        return self

    async def __aexit__(self, *why: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def url(self, straight: str) -> str:
        """The same login through this wire."""
        assert self._server is not None
        return straight.replace(f"{HOST}:{self.port}/", f"{HOST}:{self._server.sockets[0].getsockname()[1]}/")

    async def _connected(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        with suppress(OSError, asyncio.CancelledError):
            server, to_server = await asyncio.open_connection(HOST, self.port)
            try:
                await self._pass_on(client, to_client, server, to_server)
            finally:
                to_server.transport.abort()
        to_client.transport.abort()

    async def _pass_on(
        self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter, server: asyncio.StreamReader, to_server: asyncio.StreamWriter
    ) -> None:
        """Until either side ends, or a commit is cut."""
        held: set[Moment] = set()

        async def down() -> None:
            while data := await server.read(65536):
                if held:
                    return  # the answer to the commit that is being cut
                to_client.write(data)
                await to_client.drain()

        answers = asyncio.create_task(down())
        try:
            while (data := await self._next(client, answers)) and not self._cut(data, held):
                to_server.write(data)
                await to_server.drain()
            if "before it went out" in held or not held:
                return
            to_server.write(data)
            await to_server.drain()
            if "when its answer was back" in held:
                await answers
        finally:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)

    async def _next(self, client: asyncio.StreamReader, answers: asyncio.Task[None]) -> bytes:
        """What the client says next; nothing more once the server has ended."""
        reading = asyncio.create_task(client.read(65536))
        await asyncio.wait((reading, answers), return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            return reading.result()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        return b""

    def _cut(self, data: bytes, held: set[Moment]) -> bool:
        """Whether this is a commit that is to be cut, and when."""
        if not data.endswith(COMMIT) or not self.one_in or self.random.randrange(self.one_in):
            return False
        moment = self.random.choice(MOMENTS)
        self.cuts[moment] += 1
        held.add(moment)
        return True
