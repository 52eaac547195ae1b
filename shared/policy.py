"""Which rules does the organisation follow? Deadlines, departments and limits are versioned data, never constants in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from shared.contracts.vocabulary import Severity


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

    def needs_meeting(self, severity: Severity) -> bool:
        return severity in self.meeting_severities

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
    )


def shipped_content() -> dict[str, Any]:
    """The shipped policy as data."""
    return tomllib.loads(resources.files("policy").joinpath("default.toml").read_text(encoding="utf-8"))


def shipped() -> Policy:
    """The policy every organisation starts with: `policy/default.toml`."""
    return parse(shipped_content())
