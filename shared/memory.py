"""What does the garbage collector go through? Not what start-up made, and not on every seven hundredth object."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 50


def settle() -> None:
    """Call once when everything is open. By default a full collection walks all modules every few seconds under load; that was
    half of what a posted complaint cost, and its slowest hundredth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
