"""How does a door carry out a command? `await do(CASE, complaint_id, body.command())`: who, for whom and under which conditions
are taken from the request; the answer carries id, version, position and the ETag.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.commands import Answer, Asked, Decided, Idempotency, Step
from shared.contracts.vocabulary import Actor, Role
from shared.decider import Decider
from shared.store.kept import kept
from shared.web.bodies import Body
from shared.web.problems import Problem, invalid
from shared.web.replies import Reply, reply
from shared.web.serving import serving

_KEY = re.compile(r"^[\x21-\x7e]{1,200}$")
_READING = frozenset(("GET", "HEAD", "OPTIONS"))
_ETAG = re.compile(r'^(?:\*|(?:W/)?"(\d{1,9})")$', re.ASCII)


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
        request = self._request
        body = await request.body()
        content = await _content(request) if body else None
        headers, scope = request.headers, request.scope
        return Asked(
            actor=actor or scope["redress.principal"].actor(role or scope.get("redress.role")),
            on_behalf_of=_text(content, "on_behalf_of"),
            idempotency=_idempotency(request, body, content),
            if_match=expected_version(headers.get("if-match")),
            traceparent=scope["redress.trace"].parent,
        )

    async def first(self) -> Reply | None:
        """What this very request was answered before: rules that hold by now do not change it."""
        request = self._request
        if "idempotency-key" not in request.headers:
            return None
        body = await request.body()
        idempotency = _idempotency(request, body, await _content(request) if body else None)
        found = None if idempotency is None else await kept(serving(request).pool, idempotency)
        return None if found is None else reply(found["body"], found["status"], version=found["version"])


async def _content(request: Request) -> Any:
    """The body as JSON. Where the door takes none, all that may stand in it is for whom the caller acts."""
    try:
        content = await request.json()
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not JSON in UTF-8.") from None
    if getattr(request.scope.get("route"), "body_field", None) is None:
        try:
            Body.model_validate(content)
        except ValidationError as error:
            raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from None
    return content


def _text(content: Any, name: str) -> str | None:
    found = content.get(name) if isinstance(content, dict) else None
    return found if isinstance(found, str) else None


def _idempotency(request: Request, body: bytes, content: Any) -> Idempotency | None:
    """Keyed hashes, so that the table tells nobody what was asked. The body counts by its meaning, not by its spaces."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.match(key):
        raise invalid([("/Idempotency-Key", "An Idempotency-Key has 1 to 200 visible ASCII characters.")])
    scope = request.scope
    who = scope.get("redress.principal")
    caller = str(who.token_id) if who is not None else _text(content, "number") or ""  # a complainant names a complaint
    place = "\n".join((caller, scope["method"], scope["path"], key)).encode()
    try:
        meaning = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number that fits nowhere
        meaning = body
    secret: bytes = request.app.state.idempotency
    return Idempotency(_hash(secret, b"scope", place), _hash(secret, b"body", meaning))


def expected_version(header: str | None) -> int | None:
    """The version that If-Match asks for; None when any will do."""
    if header is None:
        return None
    match = _ETAG.match(header.strip())
    if match is None:
        raise invalid([("/If-Match", 'Write the version as the ETag says it, like "3".')])
    return None if match[1] is None else int(match[1])


def _hash(secret: bytes, what: bytes, content: bytes) -> bytes:
    return hashlib.blake2b(content, key=secret, person=what, digest_size=32).digest()


class _ToDo:
    """What stands behind `Do`. Unless it tells only a `part` of the answer, a request that was answered before gets that answer first."""

    def __init__(self, *, part: bool = False) -> None:
        self._part = part

    async def __call__(self, request: Request) -> Doing:
        return Doing(request)

    def value(self, request: Request) -> Doing:
        return Doing(request)

    async def before(self, request: Request) -> Reply | None:
        """Only for who has a token: a complainant's secret is looked at first."""
        if self._part or request.method in _READING or "redress.principal" not in request.scope:
            return None
        return await Doing(request).first()


Do = Annotated[Doing, Depends(_ToDo())]
DoPart = Annotated[Doing, Depends(_ToDo(part=True))]  # for doors that add to the answer what is not kept, as secrets are not
