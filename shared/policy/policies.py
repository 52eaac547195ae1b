"""Which version of the rules holds when? All versions that were ever adopted, beginning with the shipped one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from shared.policy.policy import ZONE, Policy, shipped


class PolicyUnknown(LookupError):
    """A version that this process has not heard of yet. It will: whoever decided by it had it from the log."""


@dataclass(frozen=True)
class Adopted:
    """A policy, when it was decided on, and when that was recorded: of two for the same day the later one holds."""

    policy: Policy
    at: datetime
    recorded: datetime

    @cached_property
    def since(self) -> datetime:
        """In force from 00:00 of its day in the organisation's zone, or at once when that day had begun."""
        return max(self.at, datetime.combine(self.policy.effective_on, time.min, self.policy.zone).astimezone(UTC))


@dataclass(frozen=True)
class Policies:
    """Frozen, so that a decision sees the same rules from beginning to end."""

    adopted: tuple[Adopted, ...] = ()  # in the order of their days, then as they were recorded
    zone: ZoneInfo = ZONE

    @classmethod
    def of(cls, adopted: Iterable[Adopted], zone: ZoneInfo = ZONE) -> Policies:
        return cls(tuple(sorted(adopted, key=lambda one: (one.policy.effective_on, one.recorded))), zone)

    @classmethod
    def only(cls, policy: Policy) -> Policies:
        """Nothing else was ever in force."""
        always = datetime.min.replace(tzinfo=UTC)
        return cls((Adopted(policy, always, always),), policy.zone)

    def in_force(self, at: datetime) -> Policy:
        """The rules that hold at a moment."""
        return next((one.policy for one in reversed(self.adopted) if one.since <= at), self._shipped)

    def known_at(self, moment: datetime) -> Policies:
        """What had been recorded by then: as of a moment past, what was adopted since holds nowhere."""
        return Policies(tuple(one for one in self.adopted if one.recorded <= moment), self.zone)

    def version(self, name: str | None) -> Policy:
        """A version by its name; what was begun before there were names is under the shipped one."""
        found = self._by_name.get(name or self._shipped.version)
        if found is None:
            raise PolicyUnknown(f"The policy version {name} is not known here.")
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def upcoming(self, at: datetime) -> tuple[Adopted, ...]:
        """Adopted, and not yet in force."""
        return tuple(one for one in self.adopted if one.since > at)

    @property
    def _shipped(self) -> Policy:
        return shipped(self.zone)

    @cached_property
    def _by_name(self) -> dict[str, Policy]:
        return {self._shipped.version: self._shipped} | {one.policy.version: one.policy for one in self.adopted}
