"""A small report to make forms of, with text that means harm."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from services.reporting.form.given import Given
from services.reporting.form.words import words
from services.reporting.metrics import KPIS
from services.reporting.periods import parse
from shared.labels import Language, label

EVIL = '=HYPERLINK("http://evil")<script>alert(1)</script>&'
SHARE = {"value": 0.8, "n": 100, "low": 0.71, "high": 0.87}
TIMES = {"p50": 7.0, "p80": 33.0, "p90": None, "n": 90, "open": 10, "excluded_negative": 4, "excluded_unknown": 0, "method": "kaplan_meier"}
FIGURES: dict[str, dict[str, Any]] = {
    "acknowledge_hours": TIMES,
    "remedy_hours": TIMES,
    "close_days": TIMES,
    "closure_rate_cohort": {**SHARE, "target": 0.8},
    "satisfaction": {"value": None, "n": 3, "low": None, "high": None, "hidden": "n<10"},
    "backlog_age": {"bands": [{"days": days, "count": n} for n, days in enumerate(("0-7", "8-30", "31-90", ">90"))], "n": 6},
    "overdue": {"value": 2, "by_department": [{"department": "desk", "count": 2}]},
    "remedy_rounds": {"p50": 1.0, "method": "type 7", "share_above_one": SHARE, "n": 100},
    "complaint_rate": {"value": 1.2e-05, "low": 1e-05, "high": 1.5e-05, "ppm": 12.0, "exposure": "sold", "units": 8e6, "n": 100},
}  # fmt: skip


def group(count: int, **of: Any) -> dict[str, Any]:
    return {**of, "count": count, "share": round(count / 60, 4), "previous": 8, "same_month_last_year": None}


def report(period: str, language: Language = "en") -> dict[str, Any]:
    months = [
        {"month": f"2014-{n:02}", "count": None if n == 1 else 40 + n, "expected": None if n < 3 else 45.5, "bound": None if n < 3 else 60.0,
         "signal": n == 5 if n >= 3 else None, "complete": 1 < n < 12}
        for n in range(1, 13)
    ]  # fmt: skip
    issues = [{"issue_code": "leak", "count": 9, "prr": 2.5, "chi2": 6.0, "disproportionate": True}]
    frequency = {"issue_code": "leak", "customer_ref": None, "basis": "share"}
    definitions = {one.id: one.told(language) for one in KPIS}
    made = {
        "period": period, "complete": True, "why": None, "expected_from": "2015-01-08", "version": 2, "policy_version": "default.1",
        "as_of": {"recorded_at": "2015-02-01T00:00:00+00:00", "positions": {"intake/0": 812}},
        "totals": {"received": 60, "closed": 50, "open_at_end": 6, "reopened": 1},
        "frequency": [
            {**frequency, "scope": "product", "product_code": "P-1", "count": 9, "count_12m": 30, "class": "sporadic"},
            {**frequency, "scope": "product", "product_code": EVIL, "count": 3, "count_12m": 12, "class": "systematic"},
        ],
        "by_issue": [group(40, issue_code="leak"), group(15, issue_code=None), group(5, issue_code=EVIL)],
        "by_product": [group(60, product_code="P-1", name=EVIL)],
        "by_customer": [
            {**group(50, customer_ref="C-1", name=EVIL), "change": 0.2, "issues": issues, "rate": None},
            {**group(10, customer_ref=None, name=None), "change": None, "issues": [], "rate": None},
        ],
        "by_department": [{"department": "desk", "open": 3, "overdue": 1, "done": 40}],
        "trend": {"months": months},
        "seasonal": {"shown": True, "why": "", "index": [100.0 + n for n in range(12)], "test": {"p": 0.005}},
        "kpis": {name: {**figure, "definition": f"{name}.v1"} for name, figure in FIGURES.items()},
        "overdue": [{"number": "C-2014-000001", "clock": "desk_remedy", "due_at": "2014-12-05T04:00:00+00:00", "department": "desk"}],
        "restatements": [
            {"period": "2014-11", "version": 2, "restated_at": "2015-01-10T00:00:00+00:00",
             "differences": [{"figure": "received", "dimension": "product_code", "key": EVIL, "before": 50, "after": 51}]}
        ],
        "definitions": definitions,
    }  # fmt: skip
    if len(period) == 4:
        made["months"] = [{"period": one["month"], "complete": one["complete"], "totals": made["totals"]} for one in months]
        made["versus_last_year"] = {"totals": {name: {"count": n, "last_year": 40, "change": 0.5} for name, n in made["totals"].items()}}
        made["causes"] = [{"issue_code": "leak", "level": "system", "count": 4}]
        made["capas"] = [{"id": "x", "number": "CA-2014-0001", "trigger": "trend", "state": "closed", "verdict": "effective", "statistical_verdict": "not_shown"}]  # fmt: skip
    return made


def given(period: str = "2014-12", language: Language = "en", **changed: Any) -> Given:
    return Given(
        report={**report(period, language), **changed}, period=parse(period), backlog=list(range(12)), today=date(2015, 2, 1),
        zone=ZoneInfo("Asia/Shanghai"), language=language, words=words(language), label=lambda code: label(code, language), made_for="Sun Yi",
    )  # fmt: skip
