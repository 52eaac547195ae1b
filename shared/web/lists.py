"""How is a long list handed over? Page by page: a cursor names the last item's place in the order, so nothing is skipped or repeated."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
_REACHED = "select topic, partition, position, log_offset from consumer_checkpoints where consumer = 'views' order by topic, partition"

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

    `recorded_at` is a moment up to which every source is complete here: its watermark's if all of that is consumed,
    else when the last event consumed was recorded.
    """
    marks = await service.log.watermarks()
    rows = await connection.fetch(_REACHED)
    passed: list[datetime] = []
    for row in rows:
        source = (service_of(row["topic"]), row["partition"])
        mark = marks.get(source)
        if mark is not None and row["position"] >= mark.position:
            passed.append(mark.time)
        else:
            last = await service.log.read(*source, row["log_offset"] - 1, 1) if row["position"] else ()
            passed.append(datetime.fromisoformat(last[0].headers["ce_recordedtime"].decode()) if last else service.started_at)
    positions = {f"{service_of(row['topic'])}/{row['partition']}": row["position"] for row in rows}
    return {"recorded_at": min(passed, default=service.started_at), "positions": positions}


def listed(items: Sequence[Any], following: str | None, known: Mapping[str, Any], **more: Any) -> Reply:
    """A list as every call answers it."""
    return reply({"items": items, "next": following, "as_of": known, **more})
