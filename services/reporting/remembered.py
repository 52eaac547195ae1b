"""What was counted before of the very same facts? Between two questions mostly nothing was recorded, and then nothing is counted anew.

Facts are the same where every source stands at the same position: a figure by what is known, not by what time it is, is then the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.reporting.terms import Terms

REMEMBERED = 100
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted at a moment, and the moment from which on it may be something else; none: as long as nothing is recorded."""

    value: Any
    since: datetime
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


class Remembered:
    """The latest tables by what they are of, and the positions they were counted at."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Counted] = {}

    async def __call__(self, of: Hashable, terms: Terms, count: Callable[[], Awaitable[Any]]) -> Any:
        """What was counted then, or what is counted now. Whoever gets it does not change it."""
        return await self.until(of, terms, lambda: _for_ever(count, terms))

    async def until(self, of: Hashable, terms: Terms, count: Callable[[], Awaitable[Counted]]) -> Any:
        """The same of what depends on the time too, and says until when."""
        key = (of, tuple(sorted(terms.as_of.positions.items())))
        known = self._known.get(key)
        if known is None or not known.holds(terms.as_of.recorded_at):
            known = await count()
            self._known = dict([*self._known.items()][-REMEMBERED + 1 :]) | {key: known}
        return known.value


async def _for_ever(count: Callable[[], Awaitable[Any]], terms: Terms) -> Counted:
    return Counted(await count(), EVER)
