"""Single, sporadic, recurrent, systematic: how often does an issue come up with a product, and with a customer (research B2)?

Over the twelve months to a period's end, by the policy of that time; as shipped: *single* once; *sporadic* more often; *recurrent* at least three times, in at least two months,
and more than the rest lets one expect (exact, p < 0.05); *systematic* recurrent with at least three customers or in at least two batches.
What is expected is the rest's rate per unit where the group's exposure and that of all are known, else its share of all complaints; where
there is no rest, count and months alone decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.reporting.chance import at_least
from services.reporting.metrics.definition import Definition, Span
from services.reporting.select import Connection
from services.reporting.terms import Terms
from services.reporting.views import customers, exposures
from shared.contracts.vocabulary import FrequencyClass
from shared.policy.content import Recurrence

Scope = Literal["product", "customer"]
Basis = Literal["exposure", "share"]

DEFINITION = Definition(
    "frequency_class", 1, "Frequency class", "频次类别",
    "Of an issue with a product or a customer over the twelve months to the period's end, by the policy then in force; as shipped: single (1), sporadic (2 or more), recurrent (3 or"
    " more in 2 or more months, and more than the rest lets one expect, exact p < 0.05), systematic (recurrent with 3 or more customers or"
    " 2 or more batches). Basis: exposure where known, else the share of all complaints.",
    "截至本期末十二个月内同一问题在同一产品或客户处的频次，按当时有效的规则；出厂规则为：单次（1 次）、偶发（2 次及以上）、经常（至少两个月内 3 次及以上，且高于其余部分所预期，"
    "精确检验 p < 0.05）、系统性（经常且涉及至少 3 个客户或 2 个批次）。依据：已知暴露量时用暴露量，否则用占全部投诉的比例。",
    "class",
)  # fmt: skip

_GROUPS = """
with told as (
    select coalesce(m.into_ref, c.customer_ref) as customer, c.product_code, c.batch, c.received_at, issue
    from complaints c
    left join lateral unnest(c.issue_codes) as issue on true
    left join unnest($7::text[], $8::text[]) as m (ref, into_ref) on m.ref = c.customer_ref
    where c.received_at >= $1 and c.received_at < $2 and c.recorded_from <= $3 and c.recorded_to > $3
)
select issue, {of} as of, count(*)::int as count_12m, count(*) filter (where received_at >= $4 and received_at < $5)::int as count,
       count(distinct date_trunc('month', timezone($6, received_at)))::int as months,
       count(distinct customer)::int as customers, count(distinct batch)::int as batches
from told group by 1, 2
"""
_OF: Mapping[Scope, str] = {"product": "product_code", "customer": "customer"}
_ALL = """
select {of} as of, count(*)::int as count from complaints c
left join unnest($4::text[], $5::text[]) as m (ref, into_ref) on m.ref = c.customer_ref
where c.received_at >= $1 and c.received_at < $2 and c.recorded_from <= $3 and c.recorded_to > $3 group by 1
"""
_ALL_OF: Mapping[Scope, str] = {"product": "c.product_code", "customer": "coalesce(m.into_ref, c.customer_ref)"}


@dataclass(frozen=True, slots=True)
class Group:
    """An issue with a product or a customer."""

    scope: Scope
    issue_code: str | None
    of: str | None
    count: int
    count_12m: int
    frequency_class: FrequencyClass
    basis: Basis

    @property
    def key(self) -> tuple[Scope, str | None, str | None]:
        return self.scope, self.issue_code, self.of

    def told(self) -> dict[str, Any]:
        return {
            "scope": self.scope,
            "issue_code": self.issue_code,
            "product_code": self.of if self.scope == "product" else None,
            "customer_ref": self.of if self.scope == "customer" else None,
            "count": self.count,
            "count_12m": self.count_12m,
            "class": self.frequency_class,
            "basis": self.basis,
        }


@dataclass(frozen=True, slots=True)
class Against:
    """What a group is held against: its own exposure, and that of all, in units or in complaints."""

    basis: Basis
    own: float
    whole: float


def classified(n: int, months: int, customers: int, batches: int, others: int, against: Against, rules: Recurrence) -> FrequencyClass:
    """`others`: how often the issue came up elsewhere."""
    if n <= 1:
        return "single"
    if n < rules.least or months < rules.months:
        return "sporadic"
    rest = against.whole - against.own
    if rest > 0 and at_least(n, n + others, against.own / against.whole) >= rules.significant:
        return "sporadic"
    return "systematic" if customers >= rules.customers or batches >= rules.batches else "recurrent"


async def groups(connection: Connection, period: Span, twelve_months: Span, terms: Terms) -> list[Group]:
    """Every group with a complaint in the twelve months; those of no customer are no group of customers."""
    moment, rules = terms.as_of.recorded_at, terms.policy(period).recurrence
    merged = await customers.survivors(connection, moment)
    merges = (list(merged), list(merged.values()))
    found: list[Group] = []
    for scope in ("product", "customer"):
        rows = await connection.fetch(_GROUPS.format(of=_OF[scope]), *twelve_months, moment, *period, terms.calendar.zone.key, *merges)
        whole = {row["of"]: row["count"] for row in await connection.fetch(_ALL.format(of=_ALL_OF[scope]), *twelve_months, moment, *merges)}
        units = await exposures.units(connection, moment, scope, twelve_months, terms.calendar.zone)
        raised: dict[str | None, int] = defaultdict(int)
        for row in rows:
            raised[row["issue"]] += row["count_12m"]
        for row in rows:
            if (scope == "customer" and row["of"] is None) or (row["issue"] is None and row["of"] is None):
                continue
            against = _against(row["of"], units, whole)
            others = raised[row["issue"]] - row["count_12m"]
            kind = classified(row["count_12m"], row["months"], row["customers"], row["batches"], others, against, rules)
            found.append(Group(scope, row["issue"], row["of"], row["count"], row["count_12m"], kind, against.basis))
    return found


def _against(of: str | None, units: Mapping[str | None, float], complaints: Mapping[str | None, int]) -> Against:
    """`units` has the whole under None."""
    own, whole = units.get(of) if of is not None else None, units.get(None)
    if own and whole and whole > own:
        return Against("exposure", own, whole)
    return Against("share", complaints.get(of, 0), sum(complaints.values()))


def table(found: Sequence[Group]) -> list[dict[str, Any]]:
    """The groups of a report: those with complaints in the period, the largest first."""
    ordered = sorted(
        (group for group in found if group.count),
        key=lambda g: (g.scope == "customer", -g.count, -g.count_12m, g.issue_code is None, g.issue_code or "", g.of is None, g.of or ""),
    )
    return [group.told() for group in ordered]
