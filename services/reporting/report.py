"""What does a month, or a year, say? The monthly and annual summaries (RP-1): totals, frequency, by customer, trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any

from services.reporting import breakdowns, frequency, seasons
from services.reporting.breakdowns import Asked
from services.reporting.by_customer import by_customer
from services.reporting.counted import counts
from services.reporting.effects import effects
from services.reporting.lateness import overdue
from services.reporting.live import Live
from services.reporting.metrics import KPIS, TOTALS
from services.reporting.metrics.definition import Span
from services.reporting.metrics.received import RECEIVED
from services.reporting.periods import Period
from services.reporting.select import Connection
from services.reporting.terms import Terms
from services.reporting.trend import DEFINITIONS
from services.reporting.views import actions, causes, periods

Report = dict[str, Any]
MOST_RESTATEMENTS = 100  # the latest; all of them are a list of their own


async def monthly(connection: Connection, month: Period, terms: Terms, live: Live) -> Report:
    """The month, with the twelve months to its end as trend."""
    trend = [month.plus(-back) for back in range(11, -1, -1)]
    compared = {"previous": month.plus(-1), "last_year": month.plus(-12)}
    return await _head(connection, month, terms) | await _body(connection, month, terms, trend, compared, live)


async def annual(connection: Connection, year: Period, terms: Terms, live: Live) -> Report:
    """The year under the same keys, each month's totals, and what changed since the year before."""
    months, before = list(year.months()), year.plus(-1)
    compared = {"previous": before, "last_year": None}
    report = await _head(connection, year, terms) | await _body(connection, year, terms, months, compared, live)
    totals = await _totals(connection, [*months, before], terms)
    each = [{"period": m.label, **_complete(m, terms), "totals": t} for m, t in zip(months, totals, strict=False)]
    return report | {
        "months": each,
        "versus_last_year": _versus(report["totals"], totals[-1], before, terms),
        "causes": await causes.by_issue(connection, terms.span(year), terms.as_of.recorded_at),
        "capas": await _capas(connection, year, terms, live),
    }


async def _capas(connection: Connection, year: Period, terms: Terms, live: Live) -> list[Report]:
    """The actions that were under way in the year, with what people and what figures say of them."""
    known = await actions.known(connection, terms.as_of.recorded_at, span=terms.span(year))
    found = await effects(connection, known, terms, live.outlooks.calculate)
    return [
        {
            "id": one["capa_id"],
            "number": one["number"],
            "trigger": one["trigger"],
            "state": "closed" if one["closed"] else "open",
            "verdict": one["verdict"],
            "statistical_verdict": effect["statistical_verdict"],
        }
        for one, effect in zip(known, found, strict=True)
    ]


async def _head(connection: Connection, period: Period, terms: Terms) -> Report:
    (totals,) = await _totals(connection, [period], terms)
    months = [month.label for month in period.months()]
    return {
        "period": period.label,
        **_complete(period, terms),
        "version": await periods.version(connection, months[0], months[-1], terms.as_of.recorded_at),
        "as_of": terms.as_of.told(),
        "policy_version": terms.policy(terms.span(period)).version,
        "totals": totals,
    }


async def _body(
    connection: Connection,
    period: Period,
    terms: Terms,
    trend: Sequence[Period],
    compared: Mapping[str, Period | None],
    live: Live,
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
    judged = await seasons.expected(connection, trend, terms)
    groups = await live.remembered(
        ("groups", terms.policy(asked.period).version, *astuple(replace(asked, as_of=asked.period[0]))),
        terms,
        lambda: _groups(connection, asked, terms),
    )
    return {
        **groups,
        "by_department": await breakdowns.by_department(connection, asked),
        "trend": {"months": [_point(month, received[month], terms, judged.get(month.label)) for month in trend]},
        "seasonal": await seasons.seasonal(connection, trend[-1], terms, live.outlooks),
        "overdue": await overdue(connection, asked.period, terms),
        "kpis": await _kpis(connection, period, terms),
        "restatements": await _restatements(connection, period, terms),
        "definitions": {
            one.id: one.told(terms.language)
            for one in (
                *(metric.definition for metric in TOTALS),
                *(kpi.definition for kpi in KPIS),
                frequency.DEFINITION,
                *DEFINITIONS,
            )
        },
    }


async def _restatements(connection: Connection, period: Period, terms: Terms) -> list[Report]:
    months = [month.label for month in period.months()]
    found = await periods.restatements(connection, terms.as_of.recorded_at, months[0], months[-1], periods.LATEST, MOST_RESTATEMENTS)
    return found[::-1]


async def _groups(connection: Connection, asked: Asked, terms: Terms) -> Report:
    """What depends on what is known, and not on what time it is."""
    return {
        "frequency": frequency.table(await frequency.groups(connection, asked.period, asked.twelve_months, terms)),
        "by_issue": await breakdowns.by_issue(connection, asked),
        "by_product": await breakdowns.by_product(connection, asked),
        "by_customer": await by_customer(connection, asked, terms),
    }


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


def _gap(period: Period, received: int, terms: Terms) -> bool:
    """Nothing is known of the period: not covered, and nothing of it came from elsewhere. A gap is not a zero."""
    return received == 0 and terms.calendar.of(period).why == "not_covered"


def _point(month: Period, received: int, terms: Terms, judged: Mapping[str, Any] | None) -> dict[str, Any]:
    """With what was expected when the month was judged; nothing of that before."""
    count = None if _gap(month, received, terms) else received
    complete = terms.calendar.of(month).complete
    found = {name: None if judged is None else judged[name] for name in ("expected", "bound", "signal")}
    return {"month": month.label, "count": count, **found, "complete": complete}


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
