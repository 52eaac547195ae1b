"""Single, sporadic, recurrent, systematic: the rule, and the chance behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from services.reporting.analysis.rates import poisson_interval, proportion
from services.reporting.chance import at_least, is_rare, wilson
from services.reporting.chance import poisson_interval as mean_between
from services.reporting.frequency import Against, classified
from shared.policy import shipped

HALF = Against("share", 50, 100)
TENTH = Against("exposure", 10, 100)


@pytest.mark.parametrize(
    ("n", "months", "customers", "batches", "others", "against", "found"),
    [
        (1, 1, 1, 1, 0, TENTH, "single"),
        (2, 2, 2, 2, 0, TENTH, "sporadic"),
        (3, 1, 3, 3, 0, TENTH, "sporadic"),
        (3, 2, 2, 1, 0, TENTH, "recurrent"),
        (3, 2, 3, 1, 0, TENTH, "systematic"),
        (3, 2, 1, 2, 0, TENTH, "systematic"),
        (3, 2, 3, 2, 27, TENTH, "sporadic"),  # a tenth of the exposure, a tenth of the complaints
        (3, 2, 3, 2, 0, HALF, "sporadic"),  # 0.5³ = 0.125
        (5, 2, 1, 1, 0, HALF, "recurrent"),  # 0.5⁵ = 0.031
        (3, 2, 1, 1, 0, Against("share", 40, 40), "recurrent"),  # nothing to compare with: count and months decide
    ],
)
def test_the_class_follows_from_count_months_and_chance(n, months, customers, batches, others, against, found):
    assert classified(n, months, customers, batches, others, against, shipped().recurrence) == found


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.001, 0.999))
def test_the_tail_is_the_binomials(successes: int, more: int, share: float):
    trials = successes + more
    assert at_least(successes, trials, share) == pytest.approx(stats.binom.sf(successes - 1, trials, share), rel=1e-9, abs=1e-12)


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.001, 0.999), st.sampled_from((0.001, 0.05, 0.5, 0.9)))
def test_what_is_rare_is_what_the_tail_says(successes: int, more: int, share: float, level: float):
    trials = successes + more
    tail = at_least(successes, trials, share)
    if abs(tail - level) > 1e-12:
        assert is_rare(successes, trials, share, level) == (tail < level)


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_the_interval_is_wilsons(successes: int, more: int):
    known = proportion(successes, successes + more)
    assert wilson(successes, successes + more) == pytest.approx((known.low, known.high), abs=1e-12)


@given(st.integers(0, 30_000))
def test_the_interval_of_a_count_is_exact(events: int):
    known = poisson_interval(events)
    assert mean_between(events) == pytest.approx((known.low, known.high), rel=1e-8, abs=1e-12)
