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
from services.reporting.periods import Period, midnight, parse
from services.reporting.series import Monthly, named
from services.reporting.signal import SIGNAL, Raise, Repeat, signal_id
from services.reporting.terms import Terms
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


def rule_of(policy: Policy) -> SignalRule:
    """By which rule a month is judged."""
    return SignalRule(version=VERSION, **policy.signals.model_dump())


async def judged(month: Period, table: Monthly, past: Past, terms: Terms, calculate: Calculate) -> list[Reaction]:
    """What follows from a complete month: its signals, and that it was judged."""
    policy = terms.policy(terms.span(month))
    rule = rule_of(policy)
    found = await verdicts(month, table, past, rule, calculate)
    drifts = lowest(await drifted(month, found, rule, calculate))
    signals = [*lowest(found), *drifts]
    signals += _safety(month, table, past, found, {(one.series.dimension, one.series.key) for one in signals})
    live = terms.as_of.recorded_at < midnight(terms.calendar.of(month.plus(1)).expected_from, terms.calendar.zone)
    told = [_told(one, month, past, terms, policy, rule, live=live, family=len(found)) for one in signals]
    total = next((one for one in found if one.series.dimension == "total"), None)
    whole = (None, None) if total is None else (total.judged, total.signal)
    judge = Judge(month.label, terms.as_of.recorded_at, len(found), len(signals), rule.version, *whole)
    return [*told, Reaction(PERIOD, period_id(month.label), judge, "judge", key=period_id(month.label))]


async def verdicts(month: Period, table: Monthly, past: Past, rule: SignalRule, calculate: Calculate) -> list[Found]:
    """Every series with as many complaints in these months as a signal needs, held against its own past; none where that is too short."""
    begin, end = table.upto(month, rule.baseline_months + 1)
    months = table.months[begin:end]
    asked: list[dict[str, Any]] = []
    about: list[tuple[SignalSeries, SignalBaseline]] = []
    pasts = {key: list(counts[begin:end]) for key, counts in table.counts.items()}
    for key in sorted(key for key, counts in pasts.items() if sum(counts) >= rule.min_count):
        series, counts = named(*key), pasts[key]
        known = set(past.annotated.get((series.dimension, series.key), ()))
        out = [n for n, one in enumerate(months[:-1]) if begin + n in table.gaps or one.label in known]
        if len(months) - 1 - len(out) < LEAST_PAST:
            continue
        asked.append({"key": series.key, "counts": counts, "left_out": [n + 1 for n in out]})
        left_out = tuple(months[n].label for n in out)
        about.append((series, SignalBaseline(first=months[0].label, counts=tuple(counts), left_out=left_out)))
    if not asked:
        return []
    fields = rule.model_dump(exclude={"version", "drift_ratio", "drift_alpha"}) | {"series": asked, "start": months[0].first.month}
    answer = await calculate("trend-signal", fields)
    return [
        Found(series, past, Judged(method=one["method"], observed=past.counts[-1], **_figures(one)), one["signal"])
        for (series, past), one in zip(about, answer["series"], strict=True)
    ]


async def drifted(month: Period, found: Sequence[Found], rule: SignalRule, calculate: Calculate) -> list[Found]:
    """Those of the series whose level has crept up by now; none that is a signal anyway."""
    if not found:
        return []
    asked = [
        {
            "key": one.series.key,
            "counts": one.baseline.counts,
            "left_out": [places.index(label) + 1 for places in (_labels(one.baseline),) for label in one.baseline.left_out],
        }
        for one in found
    ]
    fields = {"series": asked, "start": int(found[0].baseline.first[-2:]), "baseline_months": rule.baseline_months}
    answer = await calculate("drift-signal", fields | {"ratio": rule.drift_ratio, "alpha": rule.drift_alpha})
    return [
        replace(one, judged=Judged(method="cusum", observed=one.judged.observed, **_figures(told)), signal=True, because="drift")
        for one, told in zip(found, answer["series"], strict=True)
        if told["signal"] and not one.signal and one.judged.observed >= rule.min_count
    ]


def _figures(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("expected", "bound", "p", "q")}


def _labels(baseline: SignalBaseline) -> list[str]:
    first = parse(baseline.first)
    return [first.plus(n).label for n in range(len(baseline.counts))]


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
