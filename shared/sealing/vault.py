"""Where are the keys that open sealed text? In a schema of their own, wrapped by the master key, which the database never sees."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.keys import Keys
from shared.sealing.seal import NONCE, Tampered

KEPT = 4.0  # seconds a plain key is remembered: with the time an answer takes, an erased person is read for less than five
KEY = 32

_KEY_FOR = "select subject, wrapped from vault.key_for($1, $2)"
_SHRED = "select vault.shred($1)"

Connection = asyncpg.Connection | asyncpg.Pool


class Vault:
    """The keys of all subjects, as one service may use them."""

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.monotonic) -> None:
        self._master = AESGCM(keys.derive("vault"))
        self._clock = clock
        self._kept: dict[UUID, tuple[bytes | None, float]] = {}  # in the order of their ends

    async def keys(self, connection: Connection, subjects: Iterable[UUID], *, make: bool) -> Mapping[UUID, bytes | None]:
        """The plain keys; None where one was shredded. With `make`, who has none gets one, else it is left out.

        A key made in a transaction is gone if that rolls back, so only what is read outside of one is remembered.
        """
        self._forget()
        wanted = set(subjects)
        found = {subject: self._kept[subject][0] for subject in wanted if subject in self._kept}
        missing = [subject for subject in wanted if subject not in found]
        if not missing:
            return found
        fresh = [self._wrap(subject, os.urandom(KEY)) if make else None for subject in missing]
        until = self._clock() + KEPT  # from before it is asked: while the answer is on its way the key may be destroyed
        rows = await connection.fetch(_KEY_FOR, missing, fresh)
        read = {row["subject"]: self._unwrap(row["subject"], row["wrapped"]) for row in rows}
        if not in_transaction(connection):
            self._kept.update((subject, (key, until)) for subject, key in read.items())
        return found | read

    async def erased(self, connection: Connection, subject: UUID) -> bool:
        """Whether this subject's key was destroyed."""
        found = await self.keys(connection, [subject], make=False)
        return subject in found and found[subject] is None

    async def shred(self, connection: Connection, subject: UUID) -> bool:
        """Destroys a subject's key; whether there was one. Intake alone may."""
        self._kept.pop(subject, None)
        return bool(await connection.fetchval(_SHRED, subject))

    def _forget(self) -> None:
        now = self._clock()
        while self._kept:
            oldest = next(iter(self._kept))
            if self._kept[oldest][1] > now:
                break
            del self._kept[oldest]

    def _wrap(self, subject: UUID, key: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._master.encrypt(nonce, key, subject.bytes)

    def _unwrap(self, subject: UUID, wrapped: bytes | None) -> bytes | None:
        if wrapped is None:
            return None
        try:
            return self._master.decrypt(wrapped[:NONCE], wrapped[NONCE:], subject.bytes)
        except InvalidTag as error:
            raise Tampered(f"the key of {subject} does not open with this master key") from error


def in_transaction(connection: Connection) -> bool:
    """Whether what is read may still be rolled back."""
    return not isinstance(connection, asyncpg.Pool) and connection.is_in_transaction()
