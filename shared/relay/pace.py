"""How fast may events be added by the thousand: imported, in batches, or by reactions to those? No faster than the relay: while
the log is seconds behind the store, nobody can be told in time that a token was revoked, and every service would have to close
its doors.
"""

from __future__ import annotations

import asyncio
import time

import asyncpg

AHEAD = 2_000  # events the store may be before the log
LOOK_EVERY = 0.02
PATIENCE = 3.0  # seconds without progress after which no relay is running, so that nobody is kept waiting

_BEHIND = (
    "select coalesce(sum(h.position - coalesce(c.position, 0)), 0)::bigint from heads h left join relay_checkpoints c using (partition)"
)


class Pace:
    """Holds its caller back while the relay is too far behind."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._relayed = True
        self._last = 0  # how far behind it was when last looked at: a relay that stood still may go on again

    async def keep(self) -> None:
        """Returns once the relay is close enough, or is seen not to run at all."""
        least, since = await self._behind(), time.monotonic()
        self._relayed = self._relayed or least < self._last
        while self._relayed and least > AHEAD:
            await asyncio.sleep(LOOK_EVERY)
            behind = await self._behind()
            if behind < least:
                least, since = behind, time.monotonic()
            self._relayed = time.monotonic() - since < PATIENCE
        self._last = least

    async def _behind(self) -> int:
        return int(await self._pool.fetchval(_BEHIND))
