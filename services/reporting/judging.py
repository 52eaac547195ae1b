"""Which months brought more than their past explains, and who must act? Judged once, when a month is complete, over all its series.

The rule is `analysis.signals` (research C1): BH over all series of the month, a floor, and of nested series the lowest that explains the
others; beside it `analysis.drifting`, of levels that creep. Its numbers are those of the policy in force when the month ended. A month is judged live while it is the latest that can be complete; of earlier ones, as imports bring them, signals are
historical and oblige nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

import orjson

from services.reporting.period import PERIOD, Judge, period_id
from services.reporting.periods import Period, midnight
from services.reporting.series import Monthly, joined, named
from services.reporting.signal import SIGNAL, Raise, Repeat, signal_id
from services.reporting.terms import Terms
from shared.breath import in_breaths
from shared.contracts.reporting_signals import (
    Judged,
    SeriesDimension,
    SignalBaseline,
    SignalRule,
    SignalSeries,
    TrendSignalRaised,
    TrendSignalRepeated,
)
from shared.contracts.vocabulary import Severity
from shared.decider import Reaction
from shared.policy import Policy

VERSION = "trend-signal.v1"
LEAST_PAST = 3  # months to learn from
AT_ONCE = 2000  # series, some milliseconds
SEVERITY: Severity = "important"  # of an action on many complaints, until somebody has looked at it

Calculate = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
Key = tuple[SeriesDimension, str, str]
Because = Literal["beyond_bound", "safety", "drift"]


@dataclass(frozen=True, slots=True)
class Past:
    """What is known beside the counts: months with a known cause, series whose signal is open, and those with a safety case."""

    annotated: Mapping[tuple[str, str], Sequence[str]]
    open: Mapping[tuple[str, str], UUID]
    safety: Mapping[str, frozenset[Key]] = field(default_factory=dict)  # by month: series with a case that concerns safety


@dataclass(frozen=True, slots=True)
class Found:
    """One series of a month, with its verdict."""

    series: SignalSeries
    baseline: SignalBaseline
    judged: Judged
    signal: bool
    because: Because = "beyond_bound"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """On so many series: those that are signals, those one wants to know anyway, and those whose level has crept up by now."""

    family: int
    judged: Sequence[Found] = ()
    drifts: Sequence[Found] = ()


def rule_of(policy: Policy) -> SignalRule:
    """By which rule a month is judged."""
    return SignalRule(version=VERSION, **policy.signals.model_dump())


async def judged(month: Period, table: Monthly, past: Past, terms: Terms, calculate: Calculate) -> list[Reaction]:
    """What follows from a complete month: its signals, and that it was judged."""
    policy = terms.policy(terms.span(month))
    rule = rule_of(policy)
    verdict = await verdicts(month, table, past, rule, calculate)
    signals = [*lowest(verdict.judged), *lowest(verdict.drifts)]
    signals += _safety(month, table, past, verdict.judged, {(one.series.dimension, one.series.key) for one in signals})
    live = terms.as_of.recorded_at < midnight(terms.calendar.of(month.plus(1)).expected_from, terms.calendar.zone)
    told = [_told(one, month, past, terms, policy, rule, live=live, family=verdict.family) for one in signals]
    total = next((one for one in verdict.judged if one.series.dimension == "total"), None)
    whole = (None, None) if total is None else (total.judged, total.signal)
    judge = Judge(month.label, terms.as_of.recorded_at, verdict.family, len(signals), rule.version, *whole)
    return [*told, Reaction(PERIOD, period_id(month.label), judge, "judge", key=period_id(month.label))]


async def verdicts(month: Period, table: Monthly, past: Past, rule: SignalRule, calculate: Calculate) -> Verdicts:
    """Every series with as many complaints in these months as a signal needs, held against its own past; none where that is too short.
    Told beside the signals are all complaints together and series with a case that concerns safety.
    """
    begin, end = table.upto(month, rule.baseline_months + 1)
    months = table.months[begin:end]
    gaps = [n for n in range(len(months) - 1) if begin + n in table.gaps]
    keys: list[Key] = []
    asked: list[dict[str, Any]] = []
    async for key, counted in in_breaths(table.counts.items(), AT_ONCE):
        counts = counted[begin:end]
        if sum(counts) < rule.min_count:
            continue
        known = past.annotated.get((key[0], joined(*key[1:]))) if past.annotated else None
        out = gaps if known is None else sorted({*gaps, *(n for n, one in enumerate(months[:-1]) if one.label in known)})
        if len(months) - 1 - len(out) >= LEAST_PAST:
            keys.append(key)
            asked.append({"counts": counts, "left_out": [n + 1 for n in out]})
    if not asked:
        return Verdicts(0)
    safety = past.safety.get(month.label, frozenset())
    wanted = [n for n, key in enumerate(keys) if key[0] == "total" or key in safety]
    fields = rule.model_dump(exclude={"version"}) | {"series": asked, "start": months[0].first.month, "wanted": wanted}
    answer = await calculate("month-signals", fields)

    def found(told: Mapping[str, Any], because: Because, *, method: Literal["lean", "gamma_poisson", "cusum"], signal: bool) -> Found:
        one = asked[told["place"]]
        left_out = tuple(months[n - 1].label for n in one["left_out"])
        baseline = SignalBaseline(first=months[0].label, counts=tuple(one["counts"]), left_out=left_out)
        figures = {name: told[name] for name in ("expected", "bound", "p", "q")}
        judged = Judged(method=method, observed=one["counts"][-1], **figures)
        return Found(named(*keys[told["place"]]), baseline, judged, signal, because)

    return Verdicts(
        len(asked),
        [found(one, "beyond_bound", method=one["method"], signal=one["signal"]) for one in answer["judged"]],
        [found(one, "drift", method="cusum", signal=True) for one in answer["drifts"]],
    )


def lowest(found: Sequence[Found]) -> list[Found]:
    """Of nested series the lowest that explains the parent: one that is within its bound without what the child has too many is left out."""
    signals = [one for one in found if one.signal]
    return [one for one in signals if not any(_explains(child, one) for child in signals if _below(child.series, one.series))]


def _safety(month: Period, table: Monthly, past: Past, found: Sequence[Found], already: Set[tuple[str, str]]) -> list[Found]:
    """One case that concerns safety is a signal by itself (research C1, 6), unless its series is one already."""
    known = {(one.series.dimension, one.series.key): one for one in found}
    told = []
    for key in sorted(past.safety.get(month.label, ())):
        series = named(*key)
        one = known.get((series.dimension, series.key)) or _unjudged(month, table, key)
        if not one.signal and (series.dimension, series.key) not in already:
            told.append(replace(one, signal=True, because="safety"))
    return told


def _unjudged(month: Period, table: Monthly, key: Key) -> Found:
    count = table.counts[key][table.months.index(month)]
    nothing = Judged(method="none", observed=count, expected=0, bound=0, p=1, q=1)
    return Found(named(*key), SignalBaseline(first=month.label, counts=(count,)), nothing, signal=False)


def _below(child: SignalSeries, parent: SignalSeries) -> bool:
    """Whether the child's complaints are among the parent's; of departments and channels, which cut across, it is taken to be so."""
    if parent.dimension == "total":
        return child.dimension != "total"
    if parent.dimension in ("department", "channel"):
        return child.dimension not in ("total", "department", "channel")
    return child.dimension != parent.dimension and any(
        parent.dimension == name and getattr(child, name) == parent.key for name in ("issue_code", "product_code", "customer_ref")
    )


def _explains(child: Found, parent: Found) -> bool:
    too_many = child.judged.observed - child.judged.expected
    return parent.judged.observed - too_many <= parent.judged.bound


def _told(one: Found, month: Period, past: Past, terms: Terms, policy: Policy, rule: SignalRule, *, live: bool, family: int) -> Reaction:
    series, moment = one.series, terms.as_of.recorded_at
    already = past.open.get((series.dimension, series.key)) if live else None
    if already is not None:
        again = TrendSignalRepeated(signal_id=already, series=series, month=month.label, judged=one.judged, known_at=moment)
        return Reaction(SIGNAL, already, Repeat(again), "repeat", key=already)
    of = signal_id(series, month.label)
    raised = TrendSignalRaised(
        signal_id=of,
        series=series,
        month=month.label,
        historical=not live,
        severity=SEVERITY,
        department=series.key if series.dimension == "department" else policy.owner(SEVERITY, None),
        judged=one.judged,
        rule=rule,
        baseline=one.baseline,
        family=family,
        data_hash=data_hash(one.baseline),
        known_at=moment,
        because=one.because,
    )
    return Reaction(SIGNAL, of, Raise(raised), "raise", key=of)


def data_hash(baseline: SignalBaseline) -> str:
    """What the verdict was made from, in short: SHA-256 of the baseline as JSON with sorted keys."""
    return hashlib.sha256(orjson.dumps(baseline.model_dump(), option=orjson.OPT_SORT_KEYS)).hexdigest()
