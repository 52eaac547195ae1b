"""Single, sporadic, recurrent, systematic: how often does an issue come up with a product, and with a customer (research B2)?

Over the twelve months to a period's end, by the policy of that time; as shipped: *single* once; *sporadic* more often; *recurrent* at least three times, in at least two months,
and more than the rest lets one expect (exact, p < 0.05); *systematic* recurrent with at least three customers or in at least two batches.
What is expected is the rest's rate per unit where the group's exposure and that of all are known, else its share of all complaints; where
there is no rest, count and months alone decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.reporting.chance import is_rare
from services.reporting.metrics.definition import Definition, Span
from services.reporting.select import Connection
from services.reporting.tally import TWELVE, Scope, Tally
from services.reporting.terms import Terms
from services.reporting.views import exposures
from shared.contracts.vocabulary import FrequencyClass
from shared.policy.content import Recurrence

Basis = Literal["exposure", "share"]

SCOPES: tuple[Scope, ...] = ("product", "customer")

DEFINITION = Definition(
    "frequency_class", 1, "Frequency class", "频次类别",
    "Of an issue with a product or a customer over the twelve months to the period's end, by the policy then in force; as shipped: single (1), sporadic (2 or more), recurrent (3 or"
    " more in 2 or more months, and more than the rest lets one expect, exact p < 0.05), systematic (recurrent with 3 or more customers or"
    " 2 or more batches). Basis: exposure where known, else the share of all complaints.",
    "截至本期末十二个月内同一问题在同一产品或客户处的频次，按当时有效的规则；出厂规则为：单次（1 次）、偶发（2 次及以上）、经常（至少两个月内 3 次及以上，且高于其余部分所预期，"
    "精确检验 p < 0.05）、系统性（经常且涉及至少 3 个客户或 2 个批次）。依据：已知暴露量时用暴露量，否则用占全部投诉的比例。",
    "class",
)  # fmt: skip


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
    if rest > 0 and not is_rare(n, n + others, against.own / against.whole, rules.significant):
        return "sporadic"
    return "systematic" if customers >= rules.customers or batches >= rules.batches else "recurrent"


def groups(tally: Tally, units: Mapping[Scope, Mapping[str | None, float]], rules: Recurrence, *, least: int = 0) -> Iterator[Group]:
    """Every group with a complaint in the twelve months, and so many in the period; those of no customer are no group of customers.
    `units` by product and by customer have the whole under None.
    """
    received = tally.total[TWELVE]
    for scope in SCOPES:
        for of, with_issues in tally.pairs[scope].items():
            if scope == "customer" and of is None:
                continue
            against = _against(of, units[scope], tally.of[scope][of][TWELVE], received)
            for issue, pair in with_issues.items():
                if pair.count < least or (issue is None and of is None):
                    continue
                others = tally.issues[issue][TWELVE] - pair.twelve
                customers, batches = (1 if scope == "customer" else len(pair.by_customer or ())), len(pair.by_batch or ())
                kind = classified(pair.twelve, pair.months, customers, batches, others, against, rules)
                yield Group(scope, issue, of, pair.count, pair.twelve, kind, against.basis)


async def units_of(connection: Connection, twelve_months: Span, terms: Terms) -> Mapping[Scope, Mapping[str | None, float]]:
    """What was exposed in the twelve months, by product and by customer."""
    moment, zone = terms.as_of.recorded_at, terms.calendar.zone
    return {scope: await exposures.units(connection, moment, scope, twelve_months, zone) for scope in SCOPES}


def _against(of: str | None, units: Mapping[str | None, float], complaints: int, received: int) -> Against:
    own, whole = units.get(of) if of is not None else None, units.get(None)
    if own and whole and whole > own:
        return Against("exposure", own, whole)
    return Against("share", complaints, received)


def table(found: Iterable[Group]) -> list[dict[str, Any]]:
    """The groups of a report: those with complaints in the period, the largest first."""
    ordered = sorted(
        (group for group in found if group.count),
        key=lambda g: (g.scope == "customer", -g.count, -g.count_12m, g.issue_code is None, g.issue_code or "", g.of is None, g.of or ""),
    )
    return [group.told() for group in ordered]
