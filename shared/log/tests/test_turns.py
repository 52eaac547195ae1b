"""Does every partition get its turn, and those with something to read at once?"""

from __future__ import annotations

import asyncio

from shared.log.turns import Turns


class Hand:
    """A clock moved by hand."""

    time = 100.0

    def __call__(self) -> float:
        return self.time


def test_all_have_a_turn_at_first_then_only_those_that_were_woken() -> None:
    turns: Turns[int] = Turns(0.25, Hand())
    assert turns.next(range(4), 10) == [0, 1, 2, 3]
    assert turns.next(range(4), 10) == []
    turns.wake([2])
    assert turns.next(range(4), 10) == [2]
    assert turns.next(range(4), 10) == []


def test_after_a_while_all_have_a_turn_again_hint_or_no_hint() -> None:
    hand = Hand()
    turns: Turns[int] = Turns(0.25, hand)
    turns.next(range(3), 10)
    hand.time += 0.25
    turns.wake([2])
    assert sorted(turns.next(range(3), 10)) == [0, 1, 2]


def test_who_had_to_wait_comes_before_who_had_a_turn() -> None:
    turns: Turns[int] = Turns(0.25, Hand())
    turns.next([], 10)
    turns.wake(range(5))
    served: list[int] = []
    for _ in range(5):
        chosen = turns.next(range(5), 2)
        served += chosen
        turns.wake(chosen)  # they always have more
    assert served == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]


def test_a_hint_for_somebody_elses_partition_is_dropped() -> None:
    turns: Turns[int] = Turns(0.25, Hand())
    turns.next([], 10)
    turns.wake([7])
    assert turns.next([1, 2], 10) == []
    assert turns.next([1, 2, 7], 10) == []


async def test_waiting_ends_with_a_hint_also_one_that_came_before() -> None:
    loop = asyncio.get_running_loop()
    turns: Turns[int] = Turns(3600, loop.time)
    turns.next([1], 10)
    waiting = asyncio.create_task(turns.wait(loop.time() + 3600))
    turns.wake([1])
    await asyncio.wait_for(waiting, 5)
    await asyncio.wait_for(turns.wait(loop.time() + 3600), 5)
    assert turns.next([1], 10) == [1]


async def test_waiting_ends_at_its_time() -> None:
    loop = asyncio.get_running_loop()
    turns: Turns[int] = Turns(3600, loop.time)
    turns.next([1], 10)
    await asyncio.wait_for(turns.wait(loop.time() + 0.01), 5)
    assert turns.next([1], 10) == []
