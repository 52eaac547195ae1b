"""Farrington's methods: bounds against the values R's package tests for, fits against statsmodels, edges as documented."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from services.reporting.analysis.baseline import parts, windows
from services.reporting.analysis.farrington import counted_bound, farrington, farrington_flexible, transformed_bound
from shared.decider import Invalid

YEARS = {"frequency": 12, "years_back": 4, "window": 1}


def monthly(seed: int = 5, months: int = 84, mean: float = 20) -> list[int]:
    """A quiet series with a season."""
    rng = np.random.default_rng(seed)
    return rng.poisson(mean * np.exp(0.2 * np.cos(2 * np.pi * np.arange(months) / 12))).tolist()


@pytest.mark.parametrize(("power", "upper"), [("none", 8.6926872), ("half", 9.3744842), ("two_thirds", 9.1154825)])
def test_bounds_of_the_transformed_count_as_in_rs_tests(power: str, upper: float):
    assert transformed_bound(5, 0.2, 1, 0.95, power) == pytest.approx(upper, abs=1e-6)


@pytest.mark.parametrize(
    ("threshold", "dispersion", "upper"), [("muan", 1.5, 24), ("muan", 1.0, 22), ("nb_plugin", 1.5, 10), ("nb_plugin", 1.0, 9)]
)
def test_bounds_of_the_negative_binomial_count_as_in_rs_tests(threshold: str, dispersion: float, upper: int):
    assert counted_bound(math.log(5), math.log(2), dispersion, 0.95, threshold) == upper


def test_windows_lie_about_the_same_month_of_past_years():
    assert windows(48, 12, 2, 1).tolist() == [23, 24, 25, 35, 36, 37]


def test_parts_of_the_year_are_as_many_and_as_long_as_in_rs_tests():
    _, part = parts(1200, 52, 3, 3, 8, 0)
    sizes = Counter(part.tolist())
    assert sizes[8] == 3 + 3 * 7  # the window before the point in question, and three whole ones
    assert set(sizes) == set(range(1, 9))
    assert all(abs(sizes[n] - sizes[n + 1]) <= 3 for n in range(1, 7))
    assert len(parts(1200, 52, 3, 3, 10, 3)[0]) == 156


def test_with_one_period_the_parts_are_the_windows():
    points, part = parts(48, 12, 2, 1, 1, 1)
    assert points.tolist() == windows(48, 12, 2, 1).tolist()
    assert set(part) == {1}


def _reference(y: np.ndarray, base: np.ndarray, design: np.ndarray, threshold: float) -> tuple[object, np.ndarray, float]:
    """The paper's three steps with statsmodels: fit, reweight by Anscombe residuals, fit again."""
    counts = y[base - 1]
    first = sm.GLM(counts, design, sm.families.Poisson()).fit(scale="X2", tol=1e-10)
    phi = max(1.0, first.scale)
    residual = 1.5 * (counts ** (2 / 3) * first.mu ** (-1 / 6) - first.mu**0.5) / np.sqrt(phi * (1 - first.get_hat_matrix_diag()))
    weights = np.where(residual > threshold, residual**-2.0, 1.0)
    weights *= len(weights) / weights.sum()
    second = sm.GLM(counts, design, sm.families.Poisson(), var_weights=weights).fit(scale="X2", tol=1e-10)
    return second, weights, max(1.0, second.scale)


def test_the_method_of_1996_is_the_papers_three_steps():
    y = monthly()
    y[60] = 90  # an outbreak of the past, to be made light of
    found = farrington(y, (84, 84), **YEARS, alpha=0.01, trend=False)
    base = windows(84, 12, 4, 1)
    model, _, phi = _reference(np.array(y, float), base, np.ones((len(base), 1)), 1.0)
    mean = float(np.exp(model.params[0]))
    error = mean * (phi * model.normalized_cov_params[0, 0]) ** 0.5
    tau = phi + error**2 / mean
    upper = (mean ** (2 / 3) + stats.norm.ppf(0.995) * (4 / 9 * mean ** (1 / 3) * tau) ** 0.5) ** 1.5
    assert found.expected[0] == pytest.approx(mean, rel=1e-5)  # R's fit, and so ours, stops an iteration before statsmodels' does
    assert found.bound[0] == pytest.approx(upper, rel=1e-5)


def test_the_improved_method_takes_the_whole_past_with_its_parts_and_a_trend():
    y = monthly(8)
    found = farrington_flexible(y, (84, 84), **YEARS, alpha=0.01, periods=4, recent_excluded=3, threshold="muan")
    base, part = parts(84, 12, 4, 1, 4, 3)
    design = np.column_stack([np.ones(len(base)), *(part == n for n in (1, 2, 3)), base]).astype(float)
    model, weights, phi = _reference(np.array(y, float), base, design, 2.58)
    now = np.array([1, 0, 0, 0, 84.0])
    mean = float(np.exp(now @ model.params))
    of_prediction = float((weights * (np.array(y)[base - 1] / model.mu - 1) ** 2).sum() / model.df_resid)
    error = (of_prediction * now @ model.normalized_cov_params @ now) ** 0.5
    upper_mean = mean * math.exp(stats.norm.ppf(0.99) * error)
    upper = stats.nbinom.ppf(0.99, upper_mean / (phi - 1), 1 / phi) if phi > 1 else stats.poisson.ppf(0.99, upper_mean)
    assert found.expected[0] == pytest.approx(mean, rel=1e-5)
    assert found.dispersion[0] == pytest.approx(phi, rel=1e-5)
    assert found.bound[0] == upper


def test_a_trend_is_kept_when_it_shows_and_does_not_run_beyond_what_was_seen():
    rng = np.random.default_rng(2)
    falling = rng.poisson(np.linspace(60, 15, 84)).tolist()
    rising = [round(15 * 1.02**n) for n in range(84)]
    assert farrington(falling, (84, 84), **YEARS, alpha=0.01).trend == (True,)
    assert farrington(rising, (84, 84), **YEARS, alpha=0.01).trend == (False,)  # it would predict more than the baseline ever had
    assert farrington(falling, (84, 84), **YEARS, alpha=0.01, trend=False).trend == (False,)
    assert farrington(falling, (84, 84), 12, 2, 1, 0.01).trend == (False,)  # three years at least


def test_a_tripled_month_is_an_alarm_in_both_and_a_quiet_one_in_neither():
    y = monthly()
    y[83] = 80
    for method in (farrington, farrington_flexible):
        assert method(y, (83, 84), **YEARS, alpha=0.01).alarm == (False, True)


def test_alpha_is_two_sided_in_the_one_and_one_sided_in_the_other():
    y = monthly(4, mean=40)
    two = farrington(y, (84, 84), **YEARS, alpha=0.1, trend=False, reweight=False)
    one = farrington_flexible(y, (84, 84), **YEARS, alpha=0.05, trend=False, reweight=False, threshold="delta")
    assert two.expected == pytest.approx(one.expected)
    assert two.bound[0] == pytest.approx(one.bound[0], rel=0.05)


def test_too_few_cases_of_late_are_not_judged():
    y = [1, 0] * 42
    old = farrington(y, (84, 84), **YEARS, alpha=0.01)
    new = farrington_flexible(y, (84, 84), **YEARS, alpha=0.01)
    assert (old.bound, old.alarm) == ((None,), (None,))
    assert (new.expected, new.bound, new.alarm) == ((None,), (None,), (None,))
    assert farrington(y, (84, 84), **YEARS, alpha=0.01, limit=(2, 4)).alarm == (False,)


def test_an_empty_past_is_not_judged_instead_of_answered_with_a_bound_of_many_digits():
    y = [0] * 83 + [9]
    assert farrington(y, (84, 84), **YEARS, alpha=0.01).alarm == (None,)
    assert farrington_flexible(y, (84, 84), **YEARS, alpha=0.01, threshold="muan").alarm == (None,)


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"range": (49, 84)}, "/range/0"),
        ({"range": (84, 85)}, "/range/1"),
        ({"range": (84, 83)}, "/range/0"),
        ({"window": 6}, "/window"),
    ],
)
def test_a_range_without_its_past_is_refused(changed: dict[str, object], at: str):
    asked = {"range": (84, 84), **YEARS, "alpha": 0.01, **changed}
    for method in (farrington, farrington_flexible):
        with pytest.raises(Invalid) as told:
            method(monthly(), **asked)
        assert told.value.at == at


def test_more_periods_than_the_year_has_points_are_refused():
    with pytest.raises(Invalid, match="fewer periods"):
        farrington_flexible(monthly(), (84, 84), **YEARS, alpha=0.01, periods=11)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 10**5), min_size=66, max_size=80), st.sampled_from((1, 4, 10)), st.sampled_from(("nb_plugin", "muan", "delta"))
)
def test_any_series_is_answered_point_by_point(counts: list[int], periods: int, threshold: str):
    asked = {"range": (62, len(counts)), "frequency": 12, "years_back": 5, "window": 1, "alpha": 0.01}
    old = farrington(counts, **asked)
    new = farrington_flexible(counts, **asked, periods=periods, recent_excluded=3, threshold=threshold)
    assert len(old.bound) == len(new.bound) == len(counts) - 61
    for bound, alarm, count in zip((*old.bound, *new.bound), (*old.alarm, *new.alarm), (*counts[61:], *counts[61:]), strict=True):
        assert (bound is None) == (alarm is None)
        assert bound is None or alarm == (count > bound)
