"""Which customers, issues, products and departments stand behind a period's figures? Rows exist only for groups with complaints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.reporting.metrics.definition import Span
from services.reporting.select import Connection, known, rows
from services.reporting.views.complaints import complaints
from services.reporting.views.work import department_work

FACT = complaints.c
HIDE_BELOW = 10  # a share of fewer complaints says nothing and may point at a person


@dataclass(frozen=True, slots=True)
class Asked:
    """The period asked for, the ones it is compared with (None: a gap), and the moment of knowledge."""

    period: Span
    previous: Span | None
    last_year: Span | None
    twelve_months: Span
    received: int
    as_of: datetime

    def share(self, count: int) -> dict[str, Any]:
        if self.received < HIDE_BELOW:
            return {"share": None, "hidden": f"n<{HIDE_BELOW}"}
        return {"share": round(count / self.received, 4)}


def within(span: Span) -> ColumnElement[bool]:
    return (FACT.received_at >= span[0]) & (FACT.received_at < span[1])


def per_issue() -> tuple[FromClause, ColumnElement[str]]:
    """Complaints once under each issue they raise; one that raises none stays, under no issue."""
    issue = func.unnest(FACT.issue_codes).table_valued("issue_code", name="raised").render_derived()
    return complaints.outerjoin(issue, true()), issue.c.issue_code


def compared(asked: Asked, source: FromClause, *by: ColumnElement[Any]) -> Select[Any]:
    """Counts of the period and its comparisons per group, the largest first."""
    spans = {"count": asked.period, "previous": asked.previous, "same_month_last_year": asked.last_year}
    given = {name: span for name, span in spans.items() if span is not None}
    counts = {name: func.count().filter(within(span)) for name, span in given.items()}
    return (
        select(*by, *(count.label(name) for name, count in counts.items()))
        .select_from(source)
        .where(known(complaints, asked.as_of), or_(*(within(span) for span in given.values())))
        .group_by(*by)
        .having(counts["count"] > 0)
        .order_by(*(column.nulls_last() for column in (counts["count"].desc(), *by)))
    )


def row_told(found: Mapping[str, Any], asked: Asked, **more: Any) -> dict[str, Any]:
    return {
        **more,
        "count": found["count"],
        **asked.share(found["count"]),
        "previous": found.get("previous"),
        "same_month_last_year": found.get("same_month_last_year"),
    }


async def by_issue(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """A complaint counts once under each issue it raises, so the column may exceed the total."""
    source, issue = per_issue()
    return [row_told(one, asked, issue_code=one["issue_code"]) for one in await rows(connection, compared(asked, source, issue))]


async def by_product(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    found = await rows(connection, compared(asked, complaints, FACT.product_code))
    names = await names_of(connection, asked, FACT.product_code, FACT.product_name)
    return [row_told(one, asked, product_code=one["product_code"], name=names.get(one["product_code"])) for one in found]


async def names_of(connection: Connection, asked: Asked, ref: ColumnElement[Any], name: ColumnElement[Any]) -> dict[str | None, str]:
    """The name each group had in its latest complaint of the period. Those without a reference are no group with one name."""
    latest = func.array_agg(aggregate_order_by(name, FACT.received_at.desc(), FACT.complaint_id))[1]
    query = (
        select(ref.label("ref"), latest.label("name"))
        .where(known(complaints, asked.as_of), within(asked.period), ref.is_not(None), name.is_not(None))
        .group_by(ref)
    )
    return {one["ref"]: one["name"] for one in await rows(connection, query)}


async def by_department(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """Work items: open at the period's end, those of them past their due time then, done within it. What was handed on is the other department's."""
    item, (start, beyond) = department_work.c, asked.period
    done = (item.done_recorded <= asked.as_of) & (item.done_at < beyond)
    open_then = (item.offered_at < beyond) & done.is_not(True)
    done_then = done & (item.done_at >= start) & item.handed_on.is_(False)
    overdue = open_then & (item.due_at < min(beyond, asked.as_of))  # of a period that still runs: what is late by now
    counts = {"open": open_then, "done": done_then, "overdue": overdue}
    query = (
        select(item.department, *(func.count().filter(which).label(name) for name, which in counts.items()))
        .where(item.offered_recorded <= asked.as_of, or_(open_then, done_then))
        .where(
            or_(item.done_at.is_(None), item.done_at >= start, item.done_recorded > asked.as_of)
        )  # follows from the line above; has an index
        .group_by(item.department)
        .order_by(item.department)
    )
    return await rows(connection, query)
