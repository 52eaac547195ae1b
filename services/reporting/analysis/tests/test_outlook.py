"""Growth, season and projection: shown where there is something to show, and why not where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.analysis.outlook import MODELS, outlook

RANDOM = np.random.default_rng(20261120)


def series(months: int, mean: float, growth: float = 0.0, season: float = 0.0) -> list[int]:
    n = np.arange(months)
    return RANDOM.poisson(mean * np.exp(growth * n / 12 + season * np.cos(2 * np.pi * n / 12))).tolist()


def test_a_series_that_doubles_in_a_year_is_growing():
    growth = outlook(series(60, 20, growth=np.log(1.3)), 1).growth
    assert growth.shown
    assert growth.low < 0.3 < growth.high


def test_a_level_series_shows_no_growth_and_says_so():
    growth = outlook([10, 11, 9, 10, 12, 8] * 8, 1).growth
    assert (growth.shown, growth.why[:21]) == (False, "No growth or decline ")


@pytest.mark.parametrize(("months", "why"), [(23, "tested from 24"), (35, "shown from 36")])
def test_a_season_is_refused_below_two_years_and_has_no_index_below_three(months: int, why: str):
    season = outlook(series(months, 50, season=0.5), 1).seasonal
    assert (season.shown, season.index) == (False, None)
    assert why in season.why
    assert (season.p is None) == (months < 24)


def test_a_proven_season_has_an_index_with_january_first():
    season = outlook(series(72, 100, season=0.4), 1).seasonal
    assert season.shown
    assert season.index is not None
    assert (len(season.index), max(season.index), sum(season.index)) == (12, season.index[0], pytest.approx(1200, abs=1))


def test_the_model_is_the_one_that_looked_ahead_best():
    seasonal = outlook(series(72, 100, season=0.5), 1).projection
    assert seasonal.model in ("mean_with_season", "same_month_last_year")
    assert seasonal.errors[seasonal.model] == min(seasonal.errors.values())
    assert set(seasonal.errors) == set(MODELS)


def test_the_intervals_hold_about_what_they_promise():
    found = [outlook(series(84, 30), 1).projection for _ in range(20)]
    measured = np.mean([one.coverage_measured for one in found])
    assert 0.8 < measured < 0.97


@given(st.lists(st.integers(0, 40), min_size=0, max_size=90), st.integers(1, 12))
def test_any_series_has_an_outlook(counts: list[int], start: int):
    found = outlook(counts, start)
    assert found.seasonal.shown or found.seasonal.why
    for month in found.projection.months:
        assert 0 <= month.low <= month.expected <= month.high
