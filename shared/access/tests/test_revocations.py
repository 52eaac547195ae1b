"""Is the list of revoked tokens current, and who says so?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.access.revocations import STALE_AFTER, Revocations
from shared.log.port import Watermark

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def mark(position: int, seconds: float = 0) -> Watermark:
    heard = NOW + timedelta(seconds=seconds)
    return Watermark(position, heard, heard=heard)


class Told:
    """Revocations and a clock, in seconds after noon."""

    def __init__(self, partitions: int) -> None:
        self.list = Revocations(partitions)

    def hear(self, at: float, promised: dict[int, Watermark], reached: dict[int, int]) -> None:
        self.list.heard(promised, reached, NOW.timestamp() + at)

    def age(self, at: float) -> float:
        return self.list.age(NOW.timestamp() + at)


def test_a_list_that_never_heard_of_intake_is_not_current():
    assert not Revocations(2).current


def test_it_is_as_old_as_the_oldest_watermark_that_was_reached():
    told = Told(2)
    told.hear(1, {0: mark(7), 1: mark(3, seconds=1)}, {0: 7, 1: 3})
    assert told.age(2) == 2


def test_every_partition_must_have_spoken():
    told = Told(2)
    told.hear(0, {0: mark(7)}, {0: 7, 1: 0})
    assert told.age(0) == float("inf")


def test_a_watermark_counts_only_when_all_it_promises_was_consumed():
    told = Told(1)
    told.hear(0, {0: mark(7)}, {0: 7})
    told.hear(4, {0: mark(9, seconds=4)}, {0: 8})
    assert told.age(6) == 6
    told.hear(5, {0: mark(20, seconds=5)}, {0: 9})
    assert told.age(6) == 2


def test_the_same_watermark_again_is_no_news():
    told = Told(1)
    for second in range(4):
        told.hear(second, {0: mark(7)}, {0: 7})
    assert told.age(STALE_AFTER + 1) > STALE_AFTER


def test_one_that_lay_there_for_hours_makes_nothing_current():
    told = Told(1)
    told.hear(7200, {0: mark(7)}, {0: 7})
    assert told.age(7200) == 7200


def test_a_log_whose_clock_is_wrong_is_believed_from_its_second_word_on():
    told = Told(1)
    told.hear(0, {0: mark(7, seconds=-3600)}, {0: 7})
    assert told.age(0) == 3600
    told.hear(1, {0: mark(7, seconds=-3599)}, {0: 7})
    assert told.age(1) == 0


def test_what_was_added_is_in_the_list():
    revocations, token = Revocations(1), uuid4()
    revocations.add([token])
    assert token in revocations
    assert uuid4() not in revocations


def test_what_a_former_process_heard_last_is_current_and_not_fresh():
    """It was let in by word that was too old a moment later: `503` right after a restart that had said ready."""
    now = datetime.now(UTC)
    old, new = now - timedelta(seconds=STALE_AFTER - 1), now
    told = Revocations(1)
    told.heard({0: Watermark(7, old, heard=old)}, {0: 7})
    assert told.current
    assert not told.fresh
    told.heard({0: Watermark(8, new, heard=new)}, {0: 8})
    assert told.fresh
