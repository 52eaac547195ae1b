"""What do months look like now that looked otherwise at an earlier moment of knowledge?

Only what was recorded in between is looked at. Attributes that a complaint gains while it is handled (severity, department, outcome)
restate nothing: a month's figures are how many came, were closed, were open, came back, and of which customer, product and issue.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.reporting.periods import Period
from services.reporting.select import Connection
from services.reporting.story import CLOSED_STATES
from shared.contracts.reporting_periods import Difference

Figure = tuple[str, str | None, str | None]  # figure, dimension, key
Changed = Mapping[str, Mapping[Figure, int]]  # by month: what is to be added to each figure

_MOVED = """
with moved as (
    select *, 1 as sign from complaints where recorded_from > $1 and recorded_from <= $2 and recorded_to > $2
    union all
    select *, -1 as sign from complaints where recorded_to > $1 and recorded_to <= $2 and recorded_from <= $1
), told as (
    select date_trunc('month', timezone($3, received_at))::date as month, sign, customer_ref, product_code, issue_codes from moved
)
"""
_RECEIVED = (
    _MOVED
    + """
select month, null as dimension, null as key, sum(sign)::int as more from told group by month
union all select month, 'customer_ref', customer_ref, sum(sign)::int from told group by month, customer_ref
union all select month, 'product_code', product_code, sum(sign)::int from told group by month, product_code
union all select month, 'issue_code', issue, sum(sign)::int from told left join lateral unnest(issue_codes) as issue on true group by month, issue
"""
)
_MOVES = """
select date_trunc('month', timezone($3, t.at))::date as month, count(distinct t.complaint_id)::int as more
from transitions t
where t.recorded_at > $1 and t.recorded_at <= $2 and {which} and not exists (
    select from transitions o where o.complaint_id = t.complaint_id and o.recorded_at <= $1 and {which_other}
      and date_trunc('month', timezone($3, o.at)) = date_trunc('month', timezone($3, t.at))
)
group by 1
"""
_STATES = ", ".join(f"'{state}'" for state in CLOSED_STATES)
_CLOSED = _MOVES.format(which=f"t.to_state in ({_STATES})", which_other=f"o.to_state in ({_STATES})")
_REOPENED = _MOVES.format(which="t.reopening", which_other="o.reopening")
_OPEN = """
with moved as (
    select opened_at, closed_at, 1 as sign from open_daily where recorded_from > $1 and recorded_from <= $2 and recorded_to > $2
    union all
    select opened_at, closed_at, -1 as sign from open_daily where recorded_to > $1 and recorded_to <= $2 and recorded_from <= $1
)
select m.first as month, sum(sign)::int as more
from unnest($3::date[], $4::timestamptz[]) as m (first, beyond)
join moved on opened_at < m.beyond and (closed_at is null or closed_at >= m.beyond)
group by 1
"""


async def changed(connection: Connection, months: Sequence[Period], since: datetime, until: datetime, zone: ZoneInfo) -> Changed:
    """What was recorded after `since` and up to `until` adds to the figures of these months, or takes from them."""
    known = {month.first: month.label for month in months}
    found: dict[str, Counter[Figure]] = defaultdict(Counter)

    def add(first: date | None, figure: Figure, more: int) -> None:
        if first in known and more:
            found[known[first]][figure] += more

    for row in await connection.fetch(_RECEIVED, since, until, zone.key):
        add(row["month"], ("received", row["dimension"], row["key"]), row["more"])
    for name, query in (("closed", _CLOSED), ("reopened", _REOPENED)):
        for row in await connection.fetch(query, since, until, zone.key):
            add(row["month"], (name, None, None), row["more"])
    beyonds = [month.instants(zone)[1] for month in months]
    for row in await connection.fetch(_OPEN, since, until, list(known), beyonds):
        add(row["month"], ("open_at_end", None, None), row["more"])
    return found


def differences(changes: Mapping[Figure, int], before: Mapping[Figure, int]) -> tuple[Difference, ...]:
    """The changes beside what the figures were; whole months first."""
    order = sorted(changes, key=lambda figure: (figure[1] is not None, figure[0], figure[1] or "", figure[2] or ""))
    return tuple(
        Difference(figure=name, dimension=dimension, key=key, before=was, after=was + changes[name, dimension, key])
        for name, dimension, key in order
        for was in (before.get((name, dimension, key), 0),)
    )


_BEFORE = """
with told as (
    select customer_ref, product_code, issue_codes from complaints
    where received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3
)
select 'customer_ref' as dimension, customer_ref as key, count(*)::int as count from told group by customer_ref
union all select 'product_code', product_code, count(*)::int from told group by product_code
union all select 'issue_code', issue, count(*)::int from told left join lateral unnest(issue_codes) as issue on true group by issue
"""


async def before(connection: Connection, month: Period, as_of: datetime, zone: ZoneInfo) -> Mapping[Figure, int]:
    """How many were received of each group in a month, as known at a moment."""
    rows = await connection.fetch(_BEFORE, *month.instants(zone), as_of)
    return {("received", row["dimension"], row["key"]): row["count"] for row in rows}
