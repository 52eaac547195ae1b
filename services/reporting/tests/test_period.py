"""A month is closed once, restated from the version that was published, and judged once."""

from __future__ import annotations

from services.reporting.period import MOST_DIFFERENCES, PERIOD, Close, Judge, Restate, period_id
from shared.contracts.reporting_periods import Difference, MonthJudged, PeriodClosed, PeriodRestated, PeriodTotals
from shared.testing import NOON, happened, scenario

given = scenario(PERIOD, period_id("2026-10"))
TOTALS = PeriodTotals(received=3, closed=1, open_at_end=2, reopened=0)
CLOSE = Close("2026-10", NOON, TOTALS)
CLOSED = PeriodClosed(month="2026-10", version=1, known_at=NOON, totals=TOTALS)
JUDGE = Judge("2026-10", NOON, 12, 1, "trend-signal.v1")


def restate(version: int, differences: int = 1) -> Restate:
    return Restate(
        "2026-10", version, NOON, TOTALS, tuple(Difference(figure="received", before=n, after=n + 1) for n in range(differences))
    )


def test_a_month_is_closed_once():
    given().when(CLOSE).then(happened(PeriodClosed, version=1, totals=TOTALS)).when(CLOSE).nothing()


def test_a_restatement_is_the_next_version_and_what_two_looks_find_is_said_once():
    again = given(CLOSED).when(restate(1)).then(happened(PeriodRestated, version=2, left_out=0))
    again.when(restate(1)).nothing()
    again.when(restate(2)).then(happened(PeriodRestated, version=3))


def test_a_month_not_closed_is_neither_restated_nor_judged():
    given().when(restate(0)).nothing()
    given().when(JUDGE).nothing()


def test_a_month_is_judged_once_also_when_it_is_restated():
    judged = given(CLOSED).when(JUDGE).then(happened(MonthJudged, series=12, signals=1))
    judged.when(restate(1)).then(happened(PeriodRestated, version=2)).when(JUDGE).nothing()


def test_of_very_many_differences_some_are_listed_and_the_others_counted():
    (event,) = given(CLOSED).when(restate(1, MOST_DIFFERENCES + 7)).events
    assert isinstance(event, PeriodRestated)
    assert (len(event.differences), event.left_out) == (MOST_DIFFERENCES, 7)
