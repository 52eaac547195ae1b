"""Of what does a customer complain more than all the others?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.analysis import shares
from services.reporting.by_customer import disproportion

COUNTS = st.integers(0, 2000)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_the_ratio_and_chi_square_are_those_of_the_analysis(a: int, b: int, c: int, d: int):
    found = disproportion(a, b, c, d)
    if a + b + c + d:
        known = shares.disproportion(a, b, c, d)
        assert found["prr"] == (None if known.prr is None else pytest.approx(known.prr, abs=5e-4))
        assert found["chi2"] == (None if known.chi2 is None else pytest.approx(known.chi2, abs=5e-4))


def test_an_issue_is_disproportionate_at_twice_the_share_with_three_cases_beyond_chance():
    assert disproportion(10, 10, 20, 160)["disproportionate"]
    assert not disproportion(2, 1, 20, 1600)["disproportionate"], "fewer than three"
    assert not disproportion(3, 17, 15, 185)["disproportionate"], "may be chance"
    assert not disproportion(30, 70, 250, 700)["disproportionate"], "not twice the share"
    assert disproportion(8, 12, 0, 400)["disproportionate"], "nobody else has it"
