"""How is a letter handed over by SMTP, and what is known afterwards? Either it was taken, or it was not, or nobody knows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPDataError, SMTPException, SMTPRecipientRefused, SMTPResponseException

from services.intake.notifying.letters import Letter
from services.intake.notifying.notification import Fail, Postpone, Send

WITHIN = 60.0  # seconds a server may take for an answer
ENCRYPTED = "smtps"

Result = Send | Postpone | Fail

_BROKEN = (SMTPException, OSError, asyncio.TimeoutError)


class Away(Exception):
    """The mail server cannot be reached, or does not let us in. Nothing was handed over."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over, as `REDRESS_SMTP_URL` says it. With a password the connection must be encrypted."""

    host: str
    port: int
    encrypted: bool
    user: str | None
    password: str | None
    sender: str

    @classmethod
    def of(cls, url: str, sender: str) -> Server:
        parts = urlsplit(url)
        encrypted = parts.scheme == ENCRYPTED
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if encrypted else 25),
            encrypted=encrypted,
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            sender=sender,
        )

    def client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.encrypted,
            start_tls=True if self.user is not None and not self.encrypted else None,  # None: if the server can
            username=self.user,
            password=self.password,
            timeout=WITHIN,
            local_hostname=self.sender.partition("@")[2],
        )


class Line:
    """One connection to the server, made when there is something to hand over. One letter at a time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: aiosmtplib.SMTP | None = None

    async def ready(self) -> None:
        """Returns when a letter can be handed over. Raises Away."""
        if self._client is not None and self._client.is_connected:
            return
        client = self._server.client()
        try:
            await client.connect()
        except _BROKEN as error:
            client.close()
            raise Away(type(error).__name__) from error
        self._client = client

    async def hand_over(self, letter: Letter) -> Result:
        """What is known of it afterwards. Up to the letter's last line nothing was handed over; after it only the answer says."""
        client = self._client
        assert client is not None
        try:
            refused = await self._announce(client, letter)
        except SMTPResponseException as error:
            return await self._not_taken(client, error.code)
        except _BROKEN:
            self._lose()
            return Postpone()
        if len(refused) == len(letter.to):
            return await self._not_taken(client, min(refused.values()))
        try:
            await client.data(letter.message)
        except SMTPDataError as error:
            return _answered(error.code)
        except _BROKEN:
            self._lose()
            return Fail("unknown")
        return Send("email", refused=tuple(letter.to[address] for address in refused))

    async def close(self) -> None:
        """Says goodbye."""
        if self._client is not None and self._client.is_connected:
            with suppress(*_BROKEN):
                await self._client.quit()
        self._lose()

    async def _announce(self, client: aiosmtplib.SMTP, letter: Letter) -> dict[str, int]:
        """From whom and to whom; answers whom the server does not take it for."""
        await client.mail(self._server.sender)
        refused: dict[str, int] = {}
        for address in letter.to:
            try:
                await client.rcpt(address)
            except SMTPRecipientRefused as error:
                refused[address] = error.code
        return refused

    async def _not_taken(self, client: aiosmtplib.SMTP, code: int) -> Result:
        """The connection is as it was before, for the next letter."""
        try:
            await client.rset()
        except _BROKEN:
            self._lose()
        return _answered(code)

    def _lose(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


def _answered(code: int) -> Result:
    """What the server's reply means: 4xx not now, 5xx never; anything else is no answer to rely on."""
    if 400 <= code < 500:
        return Postpone(code)
    return Fail("rejected", code) if 500 <= code < 600 else Fail("unknown", code)
