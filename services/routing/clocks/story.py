"""What is there to measure of one complaint's time? Spans, pauses and terms. How long a span may last is no matter here.

A clock that starts is a span; what it waits for meets it, what makes it pointless stops it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shared.contracts.vocabulary import EarlyWarning, Severity
from shared.policy import Policies, Policy
from shared.policy.policy import Grade

Fields = Mapping[str, Any]  # of a fact

AT_THE_HANDLER = None  # the department that remedies the case: the desk, or quality assurance once it was passed on
UNPAUSED = frozenset({"acknowledgement", "status_message", "take"})  # a customer's silence does not excuse these
ITS_WORK: Mapping[str, tuple[str, ...]] = {
    "assessment": ("assess",), "desk_remedy": ("remedy", "reopened"), "early_warning": ("warn",), "inquiry": ("answer",),
}  # fmt: skip


@dataclass(slots=True)
class Span:
    """One run of a clock. `void`: it stopped because there is no complaint any more."""

    clock: str
    instance: str
    since: datetime
    department: str | None
    grade: Grade | None = None  # None: the case's severity
    item_id: UUID | None = None
    capa_id: UUID | None = None
    tells: bool = True  # an action's deadline is told of once, though several complaints show it
    until: datetime | None = None
    met: bool = False
    void: bool = False

    @property
    def pausable(self) -> bool:
        return self.clock not in UNPAUSED


@dataclass(slots=True)
class Item:
    """Work as far as time goes."""

    id: UUID
    task: str
    department: str
    holder: str | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Which rules hold for the case from a moment on."""

    at: datetime
    policy: str | None
    severity: Severity | None


@dataclass(frozen=True, slots=True)
class Action:
    """A corrective action whose deadlines the complaint shows."""

    severity: Severity
    owner: str
    tells: bool


@dataclass
class Story:
    """All that happened to one complaint's time."""

    subject: UUID
    policies: Policies
    kind: Literal["complaint", "feedback", "capa"] = "complaint"
    spans: list[Span] = field(default_factory=list)
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    terms: list[Terms] = field(default_factory=list)
    items: dict[UUID, Item] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    notes: dict[tuple[str, str, str], datetime] = field(default_factory=dict)  # clock, instance, what: when it was last noted
    path: str | None = None
    warning: EarlyWarning | None = None
    running: dict[tuple[str, str], Span] = field(default_factory=dict)
    _started: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def policy(self) -> Policy:
        """The rules that hold for the case now."""
        return self.policies.version(self.terms[-1].policy if self.terms else None)

    @property
    def handler(self) -> str:
        """The department that remedies the case."""
        return self.path or "desk"

    def start(self, clock: str, at: datetime, department: str | None, key: str = "", **more: Any) -> None:
        """Starts a clock unless it runs. `key` tells several of one name apart."""
        if (clock, key) in self.running:
            return
        n = self._started[clock, key] = self._started.get((clock, key), 0) + 1
        span = Span(clock, f"{key}/{n}" if key else str(n), at, department, **more)
        self.spans.append(span)
        self.running[clock, key] = span
        self.find_its_work(span)

    def promise(self, clock: str, at: datetime, capa_id: str, department: str | None = None) -> None:
        """Starts a clock of a corrective action, if the complaint shows it."""
        action = self.actions.get(capa_id)
        if action is not None:
            owner = department or action.owner
            self.start(clock, at, owner, capa_id, grade=action.severity, capa_id=UUID(capa_id), tells=action.tells)

    def find_its_work(self, span: Span) -> None:
        """The open work item that a clock is about, if there is one: it shows the clock's due time."""
        for item in self.items.values():
            if item.task in ITS_WORK.get(span.clock, ()) and not item.done and item.department == span.department:
                span.item_id = item.id

    def meet(self, clock: str, at: datetime, key: str = "") -> bool:
        """What it waited for has come. False when it does not run."""
        return self._end(clock, at, key, met=True)

    def stop(self, clock: str, at: datetime, key: str = "") -> bool:
        """It has become pointless."""
        return self._end(clock, at, key)

    def stop_all(self, at: datetime) -> None:
        """There is no complaint any more. What an action promised stands all the same."""
        for (clock, key), span in list(self.running.items()):
            if span.capa_id is None:
                self._end(clock, at, key, void=True)

    def pause(self, at: datetime) -> None:
        if not self.paused:
            self.pauses.append((at, None))

    def resume(self, at: datetime) -> None:
        if self.paused:
            since, _ = self.pauses.pop()
            if since < at:
                self.pauses.append((since, at))

    @property
    def paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    def under(self, at: datetime, policy: str | None = None, severity: Severity | None = None) -> None:
        """From now on under this policy or severity; what is not said stays."""
        before = self.terms[-1] if self.terms else Terms(at, None, None)
        now = Terms(at, policy or before.policy, severity or before.severity)
        if not self.terms or (now.policy, now.severity) != (before.policy, before.severity):
            self.terms.append(now)

    def _end(self, clock: str, at: datetime, key: str, *, met: bool = False, void: bool = False) -> bool:
        span = self.running.pop((clock, key), None)
        if span is None:
            return False
        span.until, span.met, span.void = max(at, span.since), met, void
        return True
