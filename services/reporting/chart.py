"""Where do the marks of a trend chart lie? Geometry only; the template draws it, and a table beside it says the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 22, 12, 34


@dataclass(frozen=True, slots=True)
class Point:
    """A month's figure; None is a gap, an incomplete one is marked and may not be judged."""

    label: str
    count: int | None
    complete: bool


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    point: Point


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    levels: tuple[Tick, ...]  # from the bottom up
    months: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def trend(points: Sequence[Point]) -> Chart:
    """Bars from zero; a gap has none."""
    step = nice_step(max((point.count or 0 for point in points), default=0))
    highest = step * max(1, -(-max((point.count or 0 for point in points), default=0) // step))
    across = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    tall = HEIGHT - TOP - BOTTOM
    bars = tuple(
        Bar(
            x=round(LEFT + n * across + across * 0.1, 1),
            y=round(TOP + tall * (1 - (point.count or 0) / highest), 1),
            width=round(across * 0.8, 1),
            height=round(tall * (point.count or 0) / highest, 1),
            point=point,
        )
        for n, point in enumerate(points)
    )
    levels = tuple(Tick(round(TOP + tall * (1 - level / highest), 1), f"{level:,}") for level in range(0, highest + 1, step))
    named = range(0, len(points), max(1, -(-len(points) // 8)))
    months = tuple(Tick(round(LEFT + (n + 0.5) * across, 1), points[n].label) for n in named)
    return Chart(bars, levels, months)


def nice_step(highest: int) -> int:
    """1, 2 or 5 times a power of ten, so that about four levels are drawn."""
    step = 1
    while True:
        for times in (1, 2, 5):
            if highest <= step * times * 4:
                return step * times
        step *= 10
