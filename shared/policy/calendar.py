"""When do people work? Pure arithmetic with working time: hours, lunch, holidays and make-up working days, in the organisation's zone.

A year of which the calendar lists no special day is not known: its weekdays count as working days, and whoever counts with them
is told so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import get_args
from zoneinfo import ZoneInfo

from shared.policy.content import Calendar, Weekday

DAY = timedelta(days=1)
NONE = timedelta(0)

Period = tuple[datetime, datetime]  # in UTC


@dataclass(frozen=True)
class WorkingCalendar:
    """`periods` are a working day's hours by the wall clock; `weekend` counts Monday as 0."""

    zone: ZoneInfo
    periods: tuple[tuple[time, time], ...]
    weekend: frozenset[int] = frozenset((5, 6))
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    _days: dict[date, tuple[Period, ...]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def working_day(self) -> timedelta:
        """How long a working day is."""
        day = date(2000, 1, 1)
        return sum((datetime.combine(day, to) - datetime.combine(day, since) for since, to in self.periods), NONE)

    @cached_property
    def known_years(self) -> frozenset[int]:
        return frozenset(day.year for day in self.holidays | self.workdays)

    def is_working_day(self, day: date) -> bool:
        if day in self.workdays:
            return True
        return day.weekday() not in self.weekend and day not in self.holidays

    def unknown_years(self, since: datetime, to: datetime) -> tuple[int, ...]:
        """The years between two moments whose holidays this calendar does not know."""
        known = self.known_years
        return tuple(year for year in range(self._local(since).year, self._local(to).year + 1) if year not in known)

    def between(self, since: datetime, to: datetime) -> timedelta:
        """The working time between two moments; none when the second is not later."""
        return sum((end - start for start, end in self.worked(since, to)), NONE)

    def worked(self, since: datetime, to: datetime) -> Iterator[Period]:
        """The stretches of working time between two moments, in order."""
        if to <= since:
            return
        day, last = self._local(since).date(), self._local(to).date()
        while day <= last:
            for start, end in self._on(day):
                if end > since and start < to:
                    yield max(start, since), min(end, to)
            day += DAY

    def after(self, since: datetime, span: timedelta) -> datetime:
        """The first moment of working time by which so much of it has passed."""
        left = span
        day = self._local(since).date()
        while True:
            for start, end in self._on(day):
                begin = max(start, since)
                if begin < end:
                    if end - begin >= left:
                        return begin + left
                    left -= end - begin
            day += DAY

    def _on(self, day: date) -> tuple[Period, ...]:
        """The working hours of a date, as moments."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = tuple(self._moments(day)) if self.is_working_day(day) else ()
        return found

    def _moments(self, day: date) -> Iterator[Period]:
        for since, to in self.periods:
            start, end = self._at(day, since), self._at(day, to)
            if start < end:  # hours that the change to summer time leaves out are not worked
                yield start, end

    def _at(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)


def calendar_of(content: Calendar, zone: ZoneInfo) -> WorkingCalendar:
    """The calendar a policy describes, in the organisation's zone."""
    hours, lunch = content.hours, content.lunch
    cut = ((hours.since, hours.to),) if lunch is None else ((hours.since, lunch.since), (lunch.to, hours.to))
    return WorkingCalendar(
        zone=zone,
        periods=tuple((since, to) for since, to in cut if since < to),
        weekend=frozenset(get_args(Weekday).index(day) for day in content.weekend),
        holidays=frozenset(content.holidays),
        workdays=frozenset(content.workdays),
    )
