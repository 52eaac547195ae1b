"""How far have relays and consumers come? Asked of the stores themselves, as their owner."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import asyncpg

from shared.contracts.vocabulary import SERVICES
from shared.postgres.connect import Dsn, connect

SETTLED_WITHIN = 120.0
LOOK_EVERY = 0.1
_GONE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)

_HEADS = " union all ".join(f"select '{s}' as service, partition, position from {s}.heads" for s in SERVICES)
_RELAYED = " union all ".join(f"select '{s}' as service, partition, position from {s}.relay_checkpoints" for s in SERVICES)
_CONSUMED = " union all ".join(
    f"select '{s}' as reader, consumer, substr(topic, 9) as service, partition, position from {s}.consumer_checkpoints" for s in SERVICES
)
_PARKED = " union all ".join(f"select '{s}' as service, key from {s}.parked" for s in SERVICES)
_RELAY_LAG = f"""
select h.service, sum(h.position - coalesce(r.position, 0))::bigint
from ({_HEADS}) h left join ({_RELAYED}) r using (service, partition) where h.position > coalesce(r.position, 0) group by 1"""
_CONSUMER_LAG = f"""
select c.reader, sum(h.position - c.position)::bigint
from ({_CONSUMED}) c join ({_HEADS}) h using (service, partition) where h.position > c.position group by 1"""
_OF_RELAY = """
select coalesce(sum(h.position - coalesce(r.position, 0)), 0)::bigint
from {0}.heads h left join {0}.relay_checkpoints r using (partition) where h.position > coalesce(r.position, 0)"""
_OF_CONSUMERS = f"""
select coalesce(sum(h.position - c.position), 0)::bigint
from (select substr(topic, 9) as service, partition, position from {{0}}.consumer_checkpoints) c
join ({_HEADS}) h using (service, partition) where h.position > c.position"""

_UNTOLD = "select count(*) from intake.notifications where state in ('requested', 'attempted')"


@dataclass(frozen=True, slots=True)
class Lag:
    """Events that were not yet on the log, and that were not yet consumed, by service; people who were not yet told."""

    relays: Mapping[str, int]
    consumers: Mapping[str, int]
    untold: int = 0

    def __bool__(self) -> bool:
        return bool(self.relays or self.consumers or self.untold)


class Watch:
    """A connection of the owner's, made anew when the server was away."""

    def __init__(self, owner: Dsn) -> None:
        self._owner = owner
        self._connection: asyncpg.Connection | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *why: object) -> None:
        if self._connection is not None:
            self._connection.terminate()

    async def _ask(self, question: str) -> list[asyncpg.Record]:
        """The answer, once there is a server to give it."""
        async with self._one_at_a_time:
            while True:
                try:
                    if self._connection is None or self._connection.is_closed():
                        self._connection = await connect(self._owner, "public")
                    return list(await self._connection.fetch(question))
                except _GONE:
                    await asyncio.sleep(LOOK_EVERY)

    async def relay(self, service: str) -> int:
        """Events of this service that are not on the log."""
        return int((await self._ask(_OF_RELAY.format(service)))[0][0])

    async def consumers(self, service: str) -> int:
        """Events on their way to this service's consumers."""
        return int((await self._ask(_OF_CONSUMERS.format(service)))[0][0])

    async def lag(self) -> Lag:
        """Of everybody."""
        untold = await self._ask(_UNTOLD)
        return Lag(dict(await self._ask(_RELAY_LAG)), dict(await self._ask(_CONSUMER_LAG)), untold[0][0])

    async def settled(self, within: float = SETTLED_WITHIN) -> None:
        """Returns when everything is relayed and consumed, and stayed so for two looks. Raises TimeoutError with what is behind."""
        lag, quiet = Lag({}, {}), 0
        try:
            async with asyncio.timeout(within):
                while quiet < 2:
                    lag = await self.lag()
                    quiet = 0 if lag else quiet + 1
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError:
            raise TimeoutError(f"still behind after {within:.0f} s: {lag}") from None

    async def parked(self) -> set[tuple[str, str]]:
        """What is parked: service and key."""
        return {(row["service"], row["key"]) for row in await self._ask(_PARKED)}
