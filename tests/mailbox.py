"""Where does mail arrive in tests? A real SMTP server on a port of this machine, which does what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

Step = Callable[[SMTP], Awaitable[str]]

TAKEN = "250 OK"


async def drop(server: SMTP) -> str:
    """The line goes dead after the letter was taken, and before it is said."""
    assert server.transport is not None
    server.transport.abort()
    return TAKEN


def says(reply: str) -> Step:
    async def step(server: SMTP) -> str:
        return reply

    return step


@dataclass
class Mailbox:
    """`after` is what happens when a letter has been handed over, in turn; then it is taken. A reply that is not 250 keeps nothing."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    after: list[Step] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)  # address: reply

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return TAKEN

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """A letter is there as soon as its last line is: what becomes of the answer is another matter."""
        letter = cast(EmailMessage, message_from_bytes(cast(bytes, envelope.content), policy=policy.default))
        self.letters.append(letter)
        step = self.after.pop(0) if self.after else says(TAKEN)
        reply = await step(server)
        if reply != TAKEN:
            self.letters.remove(letter)
        return reply

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Mailbox]:
        """For as long as the block lasts; opened again it is found at the same port."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, hostname="mail.example.com", loop=loop), "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
