"""Which policies were adopted? They come over the log, so that every service decides by the same version without asking another."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import orjson
import structlog

from shared.envelope import Envelope
from shared.policy import Policies, adopted
from shared.policy.policies import Adopted
from shared.views import View

ADOPTED = "routing.policy-adopted.v1"
POLL = 1.0  # the guarantee where another process consumes; this process's own consumer says so at once

_ADD = (
    "insert into policies (version, effective_on, content, adopted_at, recorded_at)"
    " select * from unnest($1::text[], $2::date[], $3::jsonb[], $4::timestamptz[], $5::timestamptz[]) on conflict (version) do nothing"
)
_NEW = "select version, effective_on, content, adopted_at, recorded_at from policies where version <> all($1::text[])"

log = structlog.get_logger("redress.policies")


async def _apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    found = [event.data for event in events]
    await connection.execute(
        _ADD,
        [data.version for data in found],  # type: ignore[attr-defined]  # the only type this view handles has these fields
        [data.effective_on for data in found],  # type: ignore[attr-defined]  # as above
        [orjson.dumps(data.policy).decode() for data in found],  # type: ignore[attr-defined]  # as above
        [event.recorded.occurred_at for event in events],
        [event.recorded.recorded_at for event in events],
    )


POLICIES = View(name="policies", version=1, tables=(), handles=frozenset({ADOPTED}), apply=_apply)


def _with(known: Policies, found: Sequence[tuple[Mapping[str, Any], datetime, datetime]]) -> Policies:
    """What is known, with what is new to it: contents with their headings, when decided, when recorded."""
    names = {one.policy.version for one in known.adopted}
    fresh = [Adopted(adopted(content, known.zone), at, recorded) for content, at, recorded in found if content["version"] not in names]
    return Policies.of([*known.adopted, *fresh], known.zone) if fresh else known


async def load(connection: asyncpg.Pool | asyncpg.Connection, known: Policies) -> Policies:
    """What is known, with what was adopted since."""
    rows = await connection.fetch(_NEW, [one.policy.version for one in known.adopted])
    return _with(known, [({**orjson.loads(row["content"]), **_heading(row)}, row["adopted_at"], row["recorded_at"]) for row in rows])


def _heading(told: Mapping[str, Any] | asyncpg.Record) -> dict[str, Any]:
    return {"version": told["version"], "effective_on": told["effective_on"]}


class Following:
    """The versions as this process knows them."""

    def __init__(self, pool: asyncpg.Pool, zone: ZoneInfo) -> None:
        self.policies = Policies(zone=zone)
        self._pool = pool
        self._stopping = asyncio.Event()

    def seen(self, events: Sequence[Envelope]) -> None:
        """A consumer of this process has committed these; what they adopt holds from now on."""
        found = [event for event in events if event.type == ADOPTED]
        if found:
            told = [({**e.body["policy"], **_heading(e.body)}, e.recorded.occurred_at, e.recorded.recorded_at) for e in found]
            self.policies = _with(self.policies, told)

    async def refresh(self) -> None:
        """Looks what was adopted since the last look."""
        found = await load(self._pool, self.policies)
        if len(found.adopted) > len(self.policies.adopted):
            self.policies = found

    async def run(self) -> None:
        """Keeps the versions current until stopped."""
        while not self._stopping.is_set():
            try:
                await self.refresh()
            except Exception as error:
                log.warning("policies unread", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), POLL)

    def stop(self) -> None:
        self._stopping.set()
