"""Which customers complained, of what, more than before, and of what more than all others (RP-1 b)?

Complaints of a merged customer are the survivor's. Disproportion is Evans' PRR of the issue at this customer against all the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.reporting.breakdowns import HIDE_BELOW, Beside, largest_first, told
from services.reporting.latest_names import Names
from services.reporting.tally import COUNT, Tally

PRR, CHI2, LEAST = 2.0, 4.0, 3


def by_customer(tally: Tally, names: Names, beside: Beside, units: Mapping[str | None, float]) -> list[dict[str, Any]]:
    """Per customer, with the issues they raised; complaints of no customer in one last row."""
    table = []
    found = largest_first(tally.of["customer"])
    everybody = sum(counts[COUNT] for _, counts in found)
    in_all = {issue: counts[COUNT] for issue, counts in tally.issues.items()}
    for of, counts in found:
        count, row = counts[COUNT], told(counts, tally, beside)
        raised = [(-pair.count, issue is None, issue or "", issue) for issue, pair in tally.pairs["customer"][of].items() if pair.count]
        issues = []
        for fewer, _, _, issue in sorted(raised, key=lambda one: one[:3]):
            n = -fewer
            others = in_all[issue] - n
            issues.append({"issue_code": issue, "count": n, **disproportion(n, count - n, others, everybody - count - others)})
        exposed = units.get(of) if of is not None else None
        rate = {"value": count / exposed, "units": exposed} if exposed else None
        change = _change(count, row["previous"])
        table.append({"customer_ref": of, "name": names.get(of), "change": change, **row, "issues": issues, "rate": rate})
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
