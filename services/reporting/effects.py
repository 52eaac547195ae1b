"""Did the action work? Complaints before and after it, per month or per unit, with the exact test (research C6).

Per unit where the product's exposure (without a product, the organisation's) is known of all those months, else per month. Before are the
twelve complete months up to the one in which its last step was done, after those that follow it. No verdict before three complete months
and five expected cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.reporting.outlooks import Calculate
from services.reporting.periods import Period, containing
from services.reporting.query.counters import BETWEEN, Counters
from services.reporting.query.fields import Frame
from services.reporting.select import Connection
from services.reporting.series import Monthly, named, one_series
from services.reporting.terms import Terms
from services.reporting.views import exposures
from shared.contracts.reporting_signals import SeriesDimension

MONTHS_BEFORE, LEAST_MONTHS, LEAST_EXPECTED = 12, 3, 5.0
CONCLUSIVE = 1.96

Key = tuple[SeriesDimension, str, str]


async def effects(
    connection: Connection, actions: Sequence[Mapping[str, Any]], terms: Terms, calculate: Calculate, counters: Counters
) -> list[dict[str, Any]]:
    """Each action whose steps were done, about a product or an issue; the others cannot be measured and are said to be so."""
    return [await _effect(connection, action, terms, calculate, counters) for action in actions]


async def _effect(
    connection: Connection, action: Mapping[str, Any], terms: Terms, calculate: Calculate, counters: Counters
) -> dict[str, Any]:
    told = {"capa_id": action["capa_id"], "number": action["number"], "acted_on": action["acted_on"], "before": None, "after": None}
    told |= {"ratio": None, "low": None, "high": None, "p": None, "months_until_conclusive": None}
    key = _key(action)
    if action["acted_on"] is None:
        return told | {"statistical_verdict": "too_early", "why": "No step is done yet."}
    if key is None:
        return told | {"statistical_verdict": "not_shown", "why": "The action names neither product nor issue, so nothing can be counted."}
    acted = containing("month", action["acted_on"])
    last = containing("month", terms.calendar.today())
    months = [acted.plus(n) for n in range(1 - MONTHS_BEFORE, 1)]
    while months[-1] < last:
        months.append(months[-1].plus(1))
    table = await _counts(connection, months, terms, key, counters)
    usable = [n not in table.gaps and terms.calendar.of(month).complete for n, month in enumerate(months)]
    known = await exposures.by_month(connection, terms.as_of.recorded_at, action["product_code"], months[0].label, months[-1].label)
    kind = _kind(known, [month.label for n, month in enumerate(months) if usable[n]])
    units = known[kind] if kind else dict.fromkeys((month.label for month in months), 1.0)
    before, after = (_side(table, key, usable, side, units) for side in (lambda month: month <= acted, lambda month: month > acted))
    told |= {"before": before, "after": after, "per": kind or "month"}
    expected = before["events"] / before["units"] * after["units"] if before["units"] else 0.0
    told["months_until_conclusive"] = _months_until(before, after)
    if after["months"] < LEAST_MONTHS or expected < LEAST_EXPECTED:
        why = f"{after['months']} complete months and {expected:.1f} expected complaints since; a verdict needs {LEAST_MONTHS} and {LEAST_EXPECTED:.0f}."
        return told | {"statistical_verdict": "too_early", "why": why}
    sides = {"a": {"events": after["events"], "exposure": after["units"]}, "b": {"events": before["events"], "exposure": before["units"]}}
    found = await calculate("rate-ratio", sides)
    verdict = "effective" if found["high"] is not None and found["high"] < 1 else "worse" if found["low"] > 1 else "not_shown"
    return told | {name: found[name] for name in ("ratio", "low", "high", "p")} | {"statistical_verdict": verdict, "why": ""}


async def _counts(connection: Connection, months: Sequence[Period], terms: Terms, key: Key, counters: Counters) -> Monthly:
    """From the counters, which follow what is recorded; of an earlier moment than theirs from the complaints."""
    dimension, product, issue = key
    value = BETWEEN.join(code for code in (product, issue) if code)
    frame = Frame(terms.as_of.recorded_at, terms.calendar.zone, terms.calendar.today(), frozenset())
    found = await counters.series(connection, dimension, value, [month.first for month in months], frame)
    if found is None:
        return await one_series(connection, months, terms, named(*key))
    return Monthly(months, {key: found}, frozenset(n for n, month in enumerate(months) if not terms.calendar.covers(month)))


def _key(action: Mapping[str, Any]) -> Key | None:
    product, issue = action["product_code"] or "", action["issue_code"] or ""
    if product and issue:
        return "product_code+issue_code", product, issue
    if product:
        return "product_code", product, ""
    return ("issue_code", "", issue) if issue else None


def _kind(known: Mapping[str, Mapping[str, float]], months: Sequence[str]) -> str | None:
    """The exposure that is known of every month; none where there is no such, and a month counts as much as another."""
    return next((kind for kind in sorted(known) if months and all(known[kind].get(month, 0) > 0 for month in months)), None)


def _side(
    table: Monthly, key: Key, usable: Sequence[bool], on_this_side: Callable[[Period], bool], units: Mapping[str, float]
) -> dict[str, Any]:
    counts = table.counts.get(key, [0] * len(table.months))
    places = [n for n, month in enumerate(table.months) if usable[n] and on_this_side(month)]
    labels = [table.months[n].label for n in places]
    return {
        "events": sum(counts[n] for n in places),
        "months": len(places),
        "units": sum(units[label] for label in labels),
        "from": labels[0] if labels else None,
        "to": labels[-1] if labels else None,
    }


def _months_until(before: Mapping[str, Any], after: Mapping[str, Any]) -> int | None:
    """So many more months at the old rate until halving it would show: Poisson counts about their square root."""
    if not before["months"] or not before["events"]:
        return None
    rate = before["events"] / before["months"]
    for months in range(LEAST_MONTHS, 241):
        halved = rate / 2
        error = math.sqrt(halved / months + rate / before["months"])
        if rate - halved > CONCLUSIVE * error and rate * months >= LEAST_EXPECTED:
            return max(0, months - int(after["months"]))
    return None
