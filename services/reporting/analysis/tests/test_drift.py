"""EWMA and CUSUM against the handbook's tables; the CUSUM of counts against what was proved of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.analysis.drift import cusum, ewma, rising

EWMA = (52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)
EWMA_Z = (
    50.00, 50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23,
    51.94, 51.99,
)  # fmt: skip
MEANS = (
    324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600, 324.625, 325.150, 328.325, 327.250, 327.825,
    328.500, 326.675, 327.775, 326.875, 328.350,
)  # fmt: skip
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


def test_the_handbooks_averages_begin_with_the_target_and_stay_inside():
    chart = ewma(EWMA, 0.3, 50, 2.0539)
    assert chart.z == pytest.approx(EWMA_Z, abs=6e-3)
    assert (chart.lcl, chart.ucl) == (pytest.approx(47.4115, abs=5e-4), pytest.approx(52.5884, abs=5e-4))
    assert chart.out == ()


def test_a_value_far_off_is_told_by_its_own_number():
    assert ewma((50, 50, 90), 0.3, 50, 2).out == (3,)


def test_the_handbooks_cumulative_sums_signal_from_the_fourteenth_group_on():
    chart = cusum(MEANS, 325, 0.3175, 4.1959)
    assert chart.high[4] == pytest.approx(0.03, abs=6e-3)
    assert chart.high[12:] == pytest.approx((3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16.00, 19.04), abs=1.1e-2)
    assert chart.low[6:11] == pytest.approx((0.56, 0.72, 0.17, 0.25, 0.31), abs=6e-3)
    assert chart.out == tuple(range(14, 21))


@settings(deadline=None)
@given(VALUES, st.floats(0.01, 1), st.floats(-1e3, 1e3))
def test_with_all_weight_on_the_present_an_average_is_the_value(values: list[float], weight: float, target: float):
    assert ewma(values, 1, target, 1).z[1:] == pytest.approx(values)
    z = ewma(values, weight, target, 1).z
    assert min(*values, target) - 1e-6 <= min(z)
    assert max(z) <= max(*values, target) + 1e-6


@settings(deadline=None)
@given(VALUES, st.floats(0, 10), st.floats(0, 10))
def test_sums_of_the_mirrored_series_change_sides(values: list[float], k: float, h: float):
    one, other = cusum(values, 0, k, h), cusum([-value for value in values], 0, k, h)
    assert one.high == pytest.approx(other.low)
    assert one.low == pytest.approx(other.high)


def test_a_rate_that_has_risen_by_half_is_heard_and_one_that_has_not_is_rarely():
    rng = np.random.default_rng(6)
    months = 240
    quiet = [rising(rng.poisson(10, months), [10.0] * months)[1] for _ in range(200)]
    heard = [rising(rng.poisson(15, months), [10.0] * months)[1] for _ in range(50)]
    assert sum(bool(found) for found in quiet) / 200 <= 1 - math.exp(-months / 500)  # runs of 500 months at least
    assert max(found[0] for found in heard) <= 36


def test_exposure_scales_what_is_expected():
    assert rising((30, 30), (20.0, 20.0))[0] == pytest.approx((30 * math.log(1.5) - 10, 60 * math.log(1.5) - 20))
