"""What does a month, or a year, say? The monthly and annual summaries (RP-1): totals, frequency, by customer, trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any

from services.reporting import breakdowns, frequency, seasons
from services.reporting.breakdowns import Asked
from services.reporting.by_customer import by_customer
from services.reporting.effects import effects
from services.reporting.figures import Figures, figures, totals_of
from services.reporting.live import Live
from services.reporting.metrics import KPIS, TOTALS
from services.reporting.metrics.definition import Span
from services.reporting.periods import Period
from services.reporting.select import Connection
from services.reporting.terms import Terms
from services.reporting.trend import DEFINITIONS
from services.reporting.views import actions, causes

Report = dict[str, Any]


async def monthly(connection: Connection, month: Period, terms: Terms, live: Live) -> Report:
    """The month, with the twelve months to its end as trend."""
    trend = [month.plus(-back) for back in range(11, -1, -1)]
    compared = {"previous": month.plus(-1), "last_year": month.plus(-12)}
    return await _told(connection, month, terms, trend, compared, live)


async def annual(connection: Connection, year: Period, terms: Terms, live: Live) -> Report:
    """The year under the same keys, each month's totals, and what changed since the year before."""
    months, before = list(year.months()), year.plus(-1)
    compared = {"previous": before, "last_year": None}
    report = await _told(connection, year, terms, months, compared, live)
    totals, found = await live.remembered(("year", year), terms, lambda: _year(connection, year, [*months, before], terms))
    each = [{"period": m.label, **_complete(m, terms), "totals": t} for m, t in zip(months, totals, strict=False)]
    return report | {
        "months": each,
        "versus_last_year": _versus(report["totals"], totals[-1], before, terms),
        "causes": found,
        "capas": await live.remembered(("capas", year, terms.calendar.today()), terms, lambda: _capas(connection, year, terms, live)),
    }


async def _year(connection: Connection, year: Period, periods: Sequence[Period], terms: Terms) -> tuple[list[dict[str, int]], list[Report]]:
    found = await causes.by_issue(connection, terms.span(year), terms.as_of.recorded_at)
    return await totals_of(connection, periods, terms), found


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


def _head(period: Period, found: Figures, terms: Terms) -> Report:
    return {
        "period": period.label,
        **_complete(period, terms),
        "version": found.version,
        "as_of": terms.as_of.told(),
        "policy_version": terms.policy(terms.span(period)).version,
        "totals": found.totals,
    }


async def _told(
    connection: Connection,
    period: Period,
    terms: Terms,
    trend: Sequence[Period],
    compared: Mapping[str, Period | None],
    live: Live,
) -> Report:
    others = [p for p in compared.values() if p is not None]
    shown = [*trend, *others]
    found: Figures = await live.remembered.until(("figures", period), terms, lambda: figures(connection, period, shown, trend, terms))
    received = dict(zip(shown, found.received, strict=True))
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
    groups = await live.remembered(
        ("groups", terms.policy(asked.period).version, *astuple(replace(asked, as_of=asked.period[0]))),
        terms,
        lambda: _groups(connection, asked, terms),
    )
    return {
        **_head(period, found, terms),
        **groups,
        "by_department": found.by_department,
        "trend": {"months": [_point(month, received[month], terms, found.judged.get(month.label)) for month in trend]},
        "seasonal": await seasons.seasonal(connection, trend[-1], terms, live.outlooks),
        "overdue": found.overdue,
        "kpis": _kpis(found.counted, terms),
        "restatements": found.restatements,
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


async def _groups(connection: Connection, asked: Asked, terms: Terms) -> Report:
    """What depends on what is known, and not on what time it is."""
    return {
        "frequency": frequency.table(await frequency.groups(connection, asked.period, asked.twelve_months, terms)),
        "by_issue": await breakdowns.by_issue(connection, asked),
        "by_product": await breakdowns.by_product(connection, asked),
        "by_customer": await by_customer(connection, asked, terms),
    }


def _kpis(counted: Sequence[Any], terms: Terms) -> Report:
    """Those that can be told; each names its definition. Nothing is told of a period nothing is known of."""
    found: Report = {}
    for kpi, count in zip(KPIS, counted, strict=True):
        figure = kpi.told(count, terms)
        if figure is not None:
            found[kpi.definition.id] = {**figure, "definition": f"{kpi.definition.id}.v{kpi.definition.version}"}
    return found


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
