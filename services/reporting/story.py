"""What is known of one complaint, and since when?

Pure: the events of a complaint become three things. *Versions* of its facts, each with the recorded time from which it held, so that
a question "as of" is a filter; its *transitions*; and the *spells* in which it was open. A version depends only on events
recorded before it, never on which topic was read first. In the same way it keeps the spells in which a deadline was past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, get_args

from shared.contracts.states import CaseState

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)  # recorded_to of what still holds
CLOSED_STATES = ("closed", "withdrawn")
FIELDS = (
    "number", "external_ref", "channel", "content_class", "nature", "severity", "early_warning", "department",
    "issue_codes", "main_issue_code", "product_code", "product_name", "batch", "customer_ref", "customer_name",
    "occurred_on", "received_at", "registered_at", "closed_at", "outcome", "state", "reopened", "remedy_rounds",
    "satisfied_with_handling", "imported", "data_flags", "acknowledged_at", "remedied_at", "overdue", "amount", "currency",
)  # fmt: skip
_RANK: Mapping[str, int] = {state: rank for rank, state in enumerate(get_args(CaseState))}


_UNKNOWN: dict[str, Any] = dict.fromkeys(FIELDS)


class Version(NamedTuple):
    recorded_from: datetime
    recorded_to: datetime
    facts: tuple[Any, ...]  # as FIELDS


class Transition(NamedTuple):
    n: int
    recorded_at: datetime
    at: datetime | None  # None: on an unknown date
    from_state: str | None
    to_state: str
    dwell_hours: float | None
    actor_role: str | None
    department: str
    backward: bool
    reopening: bool


class Spell(NamedTuple):
    """From when to when a complaint was open, or late, as known in a stretch of recorded time."""

    began_at: datetime
    ended_at: datetime | None
    recorded_from: datetime
    recorded_to: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of one complaint."""

    versions: tuple[Version, ...] = ()
    transitions: tuple[Transition, ...] = ()
    spells: tuple[Spell, ...] = ()
    late: tuple[Spell, ...] = ()


@dataclass(slots=True)
class Telling:
    """The story while it is being told: the rules say what happened, this keeps the books."""

    facts: dict[str, Any] = field(default_factory=_UNKNOWN.copy)
    versions: list[Version] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    late: list[Spell] = field(default_factory=list)
    missed: dict[str, datetime] = field(default_factory=dict)  # clocks past their time, since when
    met: dict[str, datetime] = field(default_factory=dict)  # when what a clock waits for happened last
    proposed: dict[int, Any] = field(default_factory=dict)  # amounts of rounds that wait for approval
    moment: datetime = FOREVER  # the recorded time of the event being told
    role: str | None = None

    @property
    def known(self) -> bool:
        return bool(self.versions)

    def keep_version(self) -> None:
        now = tuple(self.facts.values())
        if self.versions:
            last = self.versions[-1]
            if last.facts == now:
                return
            self.versions[-1] = Version(last.recorded_from, self.moment, last.facts)
        self.versions.append(Version(self.moment, FOREVER, now))

    def move(self, to_state: str, at: datetime | None, *, reopening: bool = False) -> None:
        from_state = self.facts["state"]
        if from_state == to_state and not reopening:
            return
        last = self.transitions[-1] if self.transitions else None
        dwell = (at - last.at).total_seconds() / 3600 if last and last.at and at else None
        backward = from_state is not None and _RANK[to_state] < _RANK[from_state]
        self.facts["state"] = to_state
        department = self.facts["department"]
        self.transitions.append(
            Transition(len(self.transitions) + 1, self.moment, at, from_state, to_state, dwell, self.role, department, backward, reopening)
        )

    def open(self, at: datetime) -> None:
        self._begin(self.spells, at)

    def close(self, at: datetime) -> None:
        """From now on the open spell is known to have ended; until now it was known as open."""
        self._end(self.spells, at)

    def miss(self, clock: str, due_at: datetime) -> None:
        """A deadline passed. What it waited for may have happened meanwhile in another service."""
        if not self.missed:
            self._begin(self.late, due_at)
        self.missed[clock] = due_at
        met = self.met.get(clock)
        if met is not None and met >= due_at:
            self.meet(met, clock)

    def meet(self, at: datetime, *clocks: str) -> None:
        """What these clocks wait for has happened; no clock named: nobody waits any more."""
        was_late = bool(self.missed)
        for clock in clocks or tuple(self.missed):
            self.missed.pop(clock, None)
            self.met[clock] = at
        if was_late and not self.missed:
            self._end(self.late, at)
        self.facts["overdue"] = bool(self.missed)

    def _begin(self, spells: list[Spell], at: datetime) -> None:
        spells.append(Spell(at, None, self.moment, FOREVER))

    def _end(self, spells: list[Spell], at: datetime) -> None:
        if spells and spells[-1].ended_at is None:
            began_at, _, known_from, _ = spells.pop()
            if known_from < self.moment:
                spells.append(Spell(began_at, None, known_from, self.moment))
            spells.append(Spell(began_at, at, self.moment, FOREVER))

    def story(self) -> Story:
        return Story(tuple(self.versions), tuple(self.transitions), tuple(self.spells), tuple(self.late))
