"""Percentiles of all nine types, and the textbook's survival curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.analysis.ordered import percentiles, survival
from shared.decider import Invalid

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)
NUMPY = dict(
    enumerate(
        ("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "linear",
         "median_unbiased", "normal_unbiased"), 1,
    )
)  # fmt: skip
# Miller 1981: weeks of remission under maintained chemotherapy, acute myelogenous leukaemia
WEEKS = (9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161)
RELAPSED = (True, True, False, True, True, False, True, True, False, True, False)


def test_the_default_is_type_seven_and_type_six_says_otherwise():
    assert percentiles(PRIMES, (0.5, 0.8, 0.9, 0.95)).values == pytest.approx((12, 19.8, 23.6, 26.3))
    assert percentiles(PRIMES, (0.8, 0.9), 6).values == pytest.approx((22.2, 28.4))


def test_rounding_does_not_move_a_percentile_to_the_next_value():
    """0.55·20 is a little more than 11 in binary; the eleventh of twenty is meant (R's `quantile` and its fuzz)."""
    assert percentiles(range(1, 21), (0.55,), 1).values == (11,)
    assert percentiles(range(1, 21), (0.55,), 2).values == (11.5,)


@settings(deadline=None)
@given(
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=50),
    st.integers(1, 9),
    st.lists(st.integers(0, 64).map(lambda n: n / 64), min_size=1, max_size=5),
)
def test_each_type_is_numpys(values: list[int], type: int, at: list[float]):
    """At binary fractions, where there is nothing to round."""
    assert percentiles(values, at, type).values == pytest.approx(np.quantile(values, at, method=NUMPY[type]), abs=1e-9)


def test_the_remissions_of_the_textbook():
    found = survival(WEEKS, RELAPSED, (0.25, 0.5, 0.9))
    assert found.times == (9, 13, 18, 23, 31, 34, 48)
    assert found.survival == pytest.approx((0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184), abs=5e-4)
    assert found.quantiles == (18, 31, None)


def test_when_everything_has_closed_it_is_the_plain_share():
    found = survival((4, 1, 3, 2), (True,) * 4, (0.5, 1.0, 0.0))
    assert found.survival == pytest.approx((0.75, 0.5, 0.25, 0))
    assert found.quantiles == (2, 4, 1)


@pytest.mark.parametrize(("closed", "at"), [((False, False), "/closed"), ((True,), "/closed")])
def test_what_cannot_be_told_is_refused(closed: tuple[bool, ...], at: str):
    with pytest.raises(Invalid) as told:
        survival((3.0, 4.0), closed, (0.5,))
    assert told.value.at == at


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=60).filter(lambda all: any(closed for _, closed in all)))
def test_a_survival_curve_falls_from_one_and_quantiles_rise(cases: list[tuple[int, bool]]):
    durations, closed = zip(*cases, strict=True)
    found = survival(durations, closed, (0.1, 0.5, 0.9))
    assert list(found.survival) == sorted(found.survival, reverse=True)
    assert all(0 <= share <= 1 for share in found.survival)
    reached = [time for time in found.quantiles if time is not None]
    assert reached == sorted(reached)
    assert found.quantiles[: len(reached)] == tuple(reached)
