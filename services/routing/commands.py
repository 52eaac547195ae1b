"""What can be asked of a case? One frozen type per move; free text is in clear here and sealed when the event gets its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.contracts.vocabulary import (
    Channel,
    ContentClass,
    EarlyWarning,
    ImmediateAction,
    Level3,
    Money,
    Nature,
    Outcome,
    RemedyKind,
    Severity,
)


@dataclass(frozen=True, slots=True)
class Received:
    """What routing is told of a complaint when it is taken in."""

    number: str
    channel: Channel
    content_class: ContentClass
    received_at: datetime
    registered_at: datetime
    issue_codes: tuple[str, ...] = ()
    product_code: str | None = None
    batch: str | None = None
    customer_ref: str | None = None


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A complaint came in: take it in hand."""

    received: Received
    departments: tuple[str, ...] = ()
    posted_by: str | None = None


@dataclass(frozen=True, slots=True)
class ImportCase:
    """A complaint came in with its history: keep it, start nothing."""

    received: Received
    severity: Severity | None = None
    closed: bool = False
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    amount: Money | None = None
    reopened: int = 0


@dataclass(frozen=True, slots=True)
class TakeItem:
    item_id: UUID


@dataclass(frozen=True, slots=True)
class Assess:
    """The initial assessment as the form asks for it (RT-1)."""

    severity: Severity
    nature: Nature
    safety: bool
    complexity: Level3
    impact: Level3
    immediate_action: ImmediateAction
    pass_on: bool
    legal: bool
    reason: str
    recurrent: bool | None = None
    responsible_department: str | None = None
    early_warning: EarlyWarning | None = None


@dataclass(frozen=True, slots=True)
class RecordMeeting:
    held_at: datetime
    attendees: tuple[str, ...]
    decision: str


@dataclass(frozen=True, slots=True)
class OfferRemedy:
    kinds: tuple[RemedyKind, ...]
    text: str
    commitment: str
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Staff write down what the customer said."""

    round: int
    accepted: bool
    medium: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class HearAnswer:
    """The complainant answered by number and secret. If staff were first, theirs stands."""

    round: int
    accepted: bool


@dataclass(frozen=True, slots=True)
class CarryOut:
    round: int
    on: date
    evidence: str


@dataclass(frozen=True, slots=True)
class Verify:
    round: int
    on: date
    evidence: str


@dataclass(frozen=True, slots=True)
class Tell:
    medium: str
    text: str


@dataclass(frozen=True, slots=True)
class Close:
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class HearDissatisfaction:
    """The customer called back after a closing is not satisfied (RT-13)."""

    closing_round: int


Command = (
    OpenCase | ImportCase | TakeItem | Assess | RecordMeeting | OfferRemedy | RecordAnswer | HearAnswer | CarryOut | Verify | Tell
    | Close | HearDissatisfaction
)  # fmt: skip
