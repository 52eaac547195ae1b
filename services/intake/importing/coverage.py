"""Which months does an import cover? Those the mapping names, else the full months between the first and the last receipt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.intake.importing.mapping import Source
from services.intake.importing.values import day_in


class Coverage:
    """Follows the receipts of a file."""

    def __init__(self, source: Source, zone: ZoneInfo) -> None:
        self._source = source
        self._zone = zone
        self._first: datetime | None = None
        self._last: datetime | None = None

    def saw(self, receipts: Iterable[datetime]) -> None:
        for received in receipts:
            if self._first is None or received < self._first:
                self._first = received
            if self._last is None or received > self._last:
                self._last = received

    def days(self) -> tuple[date | None, date | None]:
        """The first and the last day; a month that was not over at the last receipt is not covered."""
        first, last = self._source.covers_from, self._source.covers_to
        if self._first is not None and self._last is not None:
            first = first or day_in(self._first, self._zone).replace(day=1)
            next_day = day_in(self._last, self._zone) + timedelta(days=1)
            last = last or next_day.replace(day=1) - timedelta(days=1)  # the last month's end, if it was reached
        return (first, last) if first and last and first <= last else (None, None)
