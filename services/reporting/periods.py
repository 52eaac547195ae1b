"""Which days does a period have, and is it complete? Days, weeks, months, quarters and years in the organisation's zone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Bucket = Literal["day", "week", "month", "quarter", "year"]
BUCKETS: tuple[Bucket, ...] = ("day", "week", "month", "quarter", "year")
Span = tuple[datetime, datetime]  # from an instant on, up to but without another
Why = Literal["not_covered", "not_yet_due"]

_FORMS: tuple[tuple[Bucket, re.Pattern[str]], ...] = (
    ("day", re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)),
    ("week", re.compile(r"(\d{4})-W(\d{2})", re.ASCII)),
    ("month", re.compile(r"(\d{4})-(\d{2})", re.ASCII)),
    ("quarter", re.compile(r"(\d{4})-Q([1-4])", re.ASCII)),
    ("year", re.compile(r"(\d{4})", re.ASCII)),
)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From a day on, up to but without another."""

    first: date
    beyond: date
    bucket: Bucket

    @property
    def label(self) -> str:
        match self.bucket:
            case "day":
                return self.first.isoformat()
            case "week":
                year, week, _ = self.first.isocalendar()
                return f"{year:04}-W{week:02}"
            case "month":
                return f"{self.first.year:04}-{self.first.month:02}"
            case "quarter":
                return f"{self.first.year:04}-Q{(self.first.month + 2) // 3}"
            case "year":
                return f"{self.first.year:04}"

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its first instant, and the first one after it."""
        return midnight(self.first, zone), midnight(self.beyond, zone)

    def plus(self, count: int) -> Period:
        """The period of the same kind so many later, or earlier."""
        if self.bucket in ("day", "week"):
            return containing(self.bucket, self.first + count * (self.beyond - self.first))
        months = {"month": 1, "quarter": 3, "year": 12}[self.bucket] * count + self.first.year * 12 + self.first.month - 1
        return containing(self.bucket, date(months // 12, months % 12 + 1, 1))

    def months(self) -> Iterator[Period]:
        """The months it touches."""
        month = containing("month", self.first)
        while month.first < self.beyond:
            yield month
            month = month.plus(1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def containing(bucket: Bucket, day: date) -> Period:
    """The period of this kind that a day falls into."""
    match bucket:
        case "day":
            return Period(day, day + timedelta(days=1), bucket)
        case "week":
            monday = day - timedelta(days=day.weekday())
            return Period(monday, monday + timedelta(days=7), bucket)
        case _:
            span = {"month": 1, "quarter": 3, "year": 12}[bucket]
            start = (day.month - 1) // span * span
            ends = day.year * 12 + start + span
            return Period(date(day.year, start + 1, 1), date(ends // 12, ends % 12 + 1, 1), bucket)


def parse(text: str) -> Period:
    """`2014-05`, `2014`, `2014-Q2`, `2014-W22`, `2014-05-01`. Raises ValueError with a sentence for people."""
    for bucket, form in _FORMS:
        match = form.fullmatch(text)
        if match is None:
            continue
        year, second, third = (*map(int, match.groups()), 1, 1)[:3]
        if not 1900 <= year < 2200:
            break
        try:
            match bucket:
                case "week":
                    return containing(bucket, date.fromisocalendar(year, second, 1))
                case "quarter":
                    return containing(bucket, date(year, second * 3, 1))
                case _:
                    return containing(bucket, date(year, second, third))
        except ValueError:
            break
    raise ValueError("a period looks like 2014-05 (month), 2014, 2014-Q2, 2014-W22 or 2014-05-01, from 1900 to 2199")


def between(bucket: Bucket, first: date, last: date) -> list[Period]:
    """All periods of this kind from the one with the first day to the one with the last."""
    found = [containing(bucket, first)]
    while found[-1].beyond <= last:
        found.append(found[-1].plus(1))
    return found


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether a period's figures may be judged; if not, why, and the day from which they may be expected."""

    complete: bool
    why: Why | None
    expected_from: date


@dataclass(frozen=True, slots=True)
class Calendar:
    """What decides completeness (api §6): the reporting day by the rules in force at a period's end, what is covered, the moment."""

    zone: ZoneInfo
    reporting_day: Callable[[datetime], int]
    started_at: datetime
    imports: Sequence[tuple[date, date]]  # both ends inclusive
    now: datetime

    def of(self, period: Period) -> Completeness:
        """A period is complete when all it touches is covered and the reporting day after its end has come."""
        expected = containing("month", period.beyond - timedelta(days=1)).plus(1).first
        expected = expected.replace(day=self.reporting_day(midnight(expected, self.zone)))
        parts = [period] if period.bucket in ("day", "week") else list(period.months())
        if not all(self.covers(part) for part in parts):
            return Completeness(False, "not_covered", expected)
        if self.now < midnight(expected, self.zone):
            return Completeness(False, "not_yet_due", expected)
        return Completeness(True, None, expected)

    def covers(self, period: Period) -> bool:
        """The product ran from its first instant on, or it lies inside what an import covers."""
        if self.started_at <= midnight(period.first, self.zone):
            return True
        last = period.beyond - timedelta(days=1)
        return any(first <= period.first and last <= until for first, until in self.imports)

    def today(self) -> date:
        return self.now.astimezone(self.zone).date()
