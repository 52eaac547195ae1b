"""The seasonal index against R's `decompose` and the test against statsmodels' regression."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.discrete.discrete_model import NegativeBinomial

from services.reporting.analysis.seasonal import seasonal_index, seasonality_test
from shared.decider import Invalid

# The example of R's ?decompose (Kendall & Stuart): quarters from 1951
QUARTERS = (
    -50, 175, 149, 214, 247, 237, 225, 329, 729, 809, 530, 489, 540, 457, 195, 176, 337, 239, 128, 102, 232, 429, 3, 98, 43, -141, -77, -13,
    125, 361, -45, 184,
)  # fmt: skip
# Claims the US Transportation Security Administration received by month, 2010–2015 (public domain; claim numbers counted once)
CLAIMS = (396, 682, 1056, 986, 901, 1048, 1028, 1155, 982, 896, 944, 851, 1051, 794, 943, 915, 938, 964, 894, 1053, 780, 958, 824, 791, 1073, 812, 809, 840, 892, 800, 875, 916, 762, 841, 772, 677, 940, 755, 759, 822, 811, 855, 893, 1001, 764, 724, 658, 716, 905, 701, 751, 787, 701, 732, 748, 851, 724, 698, 630, 620, 782, 605, 731, 658, 642, 745, 847, 782, 734, 795, 659, 672)  # fmt: skip
FIGURES = st.lists(st.floats(1, 1e4), min_size=24, max_size=60)


def test_the_additive_figure_of_rs_example():
    for method in ("decompose", "ratio_to_moving_average"):
        found = seasonal_index(QUARTERS, 4, form="additive", method=method)
        assert found.index == pytest.approx((62.45982, 86.17411, -88.37946, -60.25446), abs=1e-5)


def test_the_index_begins_in_january_wherever_the_series_begins():
    values = [100 + 10 * (n % 12) for n in range(48)]
    january, april = seasonal_index(values, 12), seasonal_index(values[3:], 12, start=4)
    assert april.index == pytest.approx(january.index, abs=0.5)
    assert seasonal_index(values[3:], 12).index[0] == pytest.approx(january.index[3], abs=0.5)


def test_a_pure_season_on_a_straight_line_is_found_exactly():
    season = (1.3, 0.7, 1.2, 0.8)
    found = seasonal_index([(season[n % 4]) * 100 for n in range(20)], 4)
    assert found.index == pytest.approx([100 * one for one in season])
    assert found.correction == pytest.approx(1)
    assert found.test.p is not None
    assert found.test.p < 0.01


def test_the_claims_have_the_season_that_was_found_elsewhere():
    found = seasonal_index(CLAIMS, 12, start=1)
    assert (found.index[0], found.index[11]) == (pytest.approx(115.4, abs=0.05), pytest.approx(88.4, abs=0.05))
    assert found.test.p == pytest.approx(0.005, abs=5e-5)
    assert found.test.p == seasonality_test(CLAIMS).p


@settings(deadline=None)
@given(FIGURES, st.sampled_from((4, 7, 12)), st.sampled_from(("multiplicative", "additive")))
def test_an_index_has_the_mean_it_promises(values: list[float], period: int, form: str):
    found = seasonal_index(values, period, form=form)
    assert np.mean(found.index) == pytest.approx(100 if form == "multiplicative" else 0, abs=1e-6)
    assert len(found.index) == period


@settings(deadline=None)
@given(FIGURES, st.floats(0.01, 100))
def test_the_unit_does_not_change_a_multiplicative_index(values: list[float], unit: float):
    one, other = seasonal_index(values, 12), seasonal_index([value * unit for value in values], 12)
    assert one.index == pytest.approx(other.index, rel=1e-6)


@pytest.mark.parametrize(
    ("values", "form", "at", "says"),
    [
        ([1.0] * 23, "multiplicative", "/values", "at least 24 points; 23"),
        ([1.0] * 20 + [-1.0] * 4, "multiplicative", "/values/20", "additive"),
        ([0.0] * 30, "multiplicative", "/values/6", "all zero"),
    ],
)
def test_a_series_without_an_index_is_refused(values: list[float], form: str, at: str, says: str):
    with pytest.raises(Invalid, match=says) as told:
        seasonal_index(values, 12, form=form)
    assert told.value.at == at


def test_a_constant_series_has_an_index_and_nothing_to_test():
    found = seasonal_index([5.5] * 36, 12)
    assert found.index == pytest.approx([100] * 12)
    assert found.test.p is None
    assert seasonal_index([5.0] * 36, 12).test.p == pytest.approx(1)


def _likelihood(design: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    start = np.append(sm.GLM(y, design, sm.families.Poisson()).fit().params, 0.1)
    found = NegativeBinomial(y, design).fit(start, method="newton", disp=0, maxiter=200)
    assert found.mle_retvals["converged"]
    return found.llf, found.params


def test_the_likelihoods_are_those_of_statsmodels():
    rng = np.random.default_rng(11)
    months = np.arange(72)
    mean = np.exp(3 + 0.05 * months / 12 + 0.3 * np.cos(2 * np.pi * months / 12))
    y = rng.negative_binomial(8, 8 / (8 + mean))
    flat = np.column_stack([np.ones(72), months / 12])
    angle = 2 * np.pi * months / 12
    without, _ = _likelihood(flat, y)
    within, params = _likelihood(np.column_stack([flat, np.cos(angle), np.sin(angle)]), y)
    found = seasonality_test(y.tolist())
    assert found.lr == pytest.approx(2 * (within - without), abs=1e-6)
    assert found.p == pytest.approx(stats.chi2.sf(2 * (within - without), 2), rel=1e-6)
    assert found.trend_per_year == pytest.approx(params[1], abs=1e-5)
    assert found.df == 2
    assert found.seasonal


def test_counts_scattered_less_than_poisson_have_poissons_likelihood():
    found = seasonality_test([5, 6] * 18)
    assert found.lr == pytest.approx(0, abs=0.2)
    assert not found.seasonal


def test_below_three_years_no_season_is_shown_however_clear():
    strong = [50, 45, 30, 20, 10, 5, 5, 10, 20, 30, 45, 50]
    assert seasonality_test(strong * 2 + strong[:11]).p < 1e-6
    assert not seasonality_test(strong * 2 + strong[:11]).seasonal
    assert seasonality_test(strong * 3).seasonal


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=24, max_size=60).filter(any), st.integers(1, 12))
def test_the_test_answers_for_any_counts_and_does_not_care_where_the_year_begins(counts: list[int], start: int):
    found, other = seasonality_test(counts, start), seasonality_test(counts)
    assert 0 <= found.p <= 1
    assert found.lr == pytest.approx(other.lr, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("counts", [[3] * 23, [0] * 24])
def test_what_cannot_be_tested_is_refused(counts: list[int]):
    with pytest.raises(Invalid) as told:
        seasonality_test(counts)
    assert told.value.at == "/counts"
