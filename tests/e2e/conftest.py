"""What do the end-to-end tests share? One running product, and tokens for the people in the story."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest_asyncio

from tests.running import Running, product


@dataclass
class Town:
    """The people of the story, each with a client of their own."""

    running: Running
    stack: AsyncExitStack
    number: int = 0  # towns that share a product must not be taken for one another
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def person(self, name: str, *roles: str, departments: tuple[str, ...] = (), **more: Any) -> httpx.AsyncClient:
        """The client of a person, with a token issued at first sight."""
        if name not in self.clients:
            token = await self.running.token(name, roles, departments, **more)
            self.clients[name] = await self.stack.enter_async_context(self.running.client(token))
        return self.clients[name]


@pytest_asyncio.fixture(scope="session")
async def running(tmp_path_factory) -> AsyncIterator[Running]:
    async with product(tmp_path_factory.mktemp("e2e") / "data") as started:
        yield started


@pytest_asyncio.fixture(scope="session")
async def town(running: Running) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        yield Town(running, stack)
