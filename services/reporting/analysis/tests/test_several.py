"""Adjusted p-values against the paper's own example."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.analysis.discovery import discovered
from services.reporting.analysis.several import adjust_p

# Benjamini & Hochberg 1995, section 3.2: fifteen endpoints of thrombolysis after myocardial infarction
ENDPOINTS = (0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000)
P = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_the_papers_example_rejects_four_and_bonferroni_three():
    assert adjust_p(ENDPOINTS, "bh").rejected == (True,) * 4 + (False,) * 11
    assert sum(adjust_p(ENDPOINTS, "bonferroni").rejected) == 3
    assert adjust_p(ENDPOINTS, "bh").adjusted[3] == pytest.approx(0.0095 * 15 / 4)


def test_order_and_level_are_the_callers():
    found = adjust_p((0.9, 0.001, 0.02), "bh", 0.01)
    assert found.rejected == (False, True, False)
    assert found.adjusted == pytest.approx((0.9, 0.003, 0.03))


@settings(max_examples=25, deadline=None)
@given(P)
def test_the_four_stand_in_their_known_order(p: list[float]):
    bh, by, holm, bonferroni = (adjust_p(p, method).adjusted for method in ("bh", "by", "holm", "bonferroni"))
    for own, a, b, c, d in zip(p, bh, by, holm, bonferroni, strict=True):
        assert own <= a + 1e-12
        assert a <= b + 1e-12
        assert a <= c + 1e-12
        assert c <= d + 1e-12
        assert d <= 1


@given(P, st.sampled_from(("bh", "by")))
def test_what_judges_a_months_series_adjusts_as_statsmodels_does(p: list[float], method: Literal["bh", "by"]):
    assert discovered(np.array(p), method) == pytest.approx(adjust_p(p, method).adjusted, rel=1e-12)
    assert discovered(np.array(p), "none").tolist() == p
