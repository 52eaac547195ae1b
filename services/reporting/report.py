"""What does a month, or a year, say? The monthly and annual summaries (RP-1): totals, frequency, by customer, trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.reporting import breakdowns, frequency
from services.reporting.breakdowns import Asked
from services.reporting.metrics import KPIS, TOTALS
from services.reporting.metrics.definition import Metric, Span
from services.reporting.metrics.received import RECEIVED
from services.reporting.periods import Period
from services.reporting.select import Connection, rows
from services.reporting.terms import Terms
from services.reporting.views import periods

Report = dict[str, Any]
MOST_RESTATEMENTS = 100  # the latest; all of them are a list of their own


async def monthly(connection: Connection, month: Period, terms: Terms) -> Report:
    """The month, with the twelve months to its end as trend."""
    trend = [month.plus(-back) for back in range(11, -1, -1)]
    compared = {"previous": month.plus(-1), "last_year": month.plus(-12)}
    return await _head(connection, month, terms) | await _body(connection, month, terms, trend, compared)


async def annual(connection: Connection, year: Period, terms: Terms) -> Report:
    """The year under the same keys, each month's totals, and what changed since the year before."""
    months, before = list(year.months()), year.plus(-1)
    report = await _head(connection, year, terms) | await _body(connection, year, terms, months, {"previous": before, "last_year": None})
    totals = await _totals(connection, [*months, before], terms)
    each = [{"period": m.label, **_complete(m, terms), "totals": t} for m, t in zip(months, totals, strict=False)]
    return report | {"months": each, "versus_last_year": _versus(report["totals"], totals[-1], before, terms)}


async def _head(connection: Connection, period: Period, terms: Terms) -> Report:
    (totals,) = await _totals(connection, [period], terms)
    return {
        "period": period.label,
        **_complete(period, terms),
        "version": await periods.version(connection, period.label, terms.as_of.recorded_at),
        "as_of": terms.as_of.told(),
        "policy_version": terms.policy_version,
        "totals": totals,
    }


async def _body(
    connection: Connection, period: Period, terms: Terms, trend: Sequence[Period], compared: Mapping[str, Period | None]
) -> Report:
    others = [p for p in compared.values() if p is not None]
    received = dict(zip([*trend, *others], await counts(connection, RECEIVED, [*trend, *others], terms), strict=True))
    total = received.get(period) or sum(received[p] for p in trend)

    def unless_gap(other: Period | None) -> Span | None:
        return None if other is None or _gap(other, received[other], terms) else terms.span(other)

    asked = Asked(
        period=terms.span(period),
        previous=unless_gap(compared["previous"]),
        last_year=unless_gap(compared["last_year"]),
        twelve_months=(terms.span(trend[0])[0], terms.span(trend[-1])[1]),
        received=total,
        as_of=terms.as_of.recorded_at,
    )
    return {
        "frequency": frequency.table(await frequency.groups(connection, asked.period, asked.twelve_months, terms)),
        "by_issue": await breakdowns.by_issue(connection, asked),
        "by_product": await breakdowns.by_product(connection, asked),
        "by_customer": await breakdowns.by_customer(connection, asked),
        "by_department": await breakdowns.by_department(connection, asked),
        "trend": {"months": [_point(month, received[month], terms) for month in trend]},
        "kpis": await _kpis(connection, period, terms),
        "restatements": await _restatements(connection, period, terms),
        "definitions": {
            one.id: one.told(terms.language)
            for one in (*(metric.definition for metric in TOTALS), *(kpi.definition for kpi in KPIS), frequency.DEFINITION)
        },
    }


async def _restatements(connection: Connection, period: Period, terms: Terms) -> list[Report]:
    months = [month.label for month in period.months()]
    found = await periods.restatements(connection, terms.as_of.recorded_at, months[0], months[-1], periods.LATEST, MOST_RESTATEMENTS)
    return found[::-1]


async def _kpis(connection: Connection, period: Period, terms: Terms) -> Report:
    """Those that can be told; each names its definition. Nothing is told of a period nothing is known of."""
    found: Report = {}
    for kpi in KPIS:
        figure = await kpi.figure(connection, terms.span(period), terms)
        if figure is not None:
            found[kpi.definition.id] = {**figure, "definition": f"{kpi.definition.id}.v{kpi.definition.version}"}
    return found


async def _totals(connection: Connection, periods: Sequence[Period], terms: Terms) -> list[dict[str, int]]:
    columns = {metric.definition.id: await counts(connection, metric, periods, terms) for metric in TOTALS}
    return [{name: counts[n] for name, counts in columns.items()} for n in range(len(periods))]


async def counts(connection: Connection, metric: Metric, periods: Sequence[Period], terms: Terms) -> list[int]:
    found = await rows(connection, metric.counts([terms.span(period) for period in periods], terms.as_of.recorded_at))
    counts = {row["n"]: row["count"] for row in found}
    return [counts.get(n, 0) for n in range(1, len(periods) + 1)]


def _gap(period: Period, received: int, terms: Terms) -> bool:
    """Nothing is known of the period: not covered, and nothing of it came from elsewhere. A gap is not a zero."""
    return received == 0 and terms.calendar.of(period).why == "not_covered"


def _point(month: Period, received: int, terms: Terms) -> dict[str, Any]:
    count = None if _gap(month, received, terms) else received
    complete = terms.calendar.of(month).complete
    return {"month": month.label, "count": count, "expected": None, "bound": None, "signal": None, "complete": complete}


def _complete(period: Period, terms: Terms) -> dict[str, Any]:
    found = terms.calendar.of(period)
    return {"complete": found.complete, "why": found.why, "expected_from": found.expected_from.isoformat()}


def _versus(totals: dict[str, int], before: dict[str, int], year: Period, terms: Terms) -> dict[str, Any]:
    """Each total beside last year's; nothing where last year is a gap."""
    gap = _gap(year, before["received"], terms)
    return {
        "period": year.label,
        **_complete(year, terms),
        "totals": {
            name: {
                "count": count,
                "last_year": None if gap else before[name],
                "change": None if gap or before[name] < breakdowns.HIDE_BELOW else round(count / before[name] - 1, 4),
            }
            for name, count in totals.items()
        },
    }
