"""All series of a month in one question: told is what trend and drift signals say of each, of those few that say anything."""

from __future__ import annotations

import numpy as np
import pytest

from services.reporting.analysis.drifting import drift_signal
from services.reporting.analysis.month import Month, month_signals
from services.reporting.analysis.signals import trend_signal
from services.reporting.analysis.tests.simulated import quiet

RULE = {"alpha": 0.05, "adjust": "bh", "min_count": 3, "min_ratio": 1.5, "baseline_months": 48}
CREPT = [*[30, 27, 33, 30, 36, 24, 30, 33, 27, 30, 30, 36] * 4, 46, 46, 46, 46, 46]


def told(series: list[dict[str, object]], wanted: tuple[int, ...] = ()) -> Month:
    return month_signals(series, 1, wanted, **RULE, drift_ratio=1.5, drift_alpha=0.005)


@pytest.fixture(scope="module")
def series() -> list[dict[str, object]]:
    """Quiet ones of five years, three of them short; a tripled one, one that crept up, and one of a past with known causes."""
    rows = quiet(np.random.default_rng(41), 40, 60).tolist()
    crept = [[*CREPT, 46, *more] for more in ((), (46,))]
    loud = [[10, 12, 9, 11] * 12 + [40], [*([10, 12, 9, 11] * 6), 200, 210, *([10, 12, 9, 11] * 5), 10, 12, 34]]
    made = [{"key": str(n), "counts": row} for n, row in enumerate([*rows, *(row[-9:] for row in rows[:3]), *crept, *loud])]
    return [*made[:-1], made[-1] | {"left_out": [25, 26]}]


def test_signals_are_those_of_the_series_one_by_one(series):
    known = trend_signal(series, 1, **RULE).series
    found = told(series).judged
    assert [one.place for one in found] == [n for n, one in enumerate(known) if one.signal]
    assert len(found) >= 2
    for one in found:
        other = known[one.place]
        assert (one.method, one.expected, one.bound, one.p, one.q) == (other.method, other.expected, other.bound, other.p, other.q)


def test_what_one_wants_to_know_is_told_whether_signal_or_not(series):
    found = {one.place: one for one in told(series, (0, 1)).judged}
    assert (found[0].signal, found[1].signal) == (False, False)
    assert found[0].expected == trend_signal(series, 1, **RULE).series[0].expected


def test_drifts_are_those_of_series_that_are_no_signal_anyway(series):
    known = [one for one in drift_signal(series, 1).series if one.signal]
    signals = {series[one.place]["key"] for one in told(series).judged}
    found = told(series).drifts
    assert found
    assert [series[one.place]["key"] for one in found] == [one.key for one in known if one.key not in signals]
    assert [(one.expected, one.bound, one.p, one.q) for one in found] == [
        (one.expected, one.bound, one.p, one.q) for one in known if one.key not in signals
    ]
