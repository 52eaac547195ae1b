"""How are plain counts by month answered without looking at every complaint? From counters in memory that follow the versions.

Versions recorded up to a moment that all sources have passed never change, so what was counted as of one such moment becomes the count
as of a later one by the versions that began or ended between the two. Counted anew where the view was rebuilt, or an event that was
parked was let in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import asyncpg
from sqlalchemy import ColumnElement, Date, FromClause, Select, Subquery, Text, cast, func, literal, null, select, true, union_all

from services.reporting.query.fields import Frame
from services.reporting.select import Connection, known, rows
from services.reporting.views.complaints import complaints

COUNTED = ("issue_code", "main_issue_code", "product_code", "customer_ref", "department", "channel", "severity", "content_class", "state")
MOST_CELLS = 200_000  # more of them take longer to go through than the database needs to count
REMEMBERED = 20  # answers
TOTAL = ""  # counted by month alone
PRODUCT_ISSUE, BETWEEN = "product_code+issue_code", "\x1f"  # counted together; no code has that sign

Cells = dict[tuple[date, str | None], int]  # month and value
Place = tuple[Any, ...]  # of a group in an answer

_STAMP = (
    "select (select built_at::text from views where name = 'complaints') as built,"
    " (select string_agg(id::text, ' ' order by id) from parked where consumer = 'views') as parked"
)


@dataclass(slots=True)
class Groups:
    """What was asked of the cells lately: the place each has among the answer's groups, None outside, and how many stand at each place."""

    place: Callable[[date, str | None], Place | None]
    counts: dict[Place, int]

    def add(self, month: date, value: str | None, count: int) -> None:
        place = self.place(month, value)
        if place is None:
            return
        now = self.counts.get(place, 0) + count
        if now or not place:  # the only row of an answer without groups is there even of nothing
            self.counts[place] = now
        else:
            self.counts.pop(place, None)


@dataclass(slots=True)
class Kept:
    """The counts of one dimension as of a moment, and the groups they make in the answers asked for lately."""

    as_of: datetime
    stamp: asyncpg.Record
    cells: Cells = field(default_factory=dict)
    answers: dict[str, Groups] = field(default_factory=dict)

    def answer(self, asked: str, make: Callable[[Cells], Groups]) -> Groups:
        if asked not in self.answers:
            self.answers = dict([*self.answers.items()][-REMEMBERED + 1 :]) | {asked: make(self.cells)}
        return self.answers[asked]

    def add(self, found: Iterable[Mapping[str, Any]]) -> None:
        """What one more complaint costs here is what it changes."""
        for row in found:
            place, more = (row["month"], row["value"]), int(row["count"])
            now = self.cells.get(place, 0) + more
            if now:
                self.cells[place] = now
            else:
                self.cells.pop(place, None)
            for answer in self.answers.values():
                answer.add(*place, more)


@dataclass(slots=True)
class Counters:
    """One dimension at a time is brought up to a moment; whoever asks of an earlier one asks the database."""

    kept: dict[str, Kept] = field(default_factory=dict)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def kept_as_of(self, connection: Connection, dimension: str, frame: Frame) -> Kept | None:
        """Counts by month and value as of the frame's moment; None where it is past, or there are too many. They go on with the next
        question: whoever gets them looks at once.
        """
        async with self._turns.setdefault(dimension, asyncio.Lock()):
            stamp = await made(connection)
            kept = self.kept.get(dimension)
            if kept is None or kept.stamp != stamp:
                found = await rows(connection, _all(dimension, frame))
                kept = self.kept[dimension] = Kept(frame.as_of, stamp)
                kept.add(found)
            elif kept.as_of < frame.as_of:
                found = await rows(connection, _since(dimension, kept.as_of, frame))
                kept.as_of = frame.as_of
                kept.add(found)
            return kept if kept.as_of == frame.as_of and len(kept.cells) <= MOST_CELLS else None

    async def series(self, connection: Connection, dimension: str, value: str, months: Iterable[date], frame: Frame) -> list[int] | None:
        """The counts of one value in these months; None where they are not kept."""
        kept = await self.kept_as_of(connection, dimension, frame)
        return None if kept is None else [kept.cells.get((month, value), 0) for month in months]


async def made(connection: Connection) -> asyncpg.Record:
    """When the view was built, and which events wait outside it: while that is the same, so is what was known at a moment."""
    (stamp,) = await connection.fetch(_STAMP)
    return stamp


def _all(dimension: str, frame: Frame) -> Select[Any]:
    facts = _facts(dimension, literal(1), known(complaints, frame.as_of)).subquery("facts")
    return _by_month(facts, frame)


def _since(dimension: str, before: datetime, frame: Frame) -> Select[Any]:
    c = complaints.c
    begun = _facts(dimension, literal(1), (c.recorded_from > before) & (c.recorded_from <= frame.as_of))
    ended = _facts(dimension, literal(-1), (c.recorded_to > before) & (c.recorded_to <= frame.as_of))
    return _by_month(union_all(begun, ended).subquery("facts"), frame)


def _facts(dimension: str, sign: ColumnElement[int], where: ColumnElement[bool]) -> Select[Any]:
    source: FromClause = complaints
    value: ColumnElement[Any] = cast(null(), Text)
    if dimension in ("issue_code", PRODUCT_ISSUE):
        each = func.unnest(complaints.c.issue_codes).table_valued("value", name="each_issue").render_derived()
        source, value = complaints.outerjoin(each, true()), each.c.value
        if dimension == PRODUCT_ISSUE:
            value = complaints.c.product_code + BETWEEN + value
    elif dimension != TOTAL:
        value = complaints.c[dimension]
    return select(complaints.c.received_at, value.label("value"), sign.label("sign")).select_from(source).where(where)


def _by_month(facts: Subquery, frame: Frame) -> Select[Any]:
    month = cast(func.date_trunc("month", func.timezone(frame.zone.key, facts.c.received_at)), Date)
    return select(month.label("month"), facts.c.value, func.sum(facts.c.sign).label("count")).group_by(month, facts.c.value)
