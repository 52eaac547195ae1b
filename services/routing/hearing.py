"""What does a case hear from elsewhere? Others' events as commands; one that comes too late changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contracts.vocabulary import Channel, ContentClass, EarlyWarning, Money, Outcome, Severity, Topic


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
class HearAnswer:
    """The complainant answered by number and secret. If staff were first, theirs stands."""

    round: int
    accepted: bool


@dataclass(frozen=True, slots=True)
class HearDissatisfaction:
    """The customer called back after a closing is not satisfied (RT-13)."""

    closing_round: int


@dataclass(frozen=True, slots=True)
class HearUnsettled:
    """The complainant says by number and secret that the matter is not settled. Without a closing's number the last one is meant."""

    closing_round: int | None = None


@dataclass(frozen=True, slots=True)
class HearWithdrawal:
    """The complaint was withdrawn."""

    by: str | None = None  # the person on the staff who wrote it down


@dataclass(frozen=True, slots=True)
class HearMerger:
    """The complaint turned out to be one that is there already."""

    by: str | None = None


@dataclass(frozen=True, slots=True)
class HearMessage:
    """The complainant wrote to us, or staff to the complainant or to each other. What the desk or quality wrote is `known` to them."""

    message_id: UUID
    by: Literal["complainant", "staff"]
    visible: bool
    topic: Topic = "other"
    person: str | None = None  # on the staff
    known: bool = False


@dataclass(frozen=True, slots=True)
class HearInformation:
    """Facts were added: what is there replaces what was unknown or said before."""

    about: UUID
    known: bool = False
    issue_codes: tuple[str, ...] = ()
    product_code: str | None = None
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class HearCapaClosed:
    """An action that serves the complaint proved effective: there is something to tell (CA-5)."""

    capa_id: UUID


@dataclass(frozen=True, slots=True)
class HearUndelivered:
    """Something the complainant should know did not reach them, or nobody knows whether it did."""

    notification_id: UUID


@dataclass(frozen=True, slots=True)
class HearWarningMissed:
    """A warning of this class was not handled in time."""

    early_warning: EarlyWarning


Heard = (
    OpenCase | ImportCase | HearAnswer | HearDissatisfaction | HearUnsettled | HearWithdrawal | HearMerger | HearMessage | HearInformation | HearCapaClosed
    | HearUndelivered | HearWarningMissed
)  # fmt: skip
