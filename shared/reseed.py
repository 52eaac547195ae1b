"""How does a lost topic come back? All that was on it stands in its service's store, and is published from there again.

Only behind a true first part of the store's history, and only by whoever leads all of the topic's partitions: a topic that
holds anything else is not touched, and two never write at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

import asyncpg

from shared.cannot_start import CannotStart
from shared.history import History
from shared.log.claims import RELAY, Claims
from shared.log.port import Log, topic_of
from shared.relay.leader import Leader
from shared.store.store import Store

PATIENCE = 30.0  # seconds; a relay lets go of a lost topic sooner
POLL = 0.1

_RELAYED = "select partition, position from relay_checkpoints"
_STANDS = (
    "insert into relay_checkpoints (partition, position) select * from unnest($1::smallint[], $2::bigint[])"
    " on conflict (partition) do update set position = excluded.position"
)


class OtherHistory(CannotStart):
    """What is on the topic is not the beginning of what is in the store."""


class RelayLeads(CannotStart):
    """A relay publishes to the topic while something is missing on it."""


class NotTaken(CannotStart):
    """The log did not take what was to be published."""


@dataclass(frozen=True, slots=True)
class Reseeded:
    """How many of the store's events the topic held, and how many were published to it."""

    service: str
    held: int
    published: int


class Silent:
    """Says nothing of how far the log has come: that is signed with the service's own key, and its relays have it."""

    due = inf

    async def begin(self, connection: asyncpg.Connection, partitions: Iterable[int]) -> None: ...

    async def tend(self, connection: asyncpg.Connection, relayed: Mapping[int, int]) -> bool:
        return False


@dataclass
class Reseed:
    """Of one service's topic. `progress` hears how many events of how many are on it."""

    service: str
    pool: asyncpg.Pool
    connect: Callable[[], Awaitable[asyncpg.Connection]]
    log: Log
    partitions: int
    progress: Callable[[int, int], None] = lambda done, total: None
    patience: float = PATIENCE
    _histories: list[History] = field(init=False)

    def __post_init__(self) -> None:
        store = Store(self.service, self.pool)
        self._histories = [History(store, self.log, partition) for partition in range(self.partitions)]

    async def run(self) -> Reseeded:
        """Puts on the topic what is missing behind its end. Raises OtherHistory, RelayLeads or NotTaken, with a sentence."""
        await self._read_on()
        held = self._reached
        if not await self._behind():
            return Reseeded(self.service, held, 0)
        connection = await self.connect()
        try:
            if not await self._lead(connection):
                return Reseeded(self.service, held, 0)
            await self._read_on()
            held = self._reached
            await connection.execute(_STANDS, [h.partition for h in self._histories], [h.reached for h in self._histories])
            return Reseeded(self.service, held, await self._publish(connection, held))
        finally:
            await connection.close(timeout=2)  # the leadership goes with it

    @property
    def _reached(self) -> int:
        return sum(history.reached for history in self._histories)

    async def _read_on(self) -> None:
        for history in self._histories:
            async for at, what in history.differences():
                raise OtherHistory(
                    f"{topic_of(self.service)} holds something else than the beginning of {self.service}'s history; nothing was changed."
                    f" At {self.service}/{history.partition}/{at}: {what}. Is it the right log for this database, and the store not one"
                    " restored from an older backup? Then delete the topic and run this again: it makes the topic anew."
                    " `redress verify` names every difference."
                )

    async def _behind(self) -> bool:
        heads = await self._heads()
        return any(history.reached < heads.get(history.partition, 0) for history in self._histories)

    async def _lead(self, connection: asyncpg.Connection) -> bool:
        """True once this process leads the whole topic; False when a relay does, and nothing it published is missing."""
        claims = Claims(connection, RELAY, self.service)
        now = asyncio.get_running_loop().time
        until = now() + self.patience
        while len(claims.held) < self.partitions:
            await claims.take(range(self.partitions), self.partitions)
            if len(claims.held) == self.partitions:
                break
            if await self._all_there():
                return False
            if now() >= until:
                raise RelayLeads(
                    f"A relay of {self.service} runs and publishes to {topic_of(self.service)}, where something is missing;"
                    f" stop it first (`redress serve {self.service}`, also with --only relay, or `redress up`), then run this again."
                )
            await asyncio.sleep(POLL)
        return True

    async def _all_there(self) -> bool:
        relayed = {row["partition"]: row["position"] for row in await self.pool.fetch(_RELAYED)}
        return all(history.reached >= relayed.get(history.partition, 0) for history in self._histories)

    async def _publish(self, connection: asyncpg.Connection, held: int) -> int:
        """By the very way of the relay, from the checkpoints just set, up to where the store ends now."""
        heads = await self._heads()
        total, enough = sum(heads.values()), asyncio.Event()

        def moved(count: int) -> None:
            done = sum(leader.positions.values())
            self.progress(done, total)
            if all(leader.positions[partition] >= head for partition, head in heads.items()):
                enough.set()

        leader = Leader(
            self.service, connection, log=self.log, partitions=range(self.partitions), wake=asyncio.Event(), marks=Silent(), moved=moved
        )
        try:
            await leader.begin()
            moved(0)
            await leader.lead(enough)
        except Exception as error:
            raise NotTaken(
                f"The log did not take everything ({type(error).__name__}: {error}). What it took stays, and the relay or the same"
                " command goes on behind it."
            ) from error
        return total - held

    async def _heads(self) -> Mapping[int, int]:
        return {partition: position for partition, (position, _) in (await self._histories[0].store.heads()).items()}
