"""Which rules does the organisation follow? Deadlines, departments and limits are versioned data, never constants in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

from shared.contracts.vocabulary import Money, Severity


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the organisation's rules, in force from a date on."""

    version: str
    effective_on: date
    departments: tuple[str, ...]
    reporting_day: int
    callback_due_days: int
    callback_expires_days: int
    callback_attempts: int
    meeting_severities: tuple[Severity, ...]
    owner_by_severity: dict[str, str]
    authority: dict[str, Decimal]  # by role
    authority_currency: str

    def needs_meeting(self, severity: Severity) -> bool:
        return severity in self.meeting_severities

    def may_offer(self, role: str, cost: Money) -> bool:
        """Whether this role may offer a remedy of this cost by itself."""
        upto = self.authority.get(role, Decimal(0)) if cost.currency == self.authority_currency else Decimal(0)
        return cost.amount <= upto

    def owner(self, severity: Severity, responsible: str | None) -> str:
        """Who owns corrective action (CA-2)."""
        return self.owner_by_severity.get(severity) or responsible or "desk"


def parse(content: dict[str, Any]) -> Policy:
    """A policy from its TOML or JSON form."""
    effective = content["effective_on"]
    return Policy(
        version=content["version"],
        effective_on=effective if isinstance(effective, date) else date.fromisoformat(effective),
        departments=tuple(content["departments"]),
        reporting_day=content["reporting_day"],
        callback_due_days=content["callback"]["due_days"],
        callback_expires_days=content["callback"]["expires_days"],
        callback_attempts=content["callback"]["attempts"],
        meeting_severities=tuple(content["meeting"]["severities"]),
        owner_by_severity=dict(content["owner"]),
        authority={role: Decimal(upto) for role, upto in content["authority"].items() if role != "currency"},
        authority_currency=content["authority"]["currency"],
    )


def shipped_content() -> dict[str, Any]:
    """The shipped policy as data."""
    return tomllib.loads(resources.files("policy").joinpath("default.toml").read_text(encoding="utf-8"))


def shipped() -> Policy:
    """The policy every organisation starts with: `policy/default.toml`."""
    return parse(shipped_content())
