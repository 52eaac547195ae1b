"""Control charts against the examples of the handbooks they come from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.analysis.charts import c_chart, laney_p, laney_u, u_chart
from shared.decider import Invalid

WAFERS = (16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13)  # NIST 6.3.3.1
BOARDS = (21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15)  # Montgomery 7.3
COMPUTERS = (10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5)  # Montgomery 7.3, samples of five

COUNTS = st.lists(st.integers(0, 10**6), min_size=3, max_size=60).filter(any)
EXPOSURES = st.floats(1e-3, 1e6)


def test_the_wafers_of_the_handbook_have_one_outlier():
    chart = c_chart(WAFERS)
    assert (chart.center, chart.lcl, chart.ucl) == (16, 4, 28)
    assert chart.out == (24,)


def test_montgomerys_boards_have_two():
    chart = c_chart(BOARDS)
    assert chart.center == pytest.approx(19.84615, abs=1e-5)
    assert chart.ucl == pytest.approx(33.21086, abs=1e-5)
    assert chart.lcl == pytest.approx(6.481447, abs=1e-6)
    assert chart.out == (6, 20)


def test_without_the_two_with_known_causes_the_limits_are_narrower_and_the_two_still_out():
    chart = c_chart(BOARDS, exclude=(6, 20))
    assert chart.center == pytest.approx(19.67, abs=5e-3)
    assert (chart.lcl, chart.ucl) == (pytest.approx(6.36, abs=5e-3), pytest.approx(32.97, abs=5e-3))
    assert chart.out == (6, 20)


def test_montgomerys_computers_are_under_control():
    chart = u_chart(COMPUTERS, (5,))
    assert chart.center == pytest.approx(1.93)
    assert (chart.lcl[0], chart.ucl[0]) == (pytest.approx(0.07, abs=5e-3), pytest.approx(3.79, abs=5e-3))
    assert chart.out == ()


def test_sizes_need_not_be_whole_and_limits_follow_them():
    chart = u_chart((4, 9, 2), (2.5, 4.5, 1.0))
    assert chart.center == pytest.approx(15 / 8)
    assert chart.ucl[2] == pytest.approx(15 / 8 + 3 * (15 / 8) ** 0.5)
    assert chart.lcl == (0, 0, 0)


def test_the_first_points_fix_the_limits_for_those_that_follow():
    chart = u_chart((5, 5, 5, 40), (1,), baseline=3)
    assert chart.center == 5
    assert chart.out == (4,)
    assert u_chart((5, 5, 5, 40), (1,)).center == 13.75


def test_laneys_sigma_is_the_mean_moving_range_over_d2():
    chart = laney_u((3, 5, 2, 8), (10, 10, 10, 10))
    z = [(u - 0.45) / (0.45 / 10) ** 0.5 for u in (0.3, 0.5, 0.2, 0.8)]
    assert chart.sigma_z == pytest.approx((abs(z[1] - z[0]) + abs(z[2] - z[1]) + abs(z[3] - z[2])) / 3 / 1.128)
    assert chart.ucl[0] == pytest.approx(0.45 + 3 * chart.sigma_z * 0.045**0.5)


def test_a_share_is_never_limited_beyond_one():
    chart = laney_p((9, 2, 10, 1), (10,))
    assert max(chart.ucl) == 1
    assert min(chart.lcl) == 0


def test_overdispersed_rates_that_a_u_chart_calls_out_are_within_laneys_limits():
    counts = (100, 160, 90, 150, 110, 155, 95, 165)
    assert u_chart(counts, (100,)).out
    assert laney_u(counts, (100,)).out == ()


@settings(deadline=None)
@given(COUNTS)
def test_a_c_chart_is_a_u_chart_of_one_unit_each(counts: list[int]):
    c, u = c_chart(counts), u_chart(counts, (1,))
    assert (c.center, c.out) == (pytest.approx(u.center), u.out)
    assert c.ucl == pytest.approx(u.ucl[0])


@settings(deadline=None)
@given(COUNTS, EXPOSURES, st.floats(0.1, 10))
def test_the_unit_of_exposure_changes_the_scale_and_nothing_else(counts: list[int], exposure: float, unit: float):
    one, other = laney_u(counts, (exposure,)), laney_u(counts, (exposure * unit,))
    assert one.sigma_z == pytest.approx(other.sigma_z, rel=1e-6, abs=1e-9)
    assert one.center == pytest.approx(other.center * unit)


@pytest.mark.parametrize(
    ("refused", "at"),
    [
        (lambda: c_chart((0, 0, 0)), "/counts"),
        (lambda: c_chart((4,)), "/counts"),
        (lambda: c_chart((4, 5, 6), exclude=(1, 2)), "/counts"),
        (lambda: c_chart((4, 5), exclude=(3,)), "/exclude/0"),
        (lambda: u_chart((4, 5, 6), (1.0, 2.0)), "/exposure"),
        (lambda: u_chart((4, 5), (1,), baseline=3), "/baseline"),
        (lambda: u_chart((0, 0, 5), (1,), baseline=2), "/counts"),
        (lambda: laney_u((4, 5), (1,)), "/counts"),
        (lambda: laney_p((4, 11, 5), (10,)), "/counts/1"),
        (lambda: laney_p((4, 4, 4), (4,)), "/counts"),
    ],
)
def test_a_series_without_meaning_is_refused_where_it_is_wrong(refused, at: str):
    with pytest.raises(Invalid) as told:
        refused()
    assert told.value.at == at
    assert told.value.message.count(".") >= 1
