"""How is a door tested without a database? In a small app around a service that is only as real as the web layer needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import httpx
from fastapi import APIRouter

from shared.access import Access, Claims, sign
from shared.clock import MachineClock
from shared.commands import Answer, Asked
from shared.contracts.vocabulary import Role
from shared.keys import Keys
from shared.log.port import Watermark
from shared.progress import NotCaughtUp, Position
from shared.settings import Settings
from shared.web.app import create_app

if TYPE_CHECKING:
    from shared.service import Service


@dataclass
class Remembering:
    """Stands where Commands do: notes what was asked, and answers or raises what the test says."""

    asked: list[Asked] = field(default_factory=list)
    raises: Exception | None = None

    async def handle(self, decider: object, stream_id: UUID, command: object, asked: Asked, **more: Any) -> Answer:
        self.asked.append(asked)
        if self.raises is not None:
            raise self.raises
        body = {"id": str(stream_id), "version": 3, "position": "intake/1/7"}
        return Answer(more.get("status", 200), body, 3, "intake/1/7")


@dataclass
class Kept:
    """Stands where the pool does: holds the row of one answer given before, or none."""

    answered: dict[str, Any] | None = None
    asked: list[str] = field(default_factory=list)

    async def fetchrow(self, statement: str, *given: Any) -> dict[str, Any] | None:
        self.asked.append(statement)
        return self.answered


@dataclass
class Standing:
    """Stands where Progress does."""

    waited: list[Sequence[Position]] = field(default_factory=list)
    reached: bool = True
    parked: bool = False

    async def caught_up(self, positions: Sequence[Position], within: float = 5.0) -> bool:
        self.waited.append(positions)
        if not self.reached:
            raise NotCaughtUp
        return self.parked


class Small:
    """The app, its service, and clients with tokens. `heard`: so long ago intake was last heard of."""

    def __init__(self, *routers: APIRouter, heard: timedelta = timedelta()) -> None:
        keys = Keys.generate()
        self.service = SimpleNamespace(
            name="intake",
            keys=keys,
            settings=Settings(partitions=1),
            clock=MachineClock(),
            commands=Remembering(),
            progress=Standing(),
            pool=Kept(),
            log=None,
        )
        self.service.access = Access(self.service)
        now = datetime.now(UTC) - heard
        self.service.access.revocations.heard({0: Watermark(0, now, heard=now)}, {0: 0})
        self.app = create_app(cast("Service", self.service), routers)
        self.claims = Claims(uuid4(), "Anna", "anna", ("desk",), ("desk",), (), datetime.now(UTC), datetime.now(UTC) + timedelta(days=1))

    def token(self, *roles: Role, **changed: Any) -> str:
        claims = replace(self.claims, roles=roles or self.claims.roles, **changed)
        assert self.service.keys.signing is not None
        return sign(claims, self.service.keys.signing)

    def client(self, *roles: Role, **headers: str) -> httpx.AsyncClient:
        sent = {"authorization": f"Bearer {self.token(*roles)}", **headers}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://product", headers=sent)

    def stranger(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://product")
