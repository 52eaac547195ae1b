"""How is a long list handed over? Page by page: a cursor names the last item's place in the order, so nothing is skipped or repeated."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import asyncpg
import orjson
from fastapi import Depends, Query, Request

from shared.log.port import service_of
from shared.web.problems import invalid
from shared.web.replies import Reply, reply
from shared.web.serving import serving

if TYPE_CHECKING:
    from shared.service import Service

_SEAL = 12
_REACHED = "select topic, partition, position from consumer_checkpoints where consumer = 'views'"

Connection = asyncpg.Connection | asyncpg.Pool


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is wanted: `limit` items behind the place `after` (the sort key of the last item seen), None = the first."""

    limit: int
    after: tuple[Any, ...] | None
    secret: bytes
    call: bytes

    def cut(self, rows: Sequence[Any], place: Callable[[Any], Sequence[Any]]) -> tuple[list[Any], str | None]:
        """Rows of a query with `limit + 1`, and the cursor for what follows. `place` is a row's sort key, unique and JSON."""
        shown = list(rows[: self.limit])
        return shown, self._cursor(place(shown[-1])) if len(rows) > self.limit else None

    def _cursor(self, place: Sequence[Any]) -> str:
        content = orjson.dumps(list(place), default=str)
        return urlsafe_b64encode(_seal(self.secret, self.call, content) + content).decode().rstrip("=")


async def _page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=500, description="How many items at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")] = None,
) -> Page:
    secret = serving(request).keys.derive("cursor")
    call = request.scope["path"].encode()
    return Page(limit, None if cursor is None else _place(secret, call, cursor), secret, call)


def _place(secret: bytes, call: bytes, cursor: str) -> tuple[Any, ...]:
    """Cursors are sealed: what comes back is what we gave out for this very call, so it needs no further checks."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    if not hmac.compare_digest(raw[:_SEAL], _seal(secret, call, raw[_SEAL:])):
        raise invalid([("/cursor", "This is no cursor of this list. Start again without one.")])
    return tuple(orjson.loads(raw[_SEAL:]))


def _seal(secret: bytes, call: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, call + b"\n" + content, hashlib.sha256)[:_SEAL]


Paging = Annotated[Page, Depends(_page)]


async def as_of(service: Service, connection: Connection) -> dict[str, Any]:
    """Up to where the service's views have come. Ask before the items are read: they are then at least as new.

    `recorded_at` is the moment up to which every source is known to be complete here; null before the first watermarks.
    """
    marks = await service.log.watermarks()
    rows = await connection.fetch(_REACHED)
    reached = {(service_of(row["topic"]), row["partition"]): row["position"] for row in rows}
    times = [mark.time for source, mark in marks.items() if source in reached and mark.position <= reached[source]]
    return {
        "recorded_at": min(times) if times else None,
        "positions": {f"{name}/{partition}": position for (name, partition), position in sorted(reached.items())},
    }


def listed(items: Sequence[Any], following: str | None, known: Mapping[str, Any], **more: Any) -> Reply:
    """A list as every call answers it."""
    return reply({"items": items, "next": following, "as_of": known, **more})
