"""Periods: their days, their names, and when a month may be judged."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.periods import BUCKETS, Bucket, Calendar, between, containing, parse

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = st.dates(date(1900, 1, 10), date(2199, 11, 30))


def calendar(now: datetime, started_at: datetime = datetime(2026, 1, 1, tzinfo=SHANGHAI), *imports: tuple[date, date]) -> Calendar:
    return Calendar(SHANGHAI, lambda at: 8, started_at, imports, now)


@pytest.mark.parametrize(
    ("text", "first", "beyond"),
    [
        ("2014-05", date(2014, 5, 1), date(2014, 6, 1)),
        ("2014-12", date(2014, 12, 1), date(2015, 1, 1)),
        ("2014", date(2014, 1, 1), date(2015, 1, 1)),
        ("2014-Q4", date(2014, 10, 1), date(2015, 1, 1)),
        ("2015-W01", date(2014, 12, 29), date(2015, 1, 5)),
        ("2016-02-29", date(2016, 2, 29), date(2016, 3, 1)),
    ],
)
def test_a_period_is_read_and_written_the_same(text: str, first: date, beyond: date):
    period = parse(text)
    assert (period.first, period.beyond, period.label) == (first, beyond, text)


@pytest.mark.parametrize(
    "text", ["2014-13", "2014-00", "14-05", "2014-5", "2015-02-29", "2014-Q5", "2014-W60", "1899", "", "2014-05\n", "٢٠١٤"]
)
def test_what_is_no_period_is_refused_with_a_sentence(text: str):
    with pytest.raises(ValueError, match="a period looks like"):
        parse(text)


@given(st.sampled_from(BUCKETS), DAYS)
def test_every_day_falls_into_exactly_one_period_of_a_kind(bucket: Bucket, day: date):
    period = containing(bucket, day)
    assert period.first <= day < period.beyond
    assert period.plus(1).first == period.beyond
    assert period.plus(1).plus(-1) == period
    assert parse(period.label) == period


@given(st.sampled_from(BUCKETS), DAYS, st.integers(0, 400))
def test_a_stretch_is_covered_without_a_gap(bucket: Bucket, day: date, length: int):
    last = min(day + timedelta(days=length), date(2199, 12, 1))
    found = between(bucket, day, last)
    assert found[0].first <= day
    assert found[-1].first <= last < found[-1].beyond
    assert all(earlier.beyond == later.first for earlier, later in itertools.pairwise(found))


def test_a_month_begins_at_midnight_where_the_organisation_is():
    start, end = parse("2026-05").instants(SHANGHAI)
    assert (start.astimezone(UTC), end.astimezone(UTC)) == (datetime(2026, 4, 30, 16, tzinfo=UTC), datetime(2026, 5, 31, 16, tzinfo=UTC))


def test_a_month_is_complete_from_midnight_of_the_reporting_day():
    due = datetime(2026, 6, 8, tzinfo=SHANGHAI)
    before = calendar(due - timedelta(seconds=1)).of(parse("2026-05"))
    assert (before.complete, before.why, before.expected_from) == (False, "not_yet_due", date(2026, 6, 8))
    assert calendar(due).of(parse("2026-05")).complete


def test_a_month_in_which_the_product_was_first_started_is_not_covered():
    late = datetime(2030, 1, 1, tzinfo=UTC)
    started = datetime(2026, 5, 1, 0, 0, 1, tzinfo=SHANGHAI)
    assert calendar(late, started).of(parse("2026-05")).why == "not_covered"
    assert calendar(late, started).of(parse("2026-06")).complete
    assert calendar(late, started - timedelta(seconds=1)).of(parse("2026-05")).complete


def test_a_month_inside_an_imports_coverage_is_covered_and_one_it_only_touches_is_not():
    covered = calendar(datetime(2030, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), (date(2013, 1, 1), date(2020, 4, 30)))
    assert covered.of(parse("2013-01")).complete
    assert covered.of(parse("2020-04")).complete
    assert covered.of(parse("2020-05")).why == "not_covered"
    assert covered.of(parse("2019")).complete
    assert covered.of(parse("2020")).why == "not_covered"


def test_a_year_is_due_on_the_reporting_day_after_its_last_month():
    assert calendar(datetime(2027, 1, 7, tzinfo=SHANGHAI)).of(parse("2026")).expected_from == date(2027, 1, 8)
