"""Pareto's order, and the reporting ratio of the paper that proposed it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from services.reporting.analysis.shares import disproportion, pareto
from shared.decider import Invalid


def test_the_largest_comes_first_and_equal_ones_keep_their_order():
    found = pareto(("a", "b", "c", "d"), (10, 40, 10, 20))
    assert found.labels == ("b", "d", "a", "c")
    assert found.counts == (40, 20, 10, 10)
    assert found.cumulative == pytest.approx((50, 75, 87.5, 100))


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50).filter(any))
def test_all_of_it_is_shared_out_by_falling_parts(counts: list[int]):
    found = pareto([str(n) for n in range(len(counts))], counts)
    assert found.cumulative[-1] == pytest.approx(100)
    assert list(found.counts) == sorted(counts, reverse=True)
    assert [counts[int(label)] for label in found.labels] == list(found.counts)


@pytest.mark.parametrize(
    ("labels", "counts", "at"), [(("a", "b", "a"), (1, 2, 3), "/labels/2"), (("a",), (1, 2), "/counts"), (("a", "b"), (0, 0), "/counts")]
)
def test_what_cannot_be_shared_out_is_refused(labels: tuple[str, ...], counts: tuple[int, ...], at: str):
    with pytest.raises(Invalid) as told:
        pareto(labels, counts)
    assert told.value.at == at


def test_rifabutin_and_uveitis():
    """Evans, Waller, Davis 2001: PRR 586, chi-squared 22,740."""
    found = disproportion(41, 14, 754, 591_958)
    assert found.prr == pytest.approx(586, abs=0.5)
    assert found.chi2 == pytest.approx(22_740, abs=1)
    assert found.ror == pytest.approx(41 * 591_958 / (14 * 754))


def test_limits_are_lognormal():
    found = disproportion(25, 75, 50, 850)
    assert found.prr_low == pytest.approx(4.5 * 2.718281828 ** (-1.959963985 * (1 / 25 - 1 / 100 + 1 / 50 - 1 / 900) ** 0.5))
    assert found.ror_high == pytest.approx(25 * 850 / 75 / 50 * 2.718281828 ** (1.959963985 * (1 / 25 + 1 / 75 + 1 / 50 + 1 / 850) ** 0.5))


def test_an_empty_cell_leaves_undefined_what_divides_by_it():
    found = disproportion(5, 3, 0, 100)
    assert (found.prr, found.ror, found.prr_low, found.ror_high) == (None, None, None, None)
    assert found.chi2 is not None
    nothing = disproportion(0, 3, 4, 100)
    assert (nothing.prr, nothing.ror, nothing.prr_low) == (0, 0, None)
    with pytest.raises(Invalid, match="table is empty"):
        disproportion(0, 0, 0, 0)


@settings(deadline=None)
@given(*[st.integers(1, 5000)] * 4)
def test_both_chi_squares_are_scipys(a: int, b: int, c: int, d: int):
    found = disproportion(a, b, c, d)
    for corrected, own in ((False, found.chi2), (True, found.chi2_yates)):
        known = stats.chi2_contingency([[a, b], [c, d]], correction=corrected).statistic
        assert own == pytest.approx(known, rel=1e-9, abs=1e-9)
