"""Which charts has the form, and where do their marks lie? Geometry only; each has its table, and each mark leads to its cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.reporting.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Tick, nice_step
from services.reporting.form.given import Given
from services.reporting.form.table import Link
from services.reporting.form.tables import seasonal
from services.reporting.form.work import backlog
from services.reporting.periods import parse

MOST_ISSUES = 12
_AXIS = 26  # more room on the right, where there is a second axis


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar; `flag` marks what is abnormal, `open` what is not complete."""

    x: float
    y: float
    width: float
    height: float
    said: str
    link: Link | None
    open: bool = False
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """`line` is an SVG path, `dashes` are short lines (x1, x2, y); levels are read on the left, `shares` on the right."""

    name: str
    marks: tuple[Mark, ...]
    levels: tuple[Tick, ...]
    names: tuple[Tick, ...]
    line: str = ""
    dashes: tuple[tuple[float, float, float], ...] = ()
    shares: tuple[Tick, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class _Frame:
    """So many places side by side, up to a highest value."""

    places: int
    highest: float
    right: int = WIDTH - RIGHT
    step: int = field(default=0)

    @property
    def across(self) -> float:
        return (self.right - LEFT) / max(1, self.places)

    def y(self, value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / self.highest), 1)

    def middle(self, n: int) -> float:
        return round(LEFT + (n + 0.5) * self.across, 1)

    def mark(self, n: int, value: float, said: str, link: Link | None, *, open: bool = False, flag: bool = False) -> Mark:
        y = self.y(value)
        x, width = round(LEFT + n * self.across + self.across * 0.1, 1), round(self.across * 0.8, 1)
        return Mark(x, y, width, round(HEIGHT - BOTTOM - y, 1), said, link, open, flag)

    def levels(self) -> tuple[Tick, ...]:
        return tuple(Tick(self.y(level), f"{level:,}") for level in range(0, int(self.highest) + 1, self.step))

    def names(self, labels: Sequence[str], most: int) -> tuple[Tick, ...]:
        return tuple(Tick(self.middle(n), labels[n]) for n in range(0, len(labels), max(1, -(-len(labels) // most))))

    def path(self, values: Sequence[float | None]) -> str:
        """Through all known values; a new piece begins after an unknown one."""
        said, drawing = [], False
        for n, value in enumerate(values):
            if value is not None:
                said.append(f"{'L' if drawing else 'M'}{self.middle(n)} {self.y(value)}")
            drawing = value is not None
        return " ".join(said)


def _frame(values: Sequence[float | None], right: int = WIDTH - RIGHT) -> _Frame:
    highest = max((value for value in values if value is not None), default=0)
    step = nice_step(max(1, -(-int(highest * 1000) // 1000)))
    return _Frame(len(values), step * max(1, -(-highest // step)), right, step)


def charts(given: Given) -> list[Drawing]:
    """Those there is something to draw of."""
    return [one for one in (_trend(given), _seasonal(given), _pareto(given), _backlog(given)) if one.marks]


def _trend(given: Given) -> Drawing:
    months = given.report["trend"]["months"]
    frame = _frame([max(one["count"] or 0, one["expected"] or 0, one["bound"] or 0) for one in months])
    marks, dashes = [], []
    for n, one in enumerate(months):
        if one["count"] is not None:
            said = f"{one['month']}: {one['count']:,}"
            link = given.received_in(parse(one["month"]))
            marks.append(frame.mark(n, one["count"], said, link, open=not one["complete"], flag=bool(one["signal"])))
        if one["bound"] is not None:
            reach = round(frame.across * 0.45, 1)
            dashes.append((round(frame.middle(n) - reach, 1), round(frame.middle(n) + reach, 1), frame.y(one["bound"])))
    names = frame.names([one["month"] for one in months], 12)
    line = frame.path([one["expected"] for one in months])
    return Drawing("trend", tuple(marks), frame.levels(), names, line, tuple(dashes))


def _seasonal(given: Given) -> Drawing:
    rows = seasonal(given).rows
    frame = _frame([float(row.values[1] or 0) for row in rows])
    marks = [frame.mark(n, float(row.values[1] or 0), f"{row.values[0]}: {row.values[1]}", row.link) for n, row in enumerate(rows)]
    return Drawing("seasonal", tuple(marks), frame.levels(), frame.names([str(row.values[0]) for row in rows], 12))


def _pareto(given: Given) -> Drawing:
    issues = given.report["by_issue"]
    whole = sum(one["count"] for one in issues)
    shown = issues[:MOST_ISSUES]
    frame = _frame([one["count"] for one in shown], WIDTH - RIGHT - _AXIS)
    marks, so_far, cumulative = [], 0, []
    for n, one in enumerate(shown):
        so_far += one["count"]
        cumulative.append(frame.highest * so_far / whole)
        said = f"{one['issue_code'] or given.words['none']}: {one['count']:,} ({so_far / whole:.1%})"
        marks.append(frame.mark(n, one["count"], said, given.received(issue_code=one["issue_code"])))
    shares = tuple(Tick(frame.y(frame.highest * part / 4), f"{part * 25} %") for part in range(5))
    names = frame.names([str(n) for n in range(1, len(shown) + 1)], MOST_ISSUES)
    return Drawing("pareto", tuple(marks), frame.levels(), names, frame.path(cumulative), shares=shares, right=frame.right)


def _backlog(given: Given) -> Drawing:
    rows = backlog(given).rows
    counts = [int(row.values[1] or 0) for row in rows]
    frame = _frame(counts)
    marks = [frame.mark(n, count, f"{row.values[0]}: {count:,}", row.link) for n, (row, count) in enumerate(zip(rows, counts, strict=True))]
    return Drawing("backlog", tuple(marks), frame.levels(), frame.names([str(row.values[0]) for row in rows], 12))
