"""What do all moves of a case go by? The version of the policy it was opened under, and that it is not closed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.routing.state import Case
from shared.decider import Context, Invalid, Refused
from shared.policy import Policy

EASTERNMOST = timedelta(hours=14)  # a date that has begun nowhere on earth yet lies in the future


def rules(case: Case, context: Context) -> Policy:
    """The rules the case keeps, unless a person moved it to others."""
    return context.policies.version(case.policy_version)


def still_open(case: Case) -> None:
    if case.closed:
        raise Refused("case-closed", "The case is closed; reopen it with a reason first.")


def not_ahead(at: str, on: date, now: datetime) -> None:
    if on > (now + EASTERNMOST).date():
        raise Invalid(at, "This date lies in the future.")
