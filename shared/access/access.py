"""May this token enter? One answer per request, from memory: verified once, looked up in the revocations each time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import asyncpg
import structlog

from shared.access.principal import Principal
from shared.access.reading_ahead import ReadingAhead
from shared.access.revocations import REVOKED, Revocations
from shared.access.tokens import BadToken, Claims, sign, verify
from shared.clock import MachineClock
from shared.consumer.checkpoints import Mark
from shared.contracts.vocabulary import Role
from shared.envelope import Envelope
from shared.ids import new_id
from shared.keys import Keys
from shared.log.port import Log
from shared.settings import Settings

POLL = 1.0
POLL_AT_START = 0.05
START = 10.0  # seconds; an outage that lasts is not asked about twenty times a second
REMEMBERED = 10_000  # tokens; beyond that all are verified anew

_REVOKED = "select token_id from revoked_tokens"
_REACHED = "select partition, position, log_offset from consumer_checkpoints where consumer = 'access' and topic = 'redress.intake'"

log = structlog.get_logger("redress.access")


class NotAdmitted(Exception):
    """There is no good token; the detail says what is wrong with it."""


class NotCurrent(Exception):
    """Whether the token was revoked cannot be told: intake has not been heard of for too long."""


class Admits(Protocol):
    """What access needs of the service it stands before."""

    @property
    def keys(self) -> Keys: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def pool(self) -> asyncpg.Pool: ...
    @property
    def log(self) -> Log: ...


class Access:
    """The doorkeeper of one service in one process. `one_of_many` does not rely on the consumer, which may run elsewhere or nowhere."""

    def __init__(self, service: Admits, *, one_of_many: bool = False) -> None:
        self._service = service
        self._ahead = ReadingAhead(service.log) if one_of_many else None
        self._known: dict[str, Principal] = {}
        self._stopping = asyncio.Event()
        self.revocations = Revocations(service.settings.partitions)

    def admit(self, token: str) -> Principal:
        """Who carries this token. Raises NotAdmitted, or NotCurrent when it cannot be told."""
        who = self._known.get(token) or self._verified(token)
        if who.expires_at.timestamp() <= time.time():  # real time, whatever the product's clock says
            raise NotAdmitted("The token has expired; an administrator can issue a new one.")
        if who.token_id in self.revocations:
            raise NotAdmitted("The token has been revoked.")
        if not self.revocations.current:
            raise NotCurrent("It cannot be told at the moment whether this token is still good. Try again in a moment.")
        return who

    def token_for_this_call(self, roles: Sequence[Role]) -> str:
        """A token for the product's own use of its calls: never issued, good for a minute."""
        if self._service.keys.signing is None:
            raise NotAdmitted("Tokens are signed by intake alone.")
        now = MachineClock().now()
        claims = Claims(new_id(), "Redress", "redress", tuple(roles), (), (), now, now + timedelta(minutes=1))
        return sign(claims, self._service.keys.signing)

    @property
    def ready(self) -> bool:
        """Whether anybody can be let in."""
        return self.revocations.current

    def seen(self, events: Sequence[Envelope]) -> None:
        """A consumer of this process has committed these; what they revoke holds from now on."""
        self.revocations.add(UUID(e.body["token_id"]) for e in events if e.type == REVOKED)

    async def current(self) -> None:
        """Returns once somebody can be let in, and not just until what a former process heard is too old."""
        while not self.revocations.fresh:  # noqa: ASYNC110  # it becomes so by a poll of the database, which no event here announces
            await asyncio.sleep(POLL_AT_START)

    async def run(self) -> None:
        """Keeps the revocations current until stopped; a service that loses touch ends up letting nobody in."""
        started = time.monotonic()
        while not self._stopping.is_set():
            try:
                await self.refresh()
            except Exception as error:
                log.warning("revocations unread", error=type(error).__name__)
            starting = not self.ready and time.monotonic() - started < START
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), POLL_AT_START if starting else POLL)

    async def refresh(self) -> None:
        """Looks once at what is revoked and how current that is. The list is read last: it holds at least what was reached."""
        promised = {p: mark for (service, p), mark in (await self._service.log.watermarks()).items() if service == "intake"}
        async with self._service.pool.acquire() as connection:
            consumed = {row["partition"]: Mark(row["position"], row["log_offset"]) for row in await connection.fetch(_REACHED)}
            self.revocations.add(row["token_id"] for row in await connection.fetch(_REVOKED))
        reached = {partition: mark.position for partition, mark in consumed.items()}
        if self._ahead is not None:
            ahead, revoked = await self._ahead.read(promised, consumed)
            self.revocations.add(revoked)
            reached.update(ahead)
        self.revocations.heard(promised, reached)

    def stop(self) -> None:
        self._stopping.set()

    def _verified(self, token: str) -> Principal:
        try:
            who = verify(token, self._service.keys.verify)
        except BadToken as error:
            raise NotAdmitted("The token is not one of this product's.") from error
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[token] = who
        return who
