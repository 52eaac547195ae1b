"""What does the garbage collector go through? Not what start-up made, and not on every seven hundredth object."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG, MIDDLE, OLD = 50_000, 20, 50


def settle() -> None:
    """Call once when everything is open. By default a full collection walks all modules every few seconds under load; that was
    half of what a posted complaint cost, and its slowest hundredth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)


@contextmanager
def uncollected() -> Iterator[None]:
    """For work that gathers much in which nothing is cyclic: the collector would go through it again and again, which was half
    of the time a view took to be built.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
