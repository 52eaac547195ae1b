"""Does arithmetic with working time hold over lunch, holidays, make-up days, year ends, and the change to summer time?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.holidays import special_days
from shared.policy import WorkingCalendar, shipped

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
CHINA = shipped().calendar
NIGHT = WorkingCalendar(BERLIN, ((time(0, 30), time(6, 0)),), frozenset())  # the clock changes within its hours
HOUR = timedelta(hours=1)

calendars = st.sampled_from([CHINA, NIGHT, WorkingCalendar(ZoneInfo("America/New_York"), ((time(9), time(17)),))])
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # Hypothesis wants bounds without a zone
spans = st.timedeltas(timedelta(microseconds=1), timedelta(hours=200))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_lunch_is_no_working_time():
    assert CHINA.between(at("2026-11-20 11:30"), at("2026-11-20 13:30")) == HOUR


def test_the_evening_and_the_weekend_are_no_working_time():
    assert CHINA.after(at("2026-11-20 16:30"), 2 * HOUR) == at("2026-11-23 09:30")


def test_a_holiday_is_no_working_time():
    assert CHINA.between(at("2026-10-01 08:30"), at("2026-10-07 17:30")) == timedelta(0)


def test_a_make_up_working_day_is():
    assert CHINA.between(at("2026-10-10 00:00"), at("2026-10-11 00:00")) == 8 * HOUR  # a Saturday


def test_it_goes_on_over_the_end_of_the_year():
    assert CHINA.after(at("2025-12-31 17:00"), HOUR) == at("2026-01-04 09:00")  # the 1st and 2nd are free, the 4th a worked Sunday


def test_a_year_it_does_not_know_has_ordinary_weeks_and_is_named():
    assert CHINA.after(at("2031-09-30 17:00"), HOUR) == at("2031-10-01 09:00")
    assert CHINA.unknown_years(at("2026-12-31 12:00"), at("2028-01-01 12:00")) == (2027, 2028)
    assert CHINA.unknown_years(at("2025-01-01 12:00"), at("2026-01-01 12:00")) == ()


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 5.5), ("2026-03-29", 4.5), ("2026-10-25", 6.5)])
def test_a_day_on_which_the_clock_changes_is_as_long_as_it_is(day, hours):
    assert NIGHT.between(at(f"{day} 00:00", BERLIN), at(f"{day} 23:00", BERLIN)) == hours * HOUR


def test_the_shipped_days_are_those_of_the_package_chinesecalendar():
    free, worked = special_days(min(CHINA.known_years), max(CHINA.known_years))
    assert (frozenset(free), frozenset(worked)) == (CHINA.holidays, CHINA.workdays)
    assert date(2026, 10, 1) in CHINA.holidays


@given(calendars, moments, spans)
def test_after_undoes_between(calendar, since, span):
    due = calendar.after(since, span)
    assert calendar.between(since, due) == span


@given(calendars, moments, spans)
def test_what_is_due_never_falls_into_free_time(calendar, since, span):
    due = calendar.after(since, span)
    assert calendar.between(due - timedelta(microseconds=1), due) == timedelta(microseconds=1)


@given(calendars, moments, moments, moments)
def test_parts_add_up(calendar, first, second, third):
    since, middle, to = sorted((first, second, third))
    assert calendar.between(since, to) == calendar.between(since, middle) + calendar.between(middle, to)


@given(calendars, moments, moments)
def test_working_time_is_never_more_than_time(calendar, first, second):
    since, to = sorted((first, second))
    assert timedelta(0) <= calendar.between(since, to) <= to - since
