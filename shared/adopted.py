"""Which policies were adopted? They come over the log, so that every service decides by the same version without asking another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
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
    "insert into policies (version, effective_on, content, adopted_at)"
    " select * from unnest($1::text[], $2::date[], $3::jsonb[], $4::timestamptz[]) on conflict (version) do nothing"
)
_NEW = "select version, effective_on, content, adopted_at from policies where version <> all($1::text[])"

log = structlog.get_logger("redress.policies")


async def _apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    found = [event.data for event in events]
    await connection.execute(
        _ADD,
        [data.version for data in found],  # type: ignore[attr-defined]  # the only type this view handles has these fields
        [data.effective_on for data in found],  # type: ignore[attr-defined]
        [orjson.dumps(data.policy).decode() for data in found],  # type: ignore[attr-defined]
        [event.recorded.recorded_at for event in events],
    )


POLICIES = View(name="policies", version=1, tables=(), handles=frozenset({ADOPTED}), apply=_apply)


def _with(known: Policies, found: Iterable[tuple[str, date, dict[str, Any], datetime]]) -> Policies:
    """What is known, with what is new to it."""
    fresh = [
        Adopted(adopted({**content, "version": version, "effective_on": effective_on}, known.zone), at)
        for version, effective_on, content, at in found
        if version not in {one.policy.version for one in known.adopted}
    ]
    return Policies.of([*known.adopted, *fresh], known.zone) if fresh else known


async def load(connection: asyncpg.Pool | asyncpg.Connection, known: Policies) -> Policies:
    """What is known, with what was adopted since."""
    rows = await connection.fetch(_NEW, [one.policy.version for one in known.adopted])
    return _with(known, ((row["version"], row["effective_on"], orjson.loads(row["content"]), row["adopted_at"]) for row in rows))


class Following:
    """The versions as this process knows them."""

    def __init__(self, pool: asyncpg.Pool, zone: ZoneInfo) -> None:
        self.policies = Policies(zone=zone)
        self._pool = pool
        self._stopping = asyncio.Event()

    def seen(self, events: Sequence[Envelope]) -> None:
        """A consumer of this process has committed these; what they adopt holds from now on."""
        found = [(event.data, event.recorded.recorded_at) for event in events if event.type == ADOPTED]
        if found:
            self.policies = _with(self.policies, ((d.version, d.effective_on, d.policy, at) for d, at in found))  # type: ignore[attr-defined]  # the type has them

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
