"""What must routing remember of a complaint to decide about it? Nothing that is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.routing.item import WorkItem
from shared.contracts.states import CaseState
from shared.contracts.vocabulary import ComplaintId, ContentClass, EarlyWarning, Nature, Path, Severity

Approval = Literal["pending", "approved", "declined"]


@dataclass(frozen=True, slots=True)
class Round:
    """One offer and what became of it; `answer` is None while nobody has answered."""

    number: int
    approval: Approval | None = None  # None: it was within the offerer's authority
    proposer: str | None = None
    answer: bool | None = None
    carried_out: bool = False
    verified: bool = False

    @property
    def offered(self) -> bool:
        """Whether the customer knows of it."""
        return self.approval in (None, "approved")


@dataclass(frozen=True, slots=True)
class Case:
    """A case has its complaint's id; it is not opened while it has no number."""

    id: ComplaintId
    number: str = ""
    state: CaseState = "received"
    content_class: ContentClass | None = None
    imported: bool = False
    departments: tuple[str, ...] = ()
    posted_by: str | None = None
    policy_version: str | None = None
    registered_at: datetime | None = None  # of a case that has clocks from its beginning
    assessed: bool = False
    assessor: str | None = None
    safety: bool = False
    severity: Severity | None = None
    nature: Nature | None = None
    early_warning: EarlyWarning | None = None
    path: Path | None = None
    responsible_department: str | None = None
    meetings: int = 0
    rounds: tuple[Round, ...] = ()
    rounds_past: int = 0  # so many rounds lie before a reopening and count no more
    recourse: bool = False  # an external body was named after a refusal
    reminders: int = 0  # since the customer was last heard
    paused: bool = False
    items: tuple[WorkItem, ...] = ()
    items_past: int = 0  # so much work was there before a reopening; what was to be done then says nothing about now
    closings: int = 0
    reopened: int = 0
    handlers: frozenset[str] = frozenset()  # who assessed, offered, took or closed: they do not ask the customer afterwards

    @property
    def opened(self) -> bool:
        return self.number != ""

    @property
    def closed(self) -> bool:
        return self.state in ("closed", "withdrawn")

    @property
    def current(self) -> Round | None:
        """The last round that counts."""
        return self.rounds[-1] if len(self.rounds) > self.rounds_past else None

    @property
    def refused(self) -> bool:
        """Whether the customer refused a round that counts."""
        return any(one.answer is False for one in self.rounds[self.rounds_past :])

    @property
    def held_by(self) -> frozenset[str]:
        """The departments that have or had work on it."""
        return frozenset().union(*(item.been_in for item in self.items))

    def round(self, number: int) -> Round | None:
        """A round that counts."""
        return next((one for one in self.rounds[self.rounds_past :] if one.number == number), None)


def initial(stream_id: UUID) -> Case:
    return Case(ComplaintId(stream_id))
