"""Which customers complained, of what, more than before, and of what more than all others (RP-1 b)?

Complaints of a merged customer are the survivor's. Disproportion is Evans' PRR of the issue at this customer against all the others.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, FromClause, Text, bindparam, func, select, true

from services.reporting.breakdowns import FACT, HIDE_BELOW, Asked, compared, names_of, row_told, within
from services.reporting.select import Connection, known, rows
from services.reporting.terms import Terms
from services.reporting.views import customers, exposures
from services.reporting.views.complaints import complaints

PRR, CHI2, LEAST = 2.0, 4.0, 3

Counts = dict[str | None, dict[str | None, int]]


async def by_customer(connection: Connection, asked: Asked, terms: Terms) -> list[dict[str, Any]]:
    """Per customer, with the issues they raised; complaints of no customer in one last row."""
    source, ref = await _merged(connection, asked)
    found = await rows(connection, compared(asked, source, ref))
    names = await names_of(connection, asked, FACT.customer_ref, FACT.customer_name)
    raised, issues = await _raised(connection, asked, source, ref)
    units = await exposures.units(connection, asked.as_of, "customer", asked.period, terms.calendar.zone)
    everybody = sum(row["count"] for row in found)
    table = []
    for one in found:
        of, count = one["customer_ref"], one["count"]
        told = row_told(one, asked, customer_ref=of, name=names.get(of), change=_change(count, one.get("previous")))
        told["issues"] = [
            {"issue_code": issue, "count": n, **disproportion(n, count - n, issues[issue] - n, everybody - count - issues[issue] + n)}
            for issue, n in raised[of].items()
        ]
        exposed = units.get(of) if of is not None else None
        told["rate"] = {"value": count / exposed, "units": exposed} if exposed else None
        table.append(told)
    return sorted(table, key=lambda row: row["customer_ref"] is None)


def disproportion(a: int, b: int, c: int, d: int) -> dict[str, Any]:
    """`a` this issue of this customer, `b` others of this, `c` this of the rest, `d` others (equal to `analysis.shares`, tested)."""
    n, margins = a + b + c + d, (a + b) * (c + d) * (a + c) * (b + d)
    prr = a / (a + b) / (c / (c + d)) if c and a + b else None
    chi2 = n * (a * d - b * c) ** 2 / margins if margins else None
    too_many = a >= LEAST and chi2 is not None and chi2 >= CHI2 and (prr is None or prr >= PRR) and a * (c + d) > c * (a + b)
    return {"prr": None if prr is None else round(prr, 3), "chi2": None if chi2 is None else round(chi2, 3), "disproportionate": too_many}


def _change(count: int, previous: int | None) -> float | None:
    return None if previous is None or previous < HIDE_BELOW else round(count / previous - 1, 4)


async def _merged(connection: Connection, asked: Asked) -> tuple[FromClause, ColumnElement[Any]]:
    """The complaints with each customer's survivor; joined only where there was a merger."""
    survivor = await customers.survivors(connection, asked.as_of)
    if not survivor:
        return complaints, FACT.customer_ref
    gone = bindparam("gone", list(survivor), type_=ARRAY(Text), unique=True)
    into = bindparam("into", list(survivor.values()), type_=ARRAY(Text), unique=True)
    merges = func.unnest(gone, into).table_valued("ref", "into", name="merges").render_derived()
    ref = func.coalesce(merges.c.into, FACT.customer_ref).label("customer_ref")
    return complaints.outerjoin(merges, merges.c.ref == FACT.customer_ref), ref


async def _raised(
    connection: Connection, asked: Asked, source: FromClause, ref: ColumnElement[Any]
) -> tuple[Counts, dict[str | None, int]]:
    """How often each customer raised each issue in the period, the most frequent first; and each issue in all."""
    issue = func.unnest(FACT.issue_codes).table_valued("issue_code", name="raised").render_derived()
    count = func.count()
    query = (
        select(ref.label("customer_ref"), issue.c.issue_code, count.label("count"))
        .select_from(source.outerjoin(issue, true()))
        .where(known(complaints, asked.as_of), within(asked.period))
        .group_by(ref, issue.c.issue_code)
        .order_by(count.desc(), issue.c.issue_code.nulls_last())
    )
    raised: Counts = defaultdict(dict)
    issues: dict[str | None, int] = defaultdict(int)
    for one in await rows(connection, query):
        raised[one["customer_ref"]][one["issue_code"]] = one["count"]
        issues[one["issue_code"]] += one["count"]
    return raised, issues
