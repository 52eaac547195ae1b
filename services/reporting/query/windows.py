"""Which days does a window have? Named by its ends, or as what it is today; and the part of it that lies in a bucket."""

from __future__ import annotations

from datetime import date
from typing import get_args

from services.reporting.periods import Calendar, Period, containing, parse
from services.reporting.query.grammar import Window, WindowName
from services.reporting.query.plan import Findings, Stretch

WINDOWS: tuple[WindowName, ...] = get_args(WindowName)


def window_of(given: Window | str | None, at: str, calendar: Calendar, findings: Findings) -> Stretch | None:
    """The window's days; None where none is given, or after telling the findings what is wrong with it."""
    if given is None:
        return None
    if isinstance(given, str):
        named = findings.known(at, given, {name: name for name in WINDOWS})
        return _relative(named, calendar.today()) if named is not None else None
    ends: dict[str, Period | None] = {}
    for end, text in (("from", given.from_), ("to", given.to)):
        try:
            ends[end] = parse(text) if text is not None else None
        except ValueError as error:
            findings.say(f"{at}/{end}", f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return None
    first, last = ends["from"], ends["to"]
    if first is not None and last is not None and last.beyond <= first.first:
        findings.say(f"{at}/to", "The window ends before it begins.")
    return Stretch(first.first if first is not None else None, last.beyond if last is not None else None)


def _relative(name: WindowName, today: date) -> Stretch:
    """In complete months and years before today's, except `this_year`, which goes on."""
    month, year = containing("month", today), containing("year", today)
    match name:
        case "last_12_months":
            return Stretch(month.plus(-12).first, month.first)
        case "last_month":
            return Stretch(month.plus(-1).first, month.first)
        case "this_year":
            return Stretch(year.first, year.beyond)
        case "last_year":
            return Stretch(year.plus(-1).first, year.first)


def within(window: Stretch, bucket: str, value: object, findings: Findings) -> Stretch:
    """The part of the window that lies in a bucket."""
    try:
        period = parse(value) if isinstance(value, str) else None
    except ValueError:
        period = None
    if period is None or period.bucket != bucket:
        findings.say(f"/at/{bucket}", f"Give the {bucket} as the row has it.")
        return window
    first = max(window.first or period.first, period.first)
    return Stretch(first, min(window.beyond or period.beyond, period.beyond))
