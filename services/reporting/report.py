"""What does a month, or a year, say? The monthly and annual summaries (RP-1): totals, frequency, by customer, trend."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from services.reporting import breakdowns, frequency, seasons
from services.reporting.breakdowns import Beside
from services.reporting.by_customer import by_customer
from services.reporting.effects import effects
from services.reporting.figures import Figures, Wanted
from services.reporting.live import Live
from services.reporting.metrics import INDICATORS, KPIS, TOTALS
from services.reporting.metrics import rate as complaint_rate
from services.reporting.metrics.rate import Exposed
from services.reporting.periods import Period
from services.reporting.select import Connection
from services.reporting.tally import COUNT, Scope, Window
from services.reporting.terms import Terms
from services.reporting.trend import DEFINITIONS
from services.reporting.views import actions, exposures, periods
from shared.policy.content import Recurrence

Report = dict[str, Any]
MOST_RESTATEMENTS = 100  # the latest; all of them are a list of their own


async def monthly(connection: Connection, month: Period, terms: Terms, live: Live) -> Report:
    """The month, with the twelve months to its end as trend."""
    trend = tuple(month.plus(-back) for back in range(11, -1, -1))
    return await _told(connection, Wanted(Window(month, month.plus(-1), month.plus(-12), trend), trend, (month,)), terms, live)


async def annual(connection: Connection, year: Period, terms: Terms, live: Live) -> Report:
    """The year under the same keys, each month's totals, and what changed since the year before."""
    months, before = tuple(year.months()), year.plus(-1)
    wanted = Wanted(Window(year, before, None, months), months, (year, *months, before), with_causes=True)
    report = await _told(connection, wanted, terms, live)
    key = ("capas", year, terms.calendar.today())
    return report | {"capas": await live.remembered(key, terms, lambda: _capas(connection, year, terms, live))}


async def _capas(connection: Connection, year: Period, terms: Terms, live: Live) -> list[Report]:
    """The actions that were under way in the year, with what people and what figures say of them."""
    known = await actions.known(connection, terms.as_of.recorded_at, span=terms.span(year))
    found = await effects(connection, known, terms, live.outlooks.calculate, live.counters)
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


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What a report says beside what is counted: what was published of its months, and how much was exposed."""

    version: int
    judged: Mapping[str, Mapping[str, Any]]
    restatements: list[Report]
    units: Mapping[Scope, Mapping[str | None, float]]  # in the twelve months
    sold_to: Mapping[str | None, float]  # by customer, in the period
    exposed: Exposed | None

    @property
    def exposure(self) -> Hashable:
        """By value."""
        return tuple(tuple(sorted(units.items(), key=str)) for units in (*self.units.values(), self.sold_to))


async def _on_record(connection: Connection, wanted: Wanted, terms: Terms) -> OnRecord:
    months, moment = [month.label for month in wanted.period.months()], terms.as_of.recorded_at
    twelve, span = (terms.span(wanted.trend[0])[0], terms.span(wanted.trend[-1])[1]), terms.span(wanted.period)
    restated = await periods.restatements(connection, moment, months[0], months[-1], periods.LATEST, MOST_RESTATEMENTS)
    return OnRecord(
        await periods.version(connection, months[0], months[-1], moment),
        await seasons.expected(connection, wanted.trend, terms),
        restated[::-1],
        await frequency.units_of(connection, twelve, terms),
        await exposures.units(connection, moment, "customer", span, terms.calendar.zone),
        await complaint_rate.exposed(connection, span, terms),
    )


async def _told(connection: Connection, wanted: Wanted, terms: Terms, live: Live) -> Report:
    period, record = wanted.period, await _on_record(connection, wanted, terms)
    seasonal = await seasons.seasonal(connection, wanted.trend[-1], terms, live.outlooks)
    counted = await live.figures.told(connection, wanted, terms, lambda figures: _counted(figures, record, terms))
    return {
        "period": period.label,
        **_complete(period, terms),
        "version": record.version,
        "as_of": terms.as_of.told(),
        "policy_version": terms.policy(terms.span(period)).version,
        **counted,
        "seasonal": seasonal,
        "restatements": record.restatements,
        "definitions": {
            one.id: one.told(terms.language)
            for one in (*(metric.definition for metric in TOTALS), *KPIS, frequency.DEFINITION, *DEFINITIONS)
        },
    }


def _counted(figures: Figures, record: OnRecord, terms: Terms) -> Report:
    """All that is counted, as of one moment."""
    wanted, tally = figures.wanted, figures.tally
    window, rules = wanted.window, terms.policy(figures.span).recurrence

    def comparable(other: Period | None) -> bool:
        return other is not None and not _gap(other, tally.received(other), terms)

    beside = Beside(comparable(window.previous), comparable(window.last_year))
    totals = figures.totals()
    found = {
        "totals": totals[0],
        **figures.groups((beside, rules, record.exposure), lambda: _groups(figures, beside, record, rules)),
        "by_department": breakdowns.by_department(figures.work),
        "trend": {"months": [_point(month, tally.received(month), terms, record.judged.get(month.label)) for month in wanted.trend]},
        "overdue": figures.late.told(),
        "kpis": _kpis(figures, record, terms),
    }
    if wanted.with_causes:
        _, *months = wanted.summed
        before = months.pop()
        found["months"] = [{"period": m.label, **_complete(m, terms), "totals": t} for m, t in zip(months, totals[1:], strict=False)]
        found["versus_last_year"] = _versus(totals[0], totals[-1], before, terms)
        found["causes"] = _causes(figures)
    return found


def _groups(figures: Figures, beside: Beside, record: OnRecord, rules: Recurrence) -> Report:
    tally, (products, customers) = figures.tally, figures.names
    return {
        "frequency": frequency.table(frequency.groups(tally, record.units, rules, least=1)),
        "by_issue": breakdowns.by_issue(tally, beside),
        "by_product": breakdowns.by_product(tally, products, beside),
        "by_customer": by_customer(tally, customers, beside, record.sold_to),
    }


def _causes(figures: Figures) -> list[Report]:
    ordered = sorted(figures.causes.items(), key=lambda one: (-one[1], one[0][0] is None, one[0][0] or "", one[0][1]))
    return [{"issue_code": issue, "level": level, "count": count} for (issue, level), count in ordered]


def _kpis(figures: Figures, record: OnRecord, terms: Terms) -> Report:
    """Those that can be told; each names its definition."""
    by_product = {product: counts[COUNT] for product, counts in figures.tally.of["product"].items()}
    told = [one.told(cells, figures.span, terms) for one, cells in zip(INDICATORS, figures.cells, strict=True)]
    told.append(complaint_rate.rate(record.exposed, figures.tally.total[COUNT], by_product))
    return {
        definition.id: {**figure, "definition": f"{definition.id}.v{definition.version}"}
        for definition, figure in zip(KPIS, told, strict=True)
        if figure is not None
    }


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


def _versus(totals: Mapping[str, int], before: Mapping[str, int], last: Period, terms: Terms) -> dict[str, Any]:
    """Each total beside last year's; nothing where last year is a gap."""
    gap = _gap(last, before["received"], terms)
    return {
        "period": last.label,
        **_complete(last, terms),
        "totals": {
            name: {
                "count": count,
                "last_year": None if gap else before[name],
                "change": None if gap or before[name] < breakdowns.HIDE_BELOW else round(count / before[name] - 1, 4),
            }
            for name, count in totals.items()
        },
    }
