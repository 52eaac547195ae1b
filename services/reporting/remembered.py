"""What was counted before of the very same facts? Between two questions mostly nothing was recorded, and then nothing is counted anew.

Facts are the same where every source stands at the same position: a figure by what is known, not by what time it is, is then the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from services.reporting.terms import Terms

REMEMBERED = 100


class Remembered:
    """The latest by what they are of, and the positions they were counted at."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    async def __call__(self, of: Hashable, terms: Terms, count: Callable[[], Awaitable[Any]]) -> Any:
        """What was counted then, or what is counted now. Whoever gets it does not change it."""
        key = (of, tuple(sorted(terms.as_of.positions.items())))
        if key not in self._known:
            found = await count()
            self._known = dict([*self._known.items()][-REMEMBERED + 1 :]) | {key: found}
        return self._known[key]
