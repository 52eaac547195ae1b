"""Who hands notifications over? One sender at a time, wherever consumers run; what the store says counts, not what the view still shows.

The attempt is recorded before, under the stream's expected version, so that of two senders one goes on. Its result is recorded
after. Whoever finds an attempt of somebody who is gone does not know whether it arrived, says so, and never makes it again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from services.intake.notifying.letters import Letter, Letters
from services.intake.notifying.line import Away, Line, Server
from services.intake.notifying.notification import NOTIFICATION, Attempt, Command, Fail, Notification, Postpone, Send
from services.intake.views.notifications import waiting
from shared.commands import Asked
from shared.consumer.failures import transient
from shared.consumer.reacting import SYSTEM
from shared.decider import Refused
from shared.log.claims import SENDER, Claims
from shared.service import Service

LINES = 4  # letters on their way at the same time
HANDS = 24  # others at the same time: what they record shares its commits
AT_ONCE = 100
LOOK_EVERY = 0.5
CLAIM = 1.0  # seconds between tries for partitions another sender has
AFTER_END = 5.0  # seconds in which the view may hear that a notification has ended
BACK_OFF = (30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0)  # seconds until it is tried again; then it is given up
BROKEN = 60.0  # seconds until one is looked at again that nobody foresaw
AWAY = (1.0, 5.0, 15.0, 60.0)  # seconds until a server that cannot be reached is asked again
GIVEN_UP_AFTER = timedelta(days=3)

log = structlog.get_logger("redress.sender")


class Sender:
    """Of one service. It works on the partitions that no other sender has."""

    def __init__(self, service: Service, letters: Letters) -> None:
        settings = service.settings
        self._service = service
        self._letters = letters
        self._server = None if settings.smtp_url is None or settings.mail_from is None else Server.of(settings.smtp_url, settings.mail_from)
        self._connection: asyncpg.Connection | None = None
        self._claims: Claims | None = None
        self._claim_at = 0.0
        self._resting: dict[UUID, float] = {}  # until when they are left alone
        self._results: dict[UUID, Command] = {}  # known here, and perhaps not yet on record
        self._away = 0  # how often in a row the server could not be reached
        self._away_until = 0.0
        self._woken = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Looks every half second, or when woken, until stopped. What is under way is finished first."""
        while not self._stopping:
            self._woken.clear()
            try:
                while await self._some() and not self._stopping:
                    pass
            except Exception as error:
                log.warning("sender restarts", error=type(error).__name__)
                if self._connection is not None:
                    self._connection.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY)
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close(timeout=2)

    def wake(self) -> None:
        """There is something new to tell."""
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    async def _some(self) -> int:
        """Goes through some of what waits; answers how many of them it need not leave for a server that is away."""
        claims = await self._claimed()
        now = time.monotonic()
        self._resting = {one: until for one, until in self._resting.items() if until > now}
        found = await waiting(self._service.pool, claims.held, list(self._resting), AT_ONCE)
        letters: list[UUID] = []
        done = await _side_by_side(HANDS, found, lambda shared: self._work(shared, None, letters))
        return done + await _side_by_side(LINES, letters, self._by_mail)

    async def _claimed(self) -> Claims:
        if self._connection is None or self._claims is None or self._connection.is_closed():
            self._connection = await self._service.connect()
            self._claims = Claims(self._connection, SENDER, self._service.name)
            self._claim_at = 0.0
        partitions = range(self._service.settings.partitions)
        if len(self._claims.held) < len(partitions) and time.monotonic() >= self._claim_at:
            self._claim_at = time.monotonic() + CLAIM
            await self._claims.take(partitions, len(partitions))
        return self._claims

    async def _by_mail(self, found: Iterator[UUID]) -> int:
        assert self._server is not None
        line = Line(self._server)
        try:
            return await self._work(found, line, [])
        finally:
            await line.close()

    async def _work(self, found: Iterator[UUID], line: Line | None, letters: list[UUID]) -> int:
        done = 0
        for notification_id in found:
            if self._stopping:
                break
            try:
                done += await self._one(notification_id, line, letters)
            except Exception as error:
                if transient(error):
                    raise
                log.error("not told", notification=str(notification_id), error=type(error).__name__)
                self._rest(notification_id, BROKEN)
        return done

    async def _one(self, notification_id: UUID, line: Line | None, letters: list[UUID]) -> bool:
        """Takes it one step on; False when it has to wait: for the mail server, or as one of the `letters` for a line to it."""
        told = await self._service.store.stream(notification_id)
        state: Notification = NOTIFICATION.fold(notification_id, (envelope.data for envelope in told))
        if state.requested is None or state.ended is not None:
            self._rest(notification_id, AFTER_END)
        elif state.attempting:
            await self._record(state, self._results.get(notification_id, Fail("unknown")))
        else:
            letter = await self._letters.about(state.requested)
            if not isinstance(letter, Letter):
                await self._record(state, letter)
            elif line is None:
                letters.append(notification_id)
                return False
            elif await self._reached(line):
                await self._attempt(line, state, letter)
            elif self._service.clock.now() - told[0].recorded.recorded_at > GIVEN_UP_AFTER:
                await self._record(state, Fail("not_taken"))
            else:
                self._rest(notification_id, self._away_until - time.monotonic())
                return False
        return True

    async def _attempt(self, line: Line, state: Notification, letter: Letter) -> None:
        try:
            await self._service.commands.handle(NOTIFICATION, state.id, Attempt(), Asked(SYSTEM), key=_key(state))
        except Refused:  # another sender took it, which had heard that this one was gone
            self._rest(state.id, AFTER_END)
            return
        result = await line.hand_over(letter)
        if isinstance(result, Postpone) and state.attempts >= len(BACK_OFF):
            result = Fail("not_taken", result.reply)
        await self._record(state, result)
        if isinstance(result, Postpone):
            self._rest(state.id, BACK_OFF[state.attempts])

    async def _record(self, state: Notification, result: Command) -> None:
        """Remembered until it is on record: when the database is away meanwhile, what is known must not become unknown."""
        self._results[state.id] = result
        await self._service.commands.handle(NOTIFICATION, state.id, result, Asked(SYSTEM), key=_key(state))
        del self._results[state.id]
        if isinstance(result, (Send, Fail)):
            self._rest(state.id, AFTER_END)

    def _rest(self, notification_id: UUID, seconds: float) -> None:
        self._resting[notification_id] = time.monotonic() + seconds

    async def _reached(self, line: Line) -> bool:
        """Whether the server can be handed a letter now; one that is away is not asked again for every letter."""
        if time.monotonic() < self._away_until:
            return False
        try:
            await line.ready()
        except Away as away:
            if not self._away:
                log.warning("mail server away", error=str(away))
            self._away_until = time.monotonic() + AWAY[min(self._away, len(AWAY) - 1)]
            self._away += 1
            return False
        if self._away:
            log.info("mail server back")
        self._away = 0
        return True


async def _side_by_side(most: int, found: Sequence[UUID], work: Callable[[Iterator[UUID]], Coroutine[Any, Any, int]]) -> int:
    """So many share what was found. Nobody is cancelled because another one failed: that would leave a letter half handed over."""
    shared = iter(found)
    ended = await asyncio.gather(*(work(shared) for _ in range(min(most, len(found)))), return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return sum(one for one in ended if isinstance(one, int))


def _key(state: Notification) -> UUID:
    """The log's: what it is about."""
    assert state.requested is not None
    about = state.requested
    return about.complaint_id or about.feedback_id or about.capa_id or state.id
