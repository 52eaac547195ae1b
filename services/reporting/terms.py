"""Under which terms is a figure made? What is known, what is covered, which policy, in which language.

A period's rules are those in force when it ended, so that a policy touches later periods only; of one that still runs, those of now.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.reporting.moment import AsOf
from services.reporting.periods import Calendar, Period, Span
from shared.policy import Policies, Policy
from shared.web.language import Language


@dataclass(frozen=True, slots=True)
class Terms:
    as_of: AsOf
    calendar: Calendar
    policies: Policies  # as known by then
    language: Language

    @property
    def policy_version(self) -> str:
        """That of the moment."""
        return self.policies.in_force(self.as_of.recorded_at).version

    def policy(self, span: Span) -> Policy:
        """The rules of a period."""
        return self.policies.in_force(min(span[1], self.as_of.recorded_at))

    def span(self, period: Period) -> Span:
        return period.instants(self.calendar.zone)
