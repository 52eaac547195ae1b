"""Who guesses secrets? Ten wrong ones for a number or a hundred from an address within a quarter of an hour are too many."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from shared.contracts.event import Event
from shared.contracts.intake import TrackingRefused
from shared.decider import Context, Decider

PER_NUMBER = 10
PER_ADDRESS = 100
WITHIN_SECONDS = 15 * 60

_COUNT = (
    "select count(*) filter (where number = $1) as number, count(*) filter (where address = $2) as address from guesses"
    f" where (number = $1 or address = $2) and at > clock_timestamp() - interval '{WITHIN_SECONDS} seconds'"
)
_NOTE = "insert into guesses (number, address) values ($1, $2)"
_FORGET = f"delete from guesses where at < clock_timestamp() - interval '{WITHIN_SECONDS} seconds'"


@dataclass(frozen=True, slots=True)
class WrongSecret:
    """Somebody gave a wrong secret for a number that exists."""

    number: str
    address_hash: str


def _decide(state: UUID, command: WrongSecret, context: Context) -> Sequence[Event]:
    return (TrackingRefused(number=command.number, address_hash=command.address_hash),)


TRACKING = Decider("tracking", lambda stream_id: stream_id, _decide, lambda state, event: state)


@dataclass(frozen=True, slots=True)
class Guesses:
    """Wrong secrets so far, counted for all processes in the database, by real time."""

    pool: asyncpg.Pool
    key: bytes

    async def blocked(self, number: str, address: str) -> tuple[bool, bool]:
        """Whether the number is closed to everybody for now, and whether the address may not guess any more."""
        (row,) = await self.pool.fetch(_COUNT, self._hash("number", number), self._hash("address", address))
        return row["number"] >= PER_NUMBER, row["address"] >= PER_ADDRESS

    async def note(self, number: str, address: str) -> None:
        """One more wrong guess; old ones are forgotten."""
        await self.pool.execute(_FORGET)
        await self.pool.execute(_NOTE, self._hash("number", number), self._hash("address", address))

    def record(self, number: str, address: str) -> WrongSecret:
        """What is put on record of a wrong secret: the number, and of the asker only a keyed hash to count by."""
        return WrongSecret(number, self._hash("address", address).hex())

    def _hash(self, kind: str, value: str) -> bytes:
        return hmac.digest(self.key, f"{kind}:{value}".encode(), hashlib.sha256)
