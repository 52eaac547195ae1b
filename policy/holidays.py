"""Which days differ from an ordinary Chinese week? Prints the calendar's lists for the policy.

    python -m policy.holidays 2024 2026

Needs the package chinesecalendar (a development dependency): the policy keeps the days as data, so that a newer package never
changes what a deadline was.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date

SATURDAY = 5


def special_days(first: int, last: int) -> tuple[list[date], list[date]]:
    """Holidays on weekdays, and working days on weekends."""
    from chinese_calendar.constants import holidays, workdays  # noqa: PLC0415  # only this needs the package

    free = [day for day in holidays if first <= day.year <= last and day.weekday() < SATURDAY]
    worked = [day for day in workdays if first <= day.year <= last and day.weekday() >= SATURDAY]
    return sorted(free), sorted(worked)


def as_toml(name: str, days: Iterable[date]) -> str:
    """A TOML list, a line a month."""
    months: dict[str, list[str]] = {}
    for day in days:
        months.setdefault(f"{day:%Y-%m}", []).append(day.isoformat())
    lines = [f"    {', '.join(listed)}," for listed in months.values()]
    return "\n".join([f"{name} = [", *lines, "]"])


def main() -> None:
    free, worked = special_days(int(sys.argv[1]), int(sys.argv[2]))
    print(as_toml("holidays", free))
    print(as_toml("workdays", worked))


if __name__ == "__main__":
    main()
