"""How does a token get to its person? Issued as an event, signed when it is handed out, and never kept."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from services.intake.token import TOKEN, IssueToken, Token
from shared.access import Claims, sign
from shared.access.tokens import end_of
from shared.cannot_start import CannotStart
from shared.clock import MachineClock
from shared.commands import Asked
from shared.consumer.reacting import SYSTEM
from shared.contracts.vocabulary import Role
from shared.decider import NotFound, Refused
from shared.ids import new_id
from shared.service import Service
from shared.store.appender import VersionConflict

FIRST = UUID("0f5d3c1e-77a0-8000-8000-000000000001")  # the first administrator's token: the same in every installation, issued once
FIRST_DAYS = 365


async def issue_token(
    intake: Service,
    *,
    name: str,
    roles: Sequence[Role],
    expires_on: date,
    person: str | None = None,
    departments: Sequence[str] = (),
    head_of: Sequence[str] = (),
    token_id: UUID | None = None,
) -> dict[str, Any]:
    """Issues a token on the product's own account, as the command line does: `{id, token, …}`."""
    command = IssueToken(name, tuple(roles), expires_on, today(intake), person, tuple(departments), tuple(head_of))
    given = token_id or new_id()
    done = await intake.commands.handle(TOKEN, given, command, Asked(actor=SYSTEM))
    return {**done.body, "token": await signed(intake, given)}


async def signed(intake: Service, token_id: UUID) -> str:
    """The token, from its claims: the same each time."""
    token = await _token(intake, token_id)
    if token.issued is None:
        raise NotFound
    if intake.keys.signing is None:
        raise CannotStart("Tokens are signed by intake alone; REDRESS_SIGNING_KEY_FILE is not set here.")
    issued = token.issued
    return sign(
        Claims(
            token_id=issued.token_id,
            name=issued.name,
            person=issued.person,
            roles=issued.roles,
            departments=issued.departments,
            head_of=issued.head_of,
            issued_at=issued.issued_at,
            expires_at=end_of(issued.expires_on, intake.zone),
        ),
        intake.keys.signing,
    )


async def keep_admin_token(intake: Service) -> Path:
    """Sees to it that the first administrator's token lies in the data folder, unless it was revoked; answers where."""
    file = intake.settings.data / "admin.token"
    if file.exists():
        return file
    token = await _token(intake, FIRST)
    if token.issued is None:
        try:
            expires = today(intake) + timedelta(days=FIRST_DAYS)
            await issue_token(intake, name="Administrator", person="administrator", roles=("admin",), expires_on=expires, token_id=FIRST)
        except (Refused, VersionConflict):
            token = await _token(intake, FIRST)  # another process was faster
    if not token.revoked:
        await asyncio.to_thread(_write, file, await signed(intake, FIRST))
    return file


def today(intake: Service) -> date:
    """The real day where the organisation is."""
    return MachineClock().now().astimezone(intake.zone).date()


async def _token(intake: Service, token_id: UUID) -> Token:
    history = await intake.store.stream(token_id)
    return TOKEN.fold(token_id, (envelope.data for envelope in history))


def _write(file: Path, token: str) -> None:
    """Whole or not at all, and for its owner's eyes only; instances that share the folder write the same."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        number, making = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with os.fdopen(number, "w") as out:
            out.write(token)
            out.flush()
            os.fsync(out.fileno())
        Path(making).replace(file)
    except OSError as error:
        raise CannotStart(f"The administrator's token {file} cannot be written: {error.strerror}.") from error
