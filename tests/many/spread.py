"""What does the distributed product of the end-to-end tests consist of? Each service once, one of them in parts; then twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from shared.contracts.vocabulary import SERVICES
from tests.distributed import Distributed
from tests.forked import fork

PARTS = ("api", "relay", "consumers")
WHOLE = tuple(service for service in SERVICES if service != "routing")


class Spread(Distributed):
    """Made in steps, since every process costs."""

    async def one_of_each(self) -> None:
        """Five services; routing's API, relay and consumers are processes of their own."""
        parts = [self.start("routing", part) for part in PARTS]
        await asyncio.gather(*(self.start(service) for service in WHOLE), *parts)
        await self.start_gateway()
        await self.ready()

    async def two_of_each(self) -> None:
        """A second instance of every service; nothing is done where it runs already."""
        missing = [service for service in SERVICES if f"{service}-2" not in self.processes]
        if missing:
            await asyncio.gather(*(self.start(service, instance=2) for service in missing))
            await self.stop("gateway")
            await self.start_gateway()
            await self.ready()

    async def launch(self, arguments: Sequence[str], errors: BinaryIO, seen: Mapping[str, str]) -> Any:
        return await fork(arguments, errors, seen)
