"""The rule behind drift signals: on simulated levels that creep and that do not, on real ones, and at its edges."""

from __future__ import annotations

import csv
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.analysis.drifting import WATCHED, drift_signal
from services.reporting.analysis.signals import trend_signal
from services.reporting.analysis.tests.simulated import quiet

STEADY = [30, 27, 33, 30, 36, 24, 30, 33, 27, 30, 30, 36] * 4
CREPT = [*STEADY, 38, 41, 44, 43, 45, 43, 44]


def first_month(counts: list[int], alpha: float = 0.005) -> int | None:
    """The first month, of those from the 37th on, in which a drift is told."""
    judged = ((n, drift_signal([{"key": "a", "counts": counts[:n]}], 1, alpha=alpha).series[0].signal) for n in range(37, len(counts) + 1))
    return next((n for n, told in judged if told), None)


def test_a_level_that_crept_up_is_told_though_no_month_is_beyond_its_bound():
    told = first_month(CREPT)
    assert told is not None
    assert 50 <= told <= 54
    assert not any(trend_signal([{"key": "a", "counts": CREPT[:n]}], 1, alpha=0.001).series[0].signal for n in range(48, told + 1))


def test_it_says_since_when_and_how_many_would_not_have_said_so():
    told = first_month(CREPT)
    assert told is not None
    (one,) = drift_signal([{"key": "a", "counts": CREPT[:told]}], 1).series
    assert one.since is not None
    assert 47 <= one.since <= 50
    assert one.bound is not None
    within, beyond = (
        drift_signal([{"key": "a", "counts": [*CREPT[: told - 1], count]}], 1).series[0] for count in (one.bound, one.bound + 1)
    )
    assert (within.signal, beyond.signal) == (False, True)


def test_one_month_is_no_drift_however_much_it_brought():
    once = drift_signal([{"key": "a", "counts": [*STEADY, 90]}], 1).series[0]
    twice = drift_signal([{"key": "a", "counts": [*STEADY, 90, 80]}], 1).series[0]
    assert once.p is not None
    assert (once.p < 1e-6, once.signal, once.since) == (True, False, 49)
    assert (twice.signal, twice.since) == (True, 49)


def test_in_quiet_years_drift_adds_next_to_nothing_to_what_is_told():
    """200 series together, 60 months: what is told without cause is told in 1 of 100 months, as asked."""
    rng = np.random.default_rng(31)
    false = 0
    for _ in range(20):
        judged = drift_signal([{"key": str(n), "counts": row} for n, row in enumerate(quiet(rng, 200, 60).tolist())], 1)
        false += any(one.signal for one in judged.series)
    assert false <= 1


def test_a_doubling_of_thirty_is_heard_within_half_a_year_among_two_hundred():
    rng = np.random.default_rng(32)
    heard = 0
    for _ in range(40):
        counts = rng.negative_binomial(60, 2 / 3, 48).tolist() + rng.negative_binomial(120, 2 / 3, 6).tolist()
        alone = [drift_signal([{"key": "a", "counts": counts[:n]}], 1, alpha=0.005 / 200).series[0].signal for n in range(49, 55)]
        heard += any(alone)
    assert heard >= 36


def test_known_growth_and_the_season_are_no_drift():
    rng = np.random.default_rng(33)
    grown = rng.poisson(np.linspace(20, 80, 60)).tolist()
    seasonal = rng.poisson(30 * np.exp(0.6 * np.cos(2 * np.pi * np.arange(60) / 12))).tolist()
    assert first_month(grown, alpha=0.001) is None
    assert first_month(seasonal, alpha=0.001) is None


def test_too_short_or_sparse_a_past_says_nothing_and_why():
    short, sparse = drift_signal([{"key": "a", "counts": STEADY[:30]}, {"key": "b", "counts": [0] * 47 + [9]}], 1).series
    assert (short.signal, short.p, short.why) == (False, None, "A drift needs 24 months before the last 12.")
    assert (sparse.signal, sparse.p, sparse.why) == (False, None, "Too few complaints to tell a drift.")


def test_a_year_that_brought_no_more_than_those_before_it_has_not_crept_up():
    (one,) = drift_signal([{"key": "a", "counts": [*STEADY, *STEADY[:12]]}], 1).series
    assert (one.signal, one.p, one.why) == (False, None, "The last year brought no more than the months before it.")


def test_the_more_series_the_more_one_of_them_must_say():
    others = [{"key": str(n), "counts": [*STEADY, 30]} for n in range(99)]
    mine = {"key": "mine", "counts": CREPT[:52]}
    alone, among = drift_signal([mine], 1).series[0], drift_signal([mine, *others], 1).series[0]
    assert alone.p == among.p
    assert among.q == pytest.approx(min(1, 100 * among.p))
    assert alone.q == alone.p < among.q


def test_months_with_a_known_cause_say_nothing_of_the_level():
    counts = [*STEADY, 120, 135, 30]
    told = [drift_signal([{"key": "a", "counts": counts, "left_out": left}], 1).series[0] for left in ((), (49, 50))]
    assert told[0].p is not None
    assert told[1].p > 0.5
    assert told[0].p < 1e-3


@pytest.mark.parametrize("series", ["total", "comcast", "att"])
def test_on_real_months_it_speaks_seldom(series: str):
    """Washington State, 2016 … 2020: of 52 months no more than two in each series."""
    text = resources.files("services.reporting.analysis.tests").joinpath("washington.csv").read_text(encoding="utf-8")
    counts = [int(row[series]) for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))]
    told = [n for n in range(37, len(counts) + 1) if drift_signal([{"key": series, "counts": counts[:n]}], 1).series[0].signal]
    assert len(told) <= 2, told


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**5), min_size=4, max_size=70), st.integers(1, 12))
def test_any_series_is_answered_and_agrees_with_itself(counts: list[int], start: int):
    (one,) = drift_signal([{"key": "a", "counts": counts}], start).series
    if one.p is None:
        assert (one.signal, bool(one.why)) == (False, True)
        return
    assert 0 <= one.p <= 1 + 1e-9
    assert one.bound is not None
    assert one.bound >= 0
    if one.signal:
        assert counts[-1] > one.bound
        assert one.since is not None
        assert len(counts) - WATCHED < one.since <= len(counts)
