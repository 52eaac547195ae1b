"""Does a policy agree with itself? What single values cannot say of each other, each at its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from shared.policy.calendar import calendar_of
from shared.policy.content import Content

Fault = tuple[str, str]  # JSON pointer, sentence

RESPONSIBLE = "responsible"
HEAD = "head"
UTC = ZoneInfo("UTC")


def faults(content: Content, must_have: frozenset[str]) -> Iterator[Fault]:
    """What does not fit. `must_have` are the departments that the procedures name and cases may stand in already."""
    yield from _departments(content, must_have)
    yield from _people(content)
    yield from _ladder(content)
    yield from _calendar(content)


def _departments(content: Content, must_have: frozenset[str]) -> Iterator[Fault]:
    known = frozenset(content.departments)
    missing = sorted(must_have - known)
    if missing:
        yield "/departments", f"Departments may be added, not taken away: {', '.join(missing)}."
    if len(known) < len(content.departments):
        yield "/departments", "A department is named twice."
    for at, named in _named(content):
        if named not in known:
            yield at, f"There is no department {named}."


def _named(content: Content) -> Iterator[tuple[str, str]]:
    """Every place that names a department."""
    for severity, path in content.paths:
        for task, department in path:
            if department is not None and not (task == "act" and department == RESPONSIBLE):
                yield f"/paths/{severity}/{task}", department
    for severity, department in content.owner:
        if department is not None:
            yield f"/owner/{severity}", department
    for grade, warned in content.early_warning:
        yield f"/early_warning/{grade}/department", warned.department
    for topic, department in content.matrix:
        yield f"/matrix/{topic}", department
    for n, rung in enumerate(content.ladder):
        if rung.to != HEAD:
            yield f"/ladder/{n}/to", rung.to
    for n, person in enumerate(content.people):
        yield f"/people/{n}/department", person.department


def _people(content: Content) -> Iterator[Fault]:
    seen: set[str] = set()
    for n, person in enumerate(content.people):
        if person.person in seen:
            yield f"/people/{n}/person", f"{person.person} stands in the list twice."
        seen.add(person.person)


def _ladder(content: Content) -> Iterator[Fault]:
    working_day = calendar_of(content.calendar, UTC).working_day
    before: timedelta | None = None
    for n, rung in enumerate(content.ladder):
        after = rung.after.span(working_day)
        if before is not None and after <= before:
            yield f"/ladder/{n}/after", "Each step comes later than the one before it."
        before = after


def _calendar(content: Content) -> Iterator[Fault]:
    hours, lunch = content.calendar.hours, content.calendar.lunch
    if lunch is not None and not (hours.since <= lunch.since and lunch.to <= hours.to):
        yield "/calendar/lunch", "Lunch lies within the hours."
    elif lunch is not None and (lunch.since, lunch.to) == (hours.since, hours.to):
        yield "/calendar/lunch", "Nothing is left of the day."
    worked = frozenset(content.calendar.workdays)
    for n, day in enumerate(content.calendar.holidays):
        if day in worked:
            yield f"/calendar/holidays/{n}", f"{day} is a working day and a holiday at once."
