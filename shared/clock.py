"""What time is it in the product? Nobody else asks the machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The product's time, aware, in UTC: what decisions, deadlines and months go by."""
        ...

    def recorded_now(self) -> datetime | None:
        """What stamps recorded time; None leaves it to the database's own clock."""
        ...

    def recorded(self, latest: datetime) -> None:
        """Told by the store what was recorded: a clock that stands must not promise, in a watermark, less than that has passed."""
        ...


class MachineClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def recorded_now(self) -> datetime | None:
        return None

    def recorded(self, latest: datetime) -> None:
        pass


class ManualClock:
    """A clock moved by hand, for training and tests; it stands until it is set, and only goes forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._recorded = start

    def now(self) -> datetime:
        return self._now

    def recorded_now(self) -> datetime | None:
        return max(self._now, self._recorded)

    def recorded(self, latest: datetime) -> None:
        self._recorded = max(self._recorded, latest)

    def set(self, now: datetime) -> None:
        if now < self._now:
            raise ValueError(f"the clock only goes forward; it stands at {self._now.isoformat()}")
        self._now = now
