"""What a period is compared with, and how sure a share is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.analysis.rates import proportion
from services.reporting.periods import BUCKETS, Bucket, containing, parse
from services.reporting.query.compared import _shifted, before
from services.reporting.query.plan import Measured, Stretch
from services.reporting.query.shares import share, wilson

DAYS = st.dates(date(1950, 1, 1), date(2150, 1, 1))


@pytest.mark.parametrize(
    ("period", "previous", "last_year"),
    [
        ("2026-01", "2025-12", "2025-01"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026", "2025", "2025"),
        ("2024-02-29", "2024-02-28", "2023-02-28"),
        ("2026-W10", "2026-W09", "2025-W10"),
    ],
)
def test_a_period_is_compared_with_the_one_before_or_its_namesake(period: str, previous: str, last_year: str):
    assert before(parse(period), "previous").label == previous
    assert before(parse(period), "last_year").label == last_year


@given(day=DAYS, bucket=st.sampled_from(BUCKETS))
def test_what_a_period_is_compared_with_ends_before_it_begins(day: date, bucket: Bucket):
    period = containing(bucket, day)
    for compare in ("previous", "last_year"):
        assert before(period, compare).beyond <= period.first
        assert before(period, compare).bucket == bucket


@given(first=DAYS, length=st.integers(1, 4000))
def test_a_window_is_compared_with_one_that_ends_where_it_begins(first: date, length: int):
    found = _shifted(first, first + timedelta(days=length), "previous")
    assert found.beyond == first
    assert found.first is not None
    assert found.first < first


def test_a_window_of_whole_months_goes_back_by_as_many_months():
    assert _shifted(date(2026, 2, 1), date(2026, 4, 1), "previous") == Stretch(date(2025, 12, 1), date(2026, 2, 1))
    assert _shifted(date(2026, 2, 1), date(2026, 4, 1), "last_year") == Stretch(date(2025, 2, 1), date(2025, 4, 1))


@given(n=st.integers(1, 100_000), part=st.floats(0, 1))
def test_a_shares_interval_is_that_of_the_analysis(n: int, part: float):
    successes = round(part * n)
    expected = proportion(successes, n)
    assert wilson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_share_of_fewer_than_ten_is_not_shown_but_its_number_is():
    measure = Measured("r", "ratio", columns=("r", "r_n", "r_low", "r_high"))
    assert share(measure, {"r": 3, "r_n": 9}) == {"r": None, "r_n": 9, "r_low": None, "r_high": None}
    assert share(measure, {"r": 3, "r_n": 10})["r"] == 0.3
