"""Which issues, products and departments stand behind a period's figures? Rows exist only for groups with complaints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting.latest_names import Names
from services.reporting.metrics.indicator import Cells
from services.reporting.tally import COUNT, LAST_YEAR, PREVIOUS, Counts, Tally

HIDE_BELOW = 10  # a share of fewer complaints says nothing and may point at a person

Row = dict[str, Any]

WORK = """
with item as (
    select department, offered_at < $2 as begun, coalesce(done_recorded <= $3 and done_at < $2, false) as done, done_at, due_at, handed_on
    from department_work
    where offered_recorded <= $3 and (done_at is null or done_at >= $1 or done_recorded > $3)
      and ($4::uuid[] is null or complaint_id = any($4) or item_id = any($4))
)
select department, count(*) filter (where begun and not done)::int as open,
       count(*) filter (where done and done_at >= $1 and not handed_on)::int as done,
       count(*) filter (where begun and not done and due_at < least($2, $3))::int as overdue
from item group by department
"""
STATES = ("open", "done", "overdue")


@dataclass(frozen=True, slots=True)
class Beside:
    """Whether there is a period before, and one a year before, to compare with (not: it is a gap)."""

    previous: bool
    last_year: bool


def share(count: int, received: int) -> Row:
    if received < HIDE_BELOW:
        return {"share": None, "hidden": f"n<{HIDE_BELOW}"}
    return {"share": round(count / received, 4)}


def told(count: Sequence[int], tally: Tally, beside: Beside) -> Row:
    """What every row says of its group."""
    return {
        "count": count[COUNT],
        **share(count[COUNT], tally.total[COUNT]),
        "previous": count[PREVIOUS] if beside.previous else None,
        "same_month_last_year": count[LAST_YEAR] if beside.last_year else None,
    }


def largest_first(counts: Counts) -> list[tuple[str | None, list[int]]]:
    """Those with complaints in the period; the unknown last of as many."""
    found = [one for one in counts.items() if one[1][COUNT]]
    return sorted(found, key=lambda one: (-one[1][COUNT], one[0] is None, one[0] or ""))


def by_issue(tally: Tally, beside: Beside) -> list[Row]:
    """A complaint counts once under each issue it raises, so the column may exceed the total."""
    return [{"issue_code": issue, **told(count, tally, beside)} for issue, count in largest_first(tally.issues)]


def by_product(tally: Tally, names: Names, beside: Beside) -> list[Row]:
    found = largest_first(tally.of["product"])
    return [{"product_code": product, "name": names.get(product), **told(count, tally, beside)} for product, count in found]


def by_department(work: Cells) -> list[Row]:
    """Work items: open at the period's end, those of them past their due time then (of a period that still runs: by now), done within it.
    What was handed on is the other department's.
    """
    found: dict[str, Mapping[str, int]] = {}
    for department in sorted({of for of, _ in work}):
        row = {state: work.get((department, state), 0) for state in STATES}
        if row["open"] or row["done"]:
            found[department] = row
    return [{"department": department, **row} for department, row in found.items()]
