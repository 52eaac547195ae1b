"""Is what the tail gives always what the table would give?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.log.port import LogRecord, TopicPartition
from shared.log.tail import Tail

ONE, TWO = ("redress.intake", 0), ("redress.intake", 1)


def records(source: TopicPartition, start: int, count: int, size: int = 0) -> list[LogRecord]:
    return [LogRecord(*source, offset, "k", {}, b"x" * size) for offset in range(start, start + count)]


def offsets(found: object) -> list[int]:
    return [record.offset for record in found]


def test_it_gives_what_comes_behind_an_offset_and_nothing_when_it_does_not_reach_back_that_far() -> None:
    tail = Tail()
    tail.add(ONE, records(ONE, 10, 5))
    assert offsets(tail.after(ONE, 9, 3)) == [10, 11, 12]
    assert offsets(tail.after(ONE, 12, 9)) == [13, 14]
    assert offsets(tail.after(ONE, 14, 9)) == []
    assert offsets(tail.after(ONE, 8, 9)) == []
    assert offsets(tail.after(TWO, 9, 9)) == []


def test_a_gap_left_by_another_publisher_is_never_stepped_over() -> None:
    tail = Tail()
    tail.add(ONE, records(ONE, 0, 5))
    tail.add(ONE, records(ONE, 7, 2))
    assert offsets(tail.after(ONE, 3, 9)) == []
    assert offsets(tail.after(ONE, 6, 9)) == [7, 8]


def test_the_oldest_go_first_when_it_is_full() -> None:
    tail = Tail(kept_bytes=10 * 3_000)
    tail.add(ONE, records(ONE, 0, 4, 1_000))
    tail.add(TWO, records(TWO, 0, 4, 1_000))
    tail.add(ONE, records(ONE, 4, 4, 1_000))
    assert offsets(tail.after(ONE, -1, 9)) == []
    assert offsets(tail.after(ONE, 3, 9)) == [4, 5, 6, 7]
    assert offsets(tail.after(TWO, -1, 9)) == [0, 1, 2, 3]


adding = st.lists(st.tuples(st.sampled_from([ONE, TWO]), st.integers(1, 4), st.integers(0, 3), st.integers(0, 2_000)), max_size=30)


@given(adding, st.integers(2_000, 40_000))
def test_whatever_is_added_an_answer_is_the_next_records_without_a_gap(
    steps: list[tuple[TopicPartition, int, int, int]], fits: int
) -> None:
    tail = Tail(kept_bytes=fits)
    published: dict[TopicPartition, list[int]] = {ONE: [], TWO: []}
    for source, count, elsewhere, size in steps:
        start = len(published[source]) + elsewhere  # so many were published by somebody else
        published[source] += range(len(published[source]), start + count)
        tail.add(source, records(source, start, count, size))
        for offset in range(-1, len(published[source])):
            found = offsets(tail.after(source, offset, 3))
            assert found == published[source][offset + 1 : offset + 1 + len(found)]
    kept = [record for source in published for record in tail.after(source, len(published[source]) - 2, 1)]
    assert len(kept) <= fits // 2_000
