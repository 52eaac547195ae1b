"""Who brings many complaints at once: is held back while the log is behind, and not for ever when nobody writes it?"""

from __future__ import annotations

from services.intake.pacing import AHEAD, Pace
from shared.log.memory import MemoryLog
from tests.house import House, running

BEHIND = "select sum(h.position - coalesce(c.position, 0)) from heads h left join relay_checkpoints c using (partition)"


async def test_who_is_too_far_ahead_of_the_log_waits_for_it(house: House, memory: MemoryLog) -> None:
    await house.record(AHEAD * 3)
    async with running(house.relay(memory)):
        await Pace(house.pool).keep()
        assert await house.pool.fetchval(BEHIND) <= AHEAD


async def test_where_no_relay_runs_nobody_waits_for_it_for_ever(house: House) -> None:
    await house.record(AHEAD + 500)
    pace = Pace(house.pool)
    await pace.keep()
    assert await house.pool.fetchval(BEHIND) == AHEAD + 500
