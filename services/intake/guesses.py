"""Who guesses secrets? Ten wrong ones for a number or a hundred from an address within a quarter of an hour are too many."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import asyncpg

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

    def _hash(self, kind: str, value: str) -> bytes:
        return hmac.digest(self.key, f"{kind}:{value}".encode(), hashlib.sha256)
