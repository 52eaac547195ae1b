"""Which months are signals, of which series, and whom they oblige."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.reporting.analysis.methods import calculate
from services.reporting.judging import Found, Past, judged, lowest, rule_of, verdicts
from services.reporting.moment import AsOf
from services.reporting.period import Judge
from services.reporting.periods import Calendar, Period, containing, parse
from services.reporting.series import Monthly, named
from services.reporting.signal import Raise, Repeat
from services.reporting.terms import Terms
from shared.contracts.reporting_signals import Judged, SeriesDimension, SignalBaseline
from shared.policy import Policies, shipped, shipped_content
from shared.policy import parse as parse_policy
from shared.policy.policies import Adopted

SHANGHAI = ZoneInfo("Asia/Shanghai")
QUIET = [10, 9, 11, 10, 12, 8, 10, 11, 9, 10, 10, 12] * 4
OPEN = UUID("33333333-3333-4333-8333-333333333333")


async def by_worker(method: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return calculate(method, fields)


def table(gaps: frozenset[int] = frozenset(), **series: list[int]) -> Monthly:
    """`issue_leakage=[…]` is a series; all end with October 2026."""
    length = len(next(iter(series.values())))
    months = [parse("2026-10").plus(n - length + 1) for n in range(length)]
    counts = {}
    for name, values in series.items():
        kind, _, code = name.partition("_")
        dimension: SeriesDimension = {"total": "total", "issue": "issue_code", "product": "product_code"}[kind]  # type: ignore[assignment]  # the kinds are listed above, a dict of strings forgets them
        counts[dimension, code if kind == "product" else "", code if kind == "issue" else ""] = values
    return Monthly(months, counts, gaps)


def terms(now: datetime, policies: Policies = Policies()) -> Terms:
    calendar = Calendar(SHANGHAI, lambda at: 8, datetime(2020, 1, 1, tzinfo=SHANGHAI), (), now)
    return Terms(AsOf(now, {}), calendar, policies, "en")


OCTOBER: Period = containing("month", date(2026, 10, 1))
ON_TIME = datetime(2026, 11, 8, tzinfo=SHANGHAI).astimezone(UTC)
NOTHING = Past({}, {})
RULE = rule_of(shipped())


async def test_a_tripled_month_is_a_signal_with_all_it_was_decided_on():
    told = await judged(OCTOBER, table(issue_leakage=[*QUIET, 30], issue_noise=[*QUIET, 10]), NOTHING, terms(ON_TIME), by_worker)
    raised, judge = (reaction.command for reaction in told)
    assert isinstance(raised, Raise)
    signal = raised.signal
    assert (signal.series.key, signal.month, signal.historical, signal.department) == ("leakage", "2026-10", False, "technical")
    assert (signal.judged.method, signal.judged.observed, signal.family) == ("lean", 30, 2)
    assert signal.baseline.counts == (*QUIET, 30)
    assert signal.baseline.first == "2022-10"
    assert judge == Judge("2026-10", ON_TIME, 2, 1, "trend-signal.v1")


async def test_a_series_with_fewer_complaints_than_a_signal_needs_is_not_judged():
    """A hundred thousand pairs of customer and issue that came up once would hide every signal, and take an hour."""
    once, twice, often = [0] * 48 + [1], [0] * 24 + [1] + [0] * 23 + [1], [0] * 48 + [3]
    found = await verdicts(OCTOBER, table(issue_once=once, issue_twice=twice, issue_often=often), NOTHING, RULE, by_worker)
    assert (found.family, [one.series.key for one in found.judged]) == (1, ["often"])


async def test_judging_again_from_what_the_signal_stores_gives_the_same():
    (found,) = (await verdicts(OCTOBER, table(total=[*QUIET, 30]), NOTHING, RULE, by_worker)).judged
    again = calculate(
        "trend-signal",
        {"series": [{"key": "", "counts": list(found.baseline.counts)}], "start": int(found.baseline.first[-2:]), "alpha": 0.05},
    )
    (one,) = again["series"]
    assert (found.judged.expected, found.judged.bound, found.judged.p) == (one["expected"], one["bound"], one["p"])


async def test_a_month_long_past_is_historical():
    told = await judged(OCTOBER, table(total=[*QUIET, 30]), NOTHING, terms(ON_TIME + timedelta(days=30)), by_worker)
    assert told[0].command.signal.historical


async def test_while_a_signal_is_open_a_later_month_is_added_to_it():
    past = Past({}, {("total", ""): OPEN})
    told = await judged(OCTOBER, table(total=[*QUIET, 30]), past, terms(ON_TIME), by_worker)
    assert isinstance(told[0].command, Repeat)
    assert (told[1].command.total.observed, told[1].command.total_beyond) == (30, True)
    assert told[0].stream_id == OPEN


async def test_gaps_and_months_with_a_known_cause_are_no_baseline():
    values = [*QUIET[:40], 60, 0, *QUIET[:6], 24]
    plain = table(total=values, gaps=frozenset({41}))
    past = Past({("total", ""): [plain.months[40].label]}, {})
    (found,) = (await verdicts(OCTOBER, plain, past, RULE, by_worker)).judged
    assert found.baseline.left_out == (plain.months[40].label, plain.months[41].label)
    assert found.signal
    (without,) = (await verdicts(OCTOBER, plain, NOTHING, RULE, by_worker)).judged
    assert without.baseline.left_out == (plain.months[41].label,)


async def test_with_too_short_a_past_nothing_is_judged_and_that_is_on_record():
    (told,) = await judged(OCTOBER, table(total=[3, 4, 50]), NOTHING, terms(ON_TIME), by_worker)
    assert told.command == Judge("2026-10", ON_TIME, 0, 0, "trend-signal.v1")


async def test_one_case_that_concerns_safety_is_a_signal_by_itself():
    past = Past({}, {}, {"2026-10": frozenset({("issue_code", "", "leakage")})})
    told = await judged(OCTOBER, table(issue_leakage=[*QUIET, 9]), past, terms(ON_TIME), by_worker)
    signal = told[0].command.signal
    assert (signal.because, signal.judged.method, signal.judged.observed, signal.historical) == ("safety", "lean", 9, False)
    told = await judged(OCTOBER, table(issue_leakage=[0, 1]), past, terms(ON_TIME), by_worker)
    assert (told[0].command.signal.because, told[0].command.signal.judged.method) == ("safety", "none")
    told = await judged(OCTOBER, table(issue_leakage=[*QUIET, 30]), past, terms(ON_TIME), by_worker)
    assert [one.command.signal.because for one in told[:-1]] == ["beyond_bound"]


async def test_a_level_that_crept_up_is_a_signal_though_the_month_is_none():
    crept = [*(3 * n for n in QUIET), 38, 41, 44, 43, 45, 44, 45]
    table_of = {"issue_leakage": crept, "issue_noise": [*(3 * n for n in QUIET), 30, 30, 33, 27, 30, 30, 30]}
    told = []
    for length in range(len(crept) - 5, len(crept) + 1):
        short = table(**{name: values[:length] for name, values in table_of.items()})
        told += [
            one.command.signal
            for one in await judged(short.months[-1], short, NOTHING, terms(ON_TIME), by_worker)
            if isinstance(one.command, Raise)
        ]
    assert [(one.series.key, one.because, one.judged.method) for one in told][:1] == [("leakage", "drift", "cusum")]
    assert told[0].judged.observed > told[0].judged.bound
    assert (told[0].rule.drift_ratio, told[0].rule.drift_alpha) == (1.5, 0.005)


async def test_a_policy_touches_the_months_that_end_under_it_and_no_others():
    strict = {**shipped_content(), "version": "2", "signals": {"min_count": 40}}
    quiet = table(issue_leakage=[*QUIET, 30])
    for adopted_on, signals in ((datetime(2026, 10, 31, tzinfo=SHANGHAI), 0), (datetime(2026, 11, 2, tzinfo=SHANGHAI), 1)):
        policy = parse_policy({**strict, "effective_on": adopted_on.date()})
        policies = Policies.of([Adopted(policy, adopted_on.astimezone(UTC), adopted_on.astimezone(UTC))])
        *raised, judge = await judged(OCTOBER, quiet, NOTHING, terms(ON_TIME, policies), by_worker)
        assert (len(raised), judge.command.signals) == (signals, signals), adopted_on


def found(dimension: SeriesDimension, first: str, issue: str, observed: int, expected: float, bound: float) -> Found:
    figures = Judged(method="lean", observed=observed, expected=expected, bound=bound, p=1e-6, q=1e-5)
    return Found(named(dimension, first, issue), SignalBaseline(first="2022-10", counts=(observed,)), figures, True)


def test_of_nested_series_the_lowest_that_explains_the_others_is_reported():
    total, issue = found("total", "", "", 60, 40, 52), found("issue_code", "", "leakage", 32, 10, 17)
    pair = found("product_code+issue_code", "P-20", "leakage", 25, 3, 8)
    assert lowest([total, issue, pair]) == [pair]
    desk = found("department", "desk", "", 58, 39, 50)
    assert lowest([total, desk, pair]) == [pair]
    other = found("issue_code", "", "noise", 40, 10, 17)
    assert lowest([pair, other]) == [pair, other], "one is not within the other"


def test_a_parent_that_is_beyond_its_bound_also_without_the_child_stays():
    total, small = found("total", "", "", 90, 40, 52), found("issue_code", "", "leakage", 9, 2, 6)
    assert lowest([total, small]) == [total, small]
