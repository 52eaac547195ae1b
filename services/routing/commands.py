"""What can be asked of a case? One frozen type per move; free text is in clear here and sealed when the event gets its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.routing.hearing import Heard
from services.routing.item import Move
from shared.contracts.vocabulary import EarlyWarning, ImmediateAction, Level3, Money, Nature, Outcome, RemedyKind, Severity


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
class RegradeSeverity:
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class RegradeNature:
    nature: Nature
    reason: str


@dataclass(frozen=True, slots=True)
class SetEarlyWarning:
    """What the signs are diagnosed to be: cause and forecast (RT-6); no class where there is nothing to warn of any more."""

    early_warning: EarlyWarning | None
    cause: str
    forecast: str
    reason: str


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
class DecideOnOffer:
    """An approver lets a proposed round go to the customer, or does not (IN-10)."""

    round: int
    approved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Staff write down what the customer said."""

    round: int
    accepted: bool
    medium: str
    comment: str | None = None


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
class NameRecourse:
    """The customer was told of an external body."""

    body: str
    told_on: date


@dataclass(frozen=True, slots=True)
class RemindCustomer:
    medium: str


@dataclass(frozen=True, slots=True)
class Pause:
    reason: Literal["waiting_for_customer"]


@dataclass(frozen=True, slots=True)
class Resume:
    """The wait is over."""


@dataclass(frozen=True, slots=True)
class Close:
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reopen:
    reason: str


@dataclass(frozen=True, slots=True)
class MovePolicy:
    version: str
    reason: str


Asked = (
    Move | Assess | RegradeSeverity | RegradeNature | SetEarlyWarning | RecordMeeting | OfferRemedy | DecideOnOffer | RecordAnswer
    | CarryOut | Verify | Tell | NameRecourse | RemindCustomer | Pause | Resume | Close | Reopen | MovePolicy
)  # fmt: skip
Command = Heard | Asked
