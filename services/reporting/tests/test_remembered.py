"""What was counted once is told again while nothing was recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.reporting.moment import AsOf
from services.reporting.periods import Calendar
from services.reporting.remembered import Remembered
from services.reporting.terms import Terms
from shared.policy import Policies

NOON = datetime(2026, 5, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def terms(moment: datetime, position: int = 7) -> Terms:
    calendar = Calendar(ZoneInfo("Asia/Shanghai"), lambda at: 8, NOON, (), moment)
    return Terms(AsOf(moment, {"intake/0": position}), calendar, Policies(), "en")


class Counting:
    """Says how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> int:
        self.times += 1
        return self.times


async def test_while_nothing_was_recorded_nothing_is_counted_anew():
    remembered, count = Remembered(), Counting()
    assert [await remembered("a", terms(NOON + n * HOUR), count) for n in range(3)] == [1, 1, 1]
    assert await remembered("b", terms(NOON), count) == 2
    assert await remembered("a", terms(NOON, position=8), count) == 3
