"""Is this a series that can be judged? What every method asks of its input, and what it says when the answer is no."""

from __future__ import annotations

from collections.abc import Sequence

from shared.decider import Invalid


def long_enough(at: str, values: Sequence[object], least: int, why: str) -> None:
    """Refuses a series of fewer than `least` points."""
    if len(values) < least:
        raise Invalid(at, f"{why} needs at least {least} points; {len(values)} were sent. Send a longer series.")


def equally_long(at: str, values: Sequence[object], other: str, others: Sequence[object]) -> None:
    """Refuses two series that do not go together point by point."""
    if len(values) != len(others):
        raise Invalid(at, f"{other} has {len(others)} points, this has {len(values)}. Send one for each.")


def not_all_zero(at: str, values: Sequence[float], why: str) -> None:
    """Refuses a series without a single event where nothing can be said of it."""
    if not any(values):
        raise Invalid(at, f"All values are zero: {why}. Send a period in which something happened.")


def beyond(values: Sequence[float], low: Sequence[float], high: Sequence[float]) -> tuple[int, ...]:
    """Which points lie outside their limits, counted from 1. On the limit is inside."""
    return tuple(n for n, (value, lcl, ucl) in enumerate(zip(values, low, high, strict=True), 1) if value < lcl or value > ucl)
