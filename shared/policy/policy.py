"""Which rules does the organisation follow? Deadlines, departments and limits are versioned data, never constants in code."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.contracts.vocabulary import EarlyWarning, Money, Severity, Topic
from shared.policy.calendar import WorkingCalendar, calendar_of
from shared.policy.content import ByGrade, Content, Person, Recurrence, SeverityPath, Signals, Warned
from shared.policy.durations import Duration
from shared.policy.faults import HEAD, RESPONSIBLE

ZONE = ZoneInfo("Asia/Shanghai")
HEADING = ("version", "effective_on")  # what a policy file says of itself, beside the rules

Grade = Severity | EarlyWarning


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the escalation ladder: so long after the miss, to this department, or to the head of the one at fault."""

    level: int
    after: Duration
    department: str | None

    @property
    def to_head(self) -> bool:
        return self.department is None


@dataclass(frozen=True)
class Policy:
    """One version of the organisation's rules, in force from a date on, in the organisation's zone."""

    version: str
    effective_on: date
    content: Content
    zone: ZoneInfo = ZONE

    @property
    def departments(self) -> tuple[str, ...]:
        return self.content.departments

    @property
    def reporting_day(self) -> int:
        return self.content.reporting_day

    @cached_property
    def calendar(self) -> WorkingCalendar:
        return calendar_of(self.content.calendar, self.zone)

    @cached_property
    def ladder(self) -> tuple[Rung, ...]:
        """The steps after a miss, the first first."""
        steps = enumerate(self.content.ladder, 1)
        return tuple(Rung(level, rung.after, None if rung.to == HEAD else rung.to) for level, rung in steps)

    def limit(self, clock: str, grade: Grade | None) -> Duration:
        """How long a clock may run. While there is no severity the case counts as ordinary."""
        row = getattr(self.content.clocks, clock)
        found: Duration = getattr(row, grade or "ordinary" if isinstance(row, ByGrade) else grade or "C")
        return found

    def span(self, duration: Duration) -> timedelta:
        return duration.span(self.calendar.working_day)

    def after(self, since: datetime, duration: Duration) -> datetime:
        """The moment by which that much time has passed: by the calendar where the duration is one of working time."""
        return self.calendar.after(since, self.span(duration)) if duration.working else since + self.span(duration)

    def due(self, clock: str, grade: Grade | None, since: datetime) -> datetime:
        """When a clock that starts now is due, if nothing pauses it."""
        return self.after(since, self.limit(clock, grade))

    def path(self, severity: Severity) -> SeverityPath:
        """Who acts, inspects and files (RT-4)."""
        found: SeverityPath = getattr(self.content.paths, severity)
        return found

    def acts(self, severity: Severity, responsible: str | None) -> str | None:
        """The department that acts on a case of this severity."""
        act = self.path(severity).act
        return responsible if act == RESPONSIBLE else act

    def needs_meeting(self, severity: Severity) -> bool:
        return severity in self.content.meeting.severities

    def owner(self, severity: Severity, responsible: str | None) -> str:
        """Who owns corrective action (CA-2)."""
        return self.owner_by_severity.get(severity) or responsible or "desk"

    @property
    def owner_by_severity(self) -> Mapping[str, str]:
        return {severity: department for severity, department in self.content.owner if department is not None}

    def warned(self, early_warning: EarlyWarning) -> Warned:
        """Who handles an early warning, and what a missed deadline makes of it (RT-6)."""
        found: Warned = getattr(self.content.early_warning, early_warning)
        return found

    def answers(self, topic: Topic | None) -> str:
        """The department that answers a question on this topic (RT-10)."""
        found: str = getattr(self.content.matrix, topic or "other")
        return found

    def may_offer(self, role: str, cost: Money) -> bool:
        """Whether this role may offer a remedy of this cost by itself."""
        authority = self.content.authority
        return cost.amount <= (authority.upto(role) if cost.currency == authority.currency else 0)

    @property
    def reminders(self) -> int:
        """So many reminders before a case closes without an answer."""
        return self.content.reminders.count

    @property
    def callback_expires_days(self) -> int:
        return self.content.callback.expires_days

    @property
    def callback_attempts(self) -> int:
        return self.content.callback.attempts

    @property
    def duplicate_days(self) -> int:
        return self.content.thresholds.duplicate_days

    @property
    def closure_rate(self) -> float:
        """The share of complaints that is to be closed (办结率)."""
        return float(self.content.thresholds.closure_rate)

    @property
    def similar_months(self) -> int:
        return self.content.thresholds.similar_months

    @property
    def signals(self) -> Signals:
        """When a month is a signal (RP-2)."""
        return self.content.signals

    @property
    def recurrence(self) -> Recurrence:
        """From when on an issue recurs (RP-1)."""
        return self.content.recurrence

    @property
    def people(self) -> tuple[Person, ...]:
        return self.content.people

    def heads(self, department: str) -> Iterator[Person]:
        """Who leads a department, as far as the policy says."""
        return (person for person in self.people if person.head and person.department == department)

    def label(self, code: str, language: Literal["zh-CN", "en"]) -> str | None:
        """What the policy calls a code; None where it has no word for it."""
        found = self.content.labels.get(code)
        return None if found is None else found.zh if language == "zh-CN" else found.en


def parse(content: Mapping[str, Any], zone: ZoneInfo = ZONE) -> Policy:
    """A policy from its TOML or JSON form, which says its version and date itself. Raises ValidationError with the places at fault."""
    rules = {name: value for name, value in content.items() if name not in HEADING}
    return _policy(content, Content.model_validate(rules), zone)


def adopted(content: Mapping[str, Any], zone: ZoneInfo = ZONE) -> Policy:
    """A policy as an event of any age has it: what a newer version of the product asks for is taken from the shipped policy,
    what it no longer knows is passed over. An organisation's rules must never stop the product from starting.
    """
    rules = {name: value for name, value in content.items() if name not in HEADING}
    return _policy(content, Content.model_validate(_completed(rules, shipped_content()), extra="ignore"), zone)


def _policy(heading: Mapping[str, Any], rules: Content, zone: ZoneInfo) -> Policy:
    effective = heading["effective_on"]
    return Policy(heading["version"], effective if isinstance(effective, date) else date.fromisoformat(effective), rules, zone)


def _completed(given: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(given)
    for name, value in base.items():
        if name not in whole:
            whole[name] = value
        elif isinstance(value, Mapping) and isinstance(whole[name], Mapping):
            whole[name] = _completed(whole[name], value)
    return whole


@cache
def shipped_content() -> dict[str, Any]:
    """The shipped policy as data: `policy/default.toml`."""
    return tomllib.loads(resources.files("policy").joinpath("default.toml").read_text(encoding="utf-8"))


@cache
def shipped(zone: ZoneInfo = ZONE) -> Policy:
    """The policy every organisation starts with."""
    return parse(shipped_content(), zone)
