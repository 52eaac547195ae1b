"""Under which terms is a figure made? What is known, what is covered, which policy, in which language."""

from __future__ import annotations

from dataclasses import dataclass

from services.reporting.moment import AsOf
from services.reporting.periods import Calendar, Period, Span
from shared.web.language import Language


@dataclass(frozen=True, slots=True)
class Terms:
    as_of: AsOf
    calendar: Calendar
    policy_version: str
    language: Language
    closure_target: float | None = None  # the share that is to be closed (002 (4)①)

    def span(self, period: Period) -> Span:
        return period.instants(self.calendar.zone)
