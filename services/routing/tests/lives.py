"""How does a test tell of a case's time? Events at moments, and the clocks as they stand at another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from services.routing.clocks import Clock, Fact, Story, fact, in_order, reckon, tell
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintAcknowledged
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    ClockPaused,
    ClockResumed,
    RemedyAnswered,
    RemedyOffered,
    WorkItemDone,
    WorkItemOffered,
    WorkItemTaken,
)
from shared.contracts.vocabulary import ComplaintId
from shared.policy import Policies, Policy, parse, shipped_content
from shared.policy.policies import Adopted
from shared.testing import Ledger

ID = ComplaintId(UUID("0190a5b6-0000-7000-8000-000000000001"))
FRIDAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Shanghai, where lunch begins
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def policy(version: str, **changed: Any) -> Policy:
    """The shipped rules with some tables replaced, under another name."""
    return parse({**shipped_content(), "version": version, "effective_on": "2026-01-01"} | changed)


def clocks_with(**limits: Any) -> dict[str, Any]:
    return {"clocks": {**shipped_content()["clocks"], **limits}}


def every_grade(limit: str) -> dict[str, str]:
    return dict.fromkeys(("ordinary", "important", "major"), limit)


class Life:
    """What happened to one complaint, told in any order."""

    def __init__(self, registered: datetime = FRIDAY, subject: UUID = ID, policies: tuple[Policy, ...] = ()) -> None:
        self.registered = registered
        self.subject = subject
        long_ago = datetime(2026, 1, 1, tzinfo=UTC)
        self.policies = Policies.of(Adopted(one, long_ago, long_ago) for one in policies)
        self.ledger = Ledger(now=registered, tick=timedelta(microseconds=1))
        self.facts: list[Fact] = []

    def then(self, after: timedelta, *events: Event) -> Life:
        """Events so long after the registration."""
        self.ledger.now = self.registered + after
        self.facts += [fact(one) for event in events for one in self.ledger.record(_stream(event, self.subject), event, key=self.subject)]
        return self

    def opened(self, version: str | None = None) -> Life:
        acknowledged = ComplaintAcknowledged(complaint_id=ID, medium="phone")
        return self.then(timedelta(0), acknowledged, opening(self.registered, version), item("assess", "desk"))

    def story(self) -> Story:
        return tell(self.subject, in_order(self.facts), self.policies)

    def clocks(self, after: timedelta) -> list[Clock]:
        return list(reckon(self.story(), self.registered + after))

    def clock(self, name: str, after: timedelta, run: int = -1) -> Clock:
        """The last run of this clock, or another one, as it stands so long after the registration."""
        return [clock for clock in self.clocks(after) if clock.span.clock == name][run]


def _stream(event: Event, subject: UUID) -> UUID:
    return subject if event.TYPE.startswith("routing") else uuid5(subject, event.TYPE)


def opening(registered: datetime = FRIDAY, version: str | None = None) -> CaseOpened:
    return CaseOpened(
        complaint_id=ID, number="C-2026-000001", channel="phone", content_class="product_quality", received_at=registered,
        registered_at=registered, policy_version=version,
    )  # fmt: skip


def item(task: str, department: str, n: int = 1) -> WorkItemOffered:
    return WorkItemOffered(complaint_id=ID, item_id=item_id(task, department, n), number="C-2026-000001", department=department, task=task)


def item_id(task: str, department: str, n: int = 1) -> UUID:
    return uuid5(ID, f"{task}/{department}/{n}")


def taken(task: str, department: str) -> WorkItemTaken:
    return WorkItemTaken(complaint_id=ID, item_id=item_id(task, department), holder="anna", holder_name="Anna")


def done(task: str, department: str) -> WorkItemDone:
    return WorkItemDone(complaint_id=ID, item_id=item_id(task, department))


def assessed(severity: str = "ordinary", path: str = "desk", **more: Any) -> CaseAssessed:
    return CaseAssessed(
        complaint_id=ID, severity=severity, nature="valid", safety=False, complexity="low", impact="low", immediate_action="possible",
        pass_on=path != "desk", path=path, reason="as ever", **more,
    )  # fmt: skip


def offered(n: int = 1) -> RemedyOffered:
    return RemedyOffered(complaint_id=ID, round=n, kinds=("repair",), text="We repair it.", commitment="soon")


def answered(accepted: bool, n: int = 1) -> RemedyAnswered:
    return RemedyAnswered(complaint_id=ID, round=n, accepted=accepted, medium="phone", by="staff")


def closed(outcome: str = "satisfied", n: int = 1) -> CaseClosed:
    return CaseClosed(complaint_id=ID, closing_round=n, outcome=outcome)


REOPENED = CaseReopened(complaint_id=ID, reason="again", because="callback")
PAUSED = ClockPaused(complaint_id=ID, reason="waiting_for_customer")
RESUMED = ClockResumed(complaint_id=ID)
