"""How are plain counts by month answered without looking at every complaint? From counters in memory that follow the versions.

Versions recorded up to a moment that all sources have passed never change, so what was counted as of one such moment becomes the count
as of a later one by the versions that began or ended between the two. Counted anew where the view was rebuilt, or an event that was
parked was let in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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

Cells = dict[tuple[date, str | None], int]  # month and value

_STAMP = (
    "select (select built_at::text from views where name = 'complaints') as built,"
    " (select string_agg(id::text, ' ' order by id) from parked where consumer = 'views') as parked"
)


@dataclass(slots=True)
class Kept:
    """The counts of one dimension as of a moment, and what was asked of them lately."""

    as_of: datetime
    stamp: asyncpg.Record
    cells: Cells
    answers: dict[str, list[Any]] = field(default_factory=dict)

    def remember(self, asked: str, answer: list[Any]) -> None:
        self.answers = dict([*self.answers.items()][-REMEMBERED + 1 :]) | {asked: answer}


@dataclass(slots=True)
class Counters:
    """One dimension at a time is brought up to a moment; whoever asks of an earlier one asks the database."""

    kept: dict[str, Kept] = field(default_factory=dict)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def kept_as_of(self, connection: Connection, dimension: str, frame: Frame) -> Kept | None:
        """Counts by month and value as of the frame's moment; None where it is past, or there are too many."""
        async with self._turns.setdefault(dimension, asyncio.Lock()):
            (stamp,) = await connection.fetch(_STAMP)
            kept = self.kept.get(dimension)
            if kept is None or kept.stamp != stamp:
                kept = Kept(frame.as_of, stamp, _added({}, await rows(connection, _all(dimension, frame))))
            elif kept.as_of < frame.as_of:
                found = await rows(connection, _since(dimension, kept.as_of, frame))
                kept = Kept(frame.as_of, stamp, _added(kept.cells, found)) if found else replace(kept, as_of=frame.as_of)
            self.kept[dimension] = kept
            return kept if kept.as_of == frame.as_of and len(kept.cells) <= MOST_CELLS else None


def _added(cells: Mapping[tuple[date, str | None], int], found: list[dict[str, Any]]) -> Cells:
    now = dict(cells)
    for row in found:
        place = (row["month"], row["value"])
        count = now.get(place, 0) + int(row["count"])
        if count:
            now[place] = count
        else:
            now.pop(place, None)
    return now


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
    if dimension == "issue_code":
        each = func.unnest(complaints.c.issue_codes).table_valued("value", name="each_issue").render_derived()
        source, value = complaints.outerjoin(each, true()), each.c.value
    elif dimension != TOTAL:
        value = complaints.c[dimension]
    return select(complaints.c.received_at, value.label("value"), sign.label("sign")).select_from(source).where(where)


def _by_month(facts: Subquery, frame: Frame) -> Select[Any]:
    month = cast(func.date_trunc("month", func.timezone(frame.zone.key, facts.c.received_at)), Date)
    return select(month.label("month"), facts.c.value, func.sum(facts.c.sign).label("count")).group_by(month, facts.c.value)
