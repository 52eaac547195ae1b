"""The fit beneath Farrington and trend signals: against statsmodels, and against the values R's own tests expect."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from services.reporting.analysis.counting import at_least, at_most, quantile
from services.reporting.analysis.loglinear import anscombe, downweighted, fit, fits

COUNTS = st.lists(st.integers(0, 10**4), min_size=12, max_size=60).filter(any)


def _design(length: int) -> np.ndarray:
    return np.column_stack([np.ones(length), np.arange(length) / 12])


def test_a_fit_is_that_of_statsmodels():
    rng = np.random.default_rng(3)
    design = _design(60)
    y, weights = rng.poisson(np.exp(2 + 0.1 * design[:, 1])).astype(float), rng.uniform(0.3, 2, 60)
    offset = np.log(rng.uniform(1, 5, 60))
    known = sm.GLM(y, design, sm.families.Poisson(), offset=offset, var_weights=weights).fit(scale="X2", tol=1e-12)
    own = fit(design, y, weights, offset)
    assert own is not None
    assert own.coefficients == pytest.approx(known.params, abs=1e-7)
    assert own.pearson == pytest.approx(known.scale, rel=1e-5)
    assert own.covariance * own.pearson == pytest.approx(known.cov_params(), rel=1e-4)
    assert own.leverage == pytest.approx(known.get_hat_matrix_diag(), rel=1e-4)


def test_a_coefficient_nothing_is_said_of_means_no_fit():
    assert fit(np.ones((12, 2)), np.arange(12.0)) is None


def test_weights_checked_by_hand_in_rs_tests():
    assert downweighted(np.array([0.0] * 5 + [2.0] * 5), 0) == pytest.approx([1.6] * 5 + [0.4] * 5)
    assert downweighted(np.zeros(10), 0) == pytest.approx(np.ones(10))


def test_a_perfect_fit_leaves_no_residuals():
    x = np.array([0.0, 1, 2, 3, 1, 2])
    y = np.exp(x)
    found = fit(np.column_stack([np.ones(6), x]), y)
    assert found is not None
    assert anscombe(y, found) == pytest.approx(np.zeros(6), abs=1e-6)


@given(COUNTS)
def test_whatever_the_counts_the_fit_ends_and_weights_keep_their_sum(counts: list[int]):
    y = np.array(counts, float)
    found = fit(_design(len(y)), y)
    assert found is not None
    weights = downweighted(anscombe(y, found), 1.0)
    assert weights.sum() == pytest.approx(len(y))
    assert (weights > 0).all()


@given(st.lists(st.lists(st.integers(0, 10**4), min_size=40, max_size=40), min_size=1, max_size=9))
def test_a_series_is_fitted_to_the_last_bit_as_it_is_alone_whatever_is_fitted_beside_it(rows: list[list[int]]):
    y = np.array(rows, float)
    together = fits(_design(40), y)
    for n, row in enumerate(y):
        alone = fit(_design(40), row)
        assert together.found[n] == (alone is not None)
        if alone is not None:
            assert (together.coefficients[n] == alone.coefficients).all()
            assert (together.covariance[n] == alone.covariance).all()
            assert (together.pearson[n], together.converged[n]) == (alone.pearson, alone.converged)


def test_where_the_design_says_nothing_no_series_has_a_fit():
    assert not fits(np.ones((12, 2)), np.arange(24.0).reshape(2, 12)).found.any()


@given(st.integers(0, 2000), st.floats(1e-3, 1e3), st.floats(1.001, 50))
def test_tails_are_scipys(count: int, mean: float, dispersion: float):
    known = stats.nbinom(mean / (dispersion - 1), 1 / dispersion)
    assert at_most(count, mean, dispersion) == pytest.approx(known.cdf(count), rel=1e-6, abs=1e-300)
    assert at_least(count, mean, dispersion) == pytest.approx(known.sf(count - 1), rel=1e-6, abs=1e-300)
    assert at_least(count, mean, 1) == pytest.approx(stats.poisson.sf(count - 1, mean), rel=1e-6, abs=1e-300)


@given(st.floats(1e-300, 1e12), st.floats(1, 1e6), st.floats(0.5, 0.99999))
def test_a_quantile_comes_back_for_any_arguments(mean: float, dispersion: float, level: float):
    bound = quantile(level, mean, dispersion)
    assert at_most(bound, mean, dispersion) >= level or bound >= 2**53
    assert bound == 0 or at_most(bound - 1, mean, dispersion) < level
