"""Intervals and tests of rates against the tables they were published with, and against R's documented examples."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from services.reporting.analysis.rates import gamma_poisson, poisson_interval, proportion, rate_ratio
from shared.decider import Invalid


@pytest.mark.parametrize(
    ("events", "exposure", "rate", "low", "high"),
    [
        (10, 1, 10, 4.795389, 18.390356),  # Garwood 1936
        (0, 1, 0, 0, 3.688879),
        (137, 24.19893, 5.661407, 4.753125, 6.692709),  # R, ?poisson.test: cases of disease by millions of person-years
    ],
)
def test_exact_limits_of_a_rate(events: int, exposure: float, rate: float, low: float, high: float):
    found = poisson_interval(events, exposure)
    assert (found.rate, found.low, found.high) == (
        pytest.approx(rate, abs=1e-6),
        pytest.approx(low, abs=1e-6),
        pytest.approx(high, abs=1e-6),
    )


@settings(deadline=None)
@given(st.integers(0, 10**5), st.floats(0.5, 0.999))
def test_at_its_limits_the_count_is_just_as_unlikely_as_asked(events: int, confidence: float):
    found = poisson_interval(events, 1, confidence)
    assert found.low <= events <= found.high
    assert stats.poisson.cdf(events, found.high) == pytest.approx((1 - confidence) / 2, rel=1e-6)
    if events:
        assert stats.poisson.sf(events - 1, found.low) == pytest.approx((1 - confidence) / 2, rel=1e-6)


def test_two_rates_as_r_documents_them():
    """?poisson.test: 11 cases among 800 exposed against 21 among 3,011."""
    found = rate_ratio({"events": 11, "exposure": 800}, {"events": 21, "exposure": 3011})
    assert found.ratio == pytest.approx(1.971488, abs=1e-6)
    assert found.p == pytest.approx(0.07967, abs=5e-6)
    assert (found.low, found.high) == (pytest.approx(0.8584264, abs=1e-6), pytest.approx(4.2772659, abs=1e-6))


def test_the_one_sided_test_is_the_conditional_one_not_the_e_test():
    found = rate_ratio({"events": 18, "exposure": 12_000}, {"events": 60, "exposure": 72_000}, "greater")
    assert found.p == pytest.approx(0.02498, abs=5e-6)
    assert found.high is None
    assert found.low > 1


def test_without_events_on_one_side_there_is_no_ratio_but_a_limit():
    found = rate_ratio({"events": 3, "exposure": 10}, {"events": 0, "exposure": 10})
    assert (found.ratio, found.high) == (None, None)
    assert found.low > 0
    with pytest.raises(Invalid, match="event on either side"):
        rate_ratio({"events": 0, "exposure": 10}, {"events": 0, "exposure": 10})


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(1, 200), st.floats(0.1, 100), st.floats(0.1, 100))
def test_turned_round_the_ratio_is_its_inverse(a: int, b: int, one: float, other: float):
    there = rate_ratio({"events": a, "exposure": one}, {"events": b, "exposure": other})
    back = rate_ratio({"events": b, "exposure": other}, {"events": a, "exposure": one})
    assert there.high is not None
    assert there.high * back.low == pytest.approx(1)
    assert there.p == pytest.approx(back.p, rel=1e-6)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_newcombes_third_method(successes: int, trials: int, low: float, high: float):
    found = proportion(successes, trials)
    assert found.share == successes / trials
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_more_successes_than_trials_are_refused():
    with pytest.raises(Invalid) as told:
        proportion(5, 4)
    assert told.value.at == "/successes"


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 500))
def test_a_share_lies_in_its_interval_and_that_within_nought_and_one(successes: int, failures: int):
    if successes + failures:
        found = proportion(successes, successes + failures)
        assert 0 <= found.low <= found.share + 1e-12
        assert found.share - 1e-12 <= found.high <= 1


@pytest.mark.parametrize(
    ("total", "exposure", "current", "per", "p", "bound"),
    [(5, 36, 4, 1, 4.6e-5, 2), (0, 24, 2, 1, 6.1e-4, 1), (60, 72_000, 18, 12_000, 0.0235, 19)],
)
def test_a_sparse_past_predicts_as_worked_out_by_hand(total: int, exposure: float, current: int, per: float, p: float, bound: int):
    found = gamma_poisson(total, exposure, current, per)
    assert found.p == pytest.approx(p, rel=2e-2)
    assert found.bound == bound


@settings(deadline=None)
@given(st.integers(0, 10**4), st.floats(1, 1e5), st.integers(0, 10**4), st.floats(1e-2, 1e5), st.floats(0.5, 0.999))
def test_the_prediction_is_scipys_negative_binomial(total: int, exposure: float, current: int, per: float, level: float):
    found = gamma_poisson(total, exposure, current, per, level)
    known = stats.nbinom(total + 0.5, exposure / (exposure + per))
    assert found.p == pytest.approx(known.sf(current - 1), rel=1e-6, abs=1e-300)
    assert known.cdf(found.bound) >= level - 1e-9
    assert found.bound == 0 or known.cdf(found.bound - 1) <= level + 1e-9
