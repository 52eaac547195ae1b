"""Does a process that consumes nothing itself hear of every revocation that is promised, and of nothing behind a hole?"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import pytest

from shared.access.reading_ahead import ReadingAhead
from shared.access.revocations import REVOKED
from shared.consumer.checkpoints import Mark
from shared.log.memory import MemoryLog
from shared.log.port import Outgoing, Watermark

TOKENS = [uuid4() for _ in range(9)]


async def a_log(*positions: int) -> MemoryLog:
    """Each of its events revokes the token of its position."""
    log = MemoryLog(("intake",), 1)
    for position in positions:
        headers = {"ce_sequence": b"%d" % position, "ce_type": REVOKED.encode()}
        await log.publish("intake", [Outgoing(0, "k", headers, orjson.dumps({"token_id": str(TOKENS[position])}))])
    return log


async def heard(log: MemoryLog, consumed: Mark, promised: int) -> tuple[int, set[UUID]]:
    reached, revoked = await ReadingAhead(log).read({0: Watermark(promised, datetime.now(UTC))}, {0: consumed})
    return reached[0], set(revoked)


@pytest.mark.parametrize("offset", [4, 5, 6, 4711])
async def test_everything_promised_is_heard_also_when_the_topic_was_made_anew(offset: int):
    """The consumer's offset is of a topic that had repeats; on this one it points behind what is promised, or anywhere."""
    reached, revoked = await heard(await a_log(1, 2, 3, 4, 5, 6), Mark(3, offset), 6)
    assert reached == 6
    assert revoked >= {TOKENS[4], TOKENS[5], TOKENS[6]}


async def test_what_lies_behind_a_hole_is_not_called_known():
    assert await heard(await a_log(1, 2, 3, 4, 6), Mark(3, 2), 6) == (4, {TOKENS[4]})


async def test_a_promise_that_the_log_does_not_keep_ends_where_the_log_does():
    assert (await heard(await a_log(1, 2, 2, 3, 3), Mark(2, 1), 6))[0] == 3
