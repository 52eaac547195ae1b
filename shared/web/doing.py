"""How does a door carry out a command? `await do(CASE, complaint_id, body.command())`: who, for whom and under which conditions
are taken from the request; the answer carries id, version, position and the ETag.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict

from shared.commands import Answer, Asked, Decided, Idempotency, Step
from shared.contracts.vocabulary import Actor, Role
from shared.decider import Decider
from shared.web.problems import invalid
from shared.web.replies import Reply, reply
from shared.web.serving import serving

_KEY = re.compile(r"^[\x21-\x7e]{1,200}$")
_ETAG = re.compile(r'^(?:W/)?"(\d{1,9})"$')
_NEVER = -1  # a version no stream has: what we cannot read matches nothing


class Receipt(BaseModel):
    """What every command answers, beside what is its own."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    version: int
    position: str | None


class Doing:
    """The commands of this request. `role` says in which role the caller acts where `allow` did not; `actor` where there is no token."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def __call__(
        self,
        decider: Decider[Any, Any],
        stream_id: UUID,
        command: object,
        *,
        key: UUID | None = None,
        status: int = 200,
        answer: Callable[[Decided], dict[str, Any]] | None = None,
        new: bool = False,
        also: Sequence[Step] = (),
        role: Role | None = None,
        actor: Actor | None = None,
    ) -> Reply:
        done = await self.decided(
            decider, stream_id, command, key=key, status=status, answer=answer, new=new, also=also, role=role, actor=actor
        )
        return reply(done.body, done.status, version=done.version)

    async def decided(
        self,
        decider: Decider[Any, Any],
        stream_id: UUID,
        command: object,
        *,
        role: Role | None = None,
        actor: Actor | None = None,
        **more: Any,
    ) -> Answer:
        """The same, for doors that answer in their own way."""
        asked = await self.asked(role=role, actor=actor)
        return await serving(self._request).commands.handle(decider, stream_id, command, asked, **more)

    async def asked(self, *, role: Role | None = None, actor: Actor | None = None) -> Asked:
        """Who asks, for whom, under which conditions."""
        scope, headers = self._request.scope, self._request.headers
        acting = actor or scope["redress.principal"].actor(role or scope.get("redress.role"))
        return Asked(
            actor=acting,
            on_behalf_of=await self._on_behalf_of(),
            idempotency=await self._idempotency(headers.get("idempotency-key")),
            if_match=expected_version(headers.get("if-match")),
            traceparent=scope["redress.trace"].parent,
        )

    async def _on_behalf_of(self) -> str | None:
        body = await self._json()
        found = body.get("on_behalf_of") if isinstance(body, dict) else None
        return found if isinstance(found, str) else None

    async def _idempotency(self, key: str | None) -> Idempotency | None:
        """Keyed, so that the table tells nobody what was asked; the body counts by its meaning, not by its spaces."""
        if key is None:
            return None
        if not _KEY.match(key):
            raise invalid([("/Idempotency-Key", "An Idempotency-Key has 1 to 200 visible ASCII characters.")])
        scope = self._request.scope
        secret = serving(self._request).keys.derive("idempotency")
        place = "\n".join((await self._caller(), scope["method"], scope["path"], key))
        return Idempotency(_hash(secret, b"scope\n" + place.encode()), _hash(secret, b"body\n" + await self._canonical()))

    async def _caller(self) -> str:
        """The token; a complainant has none, but names a complaint."""
        who = self._request.scope.get("redress.principal")
        if who is not None:
            return str(who.token_id)
        body = await self._json()
        return str(body.get("number", "")) if isinstance(body, dict) else ""

    async def _json(self) -> Any:
        return await self._request.json() if await self._request.body() else None

    async def _canonical(self) -> bytes:
        try:
            return orjson.dumps(await self._json(), option=orjson.OPT_SORT_KEYS)
        except (TypeError, ValueError):
            return await self._request.body()


def expected_version(header: str | None) -> int | None:
    """The version that If-Match asks for; None when any will do."""
    if header is None or header.strip() == "*":
        return None
    match = _ETAG.match(header.strip())
    return int(match[1]) if match is not None else _NEVER


def _hash(secret: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, content, hashlib.sha256)


async def _doing(request: Request) -> Doing:
    return Doing(request)


Do = Annotated[Doing, Depends(_doing)]
