"""What do the doors of a case take in? Each body becomes one command."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from services.routing.commands import (
    Assess,
    CarryOut,
    Close,
    DecideOnOffer,
    MovePolicy,
    NameRecourse,
    OfferRemedy,
    Pause,
    RecordAnswer,
    RecordMeeting,
    RegradeNature,
    RegradeSeverity,
    RemindCustomer,
    Reopen,
    SetEarlyWarning,
    Tell,
    Verify,
)
from shared.contracts.vocabulary import EarlyWarning, ImmediateAction, Level3, Money, Nature, Outcome, RemedyKind, Severity
from shared.web import Body, Code, Day, Flag, FreeText, Many, Moment, Part


class TakeBody(Body):
    """Taking needs nothing to be said."""


class AssessmentBody(Body):
    """The initial assessment (RT-1)."""

    severity: Severity
    nature: Nature
    safety: Flag
    recurrent: Flag | None = None
    complexity: Level3
    impact: Level3
    immediate_action: ImmediateAction
    pass_on: Flag
    responsible_department: Code | None = None
    early_warning: EarlyWarning | None
    legal: Flag
    reason: FreeText

    def command(self) -> Assess:
        return Assess(**self.model_dump(exclude={"on_behalf_of"}))


class SeverityBody(Body):
    severity: Severity
    reason: FreeText

    def command(self) -> RegradeSeverity:
        return RegradeSeverity(self.severity, self.reason)


class NatureBody(Body):
    nature: Nature
    reason: FreeText

    def command(self) -> RegradeNature:
        return RegradeNature(self.nature, self.reason)


class EarlyWarningBody(Body):
    """The signs diagnosed (RT-6); `null` where there is nothing to warn of any more."""

    early_warning: Annotated[EarlyWarning | None, Field(alias="class")]
    cause: FreeText
    forecast: FreeText
    reason: FreeText

    def command(self) -> SetEarlyWarning:
        return SetEarlyWarning(self.early_warning, self.cause, self.forecast, self.reason)


class PolicyMoveBody(Body):
    version: Code
    reason: FreeText

    def command(self) -> MovePolicy:
        return MovePolicy(self.version, self.reason)


class MeetingBody(Body):
    held_at: Moment
    attendees: Annotated[Many[Code], Field(min_length=1)]
    decision: FreeText

    def command(self) -> RecordMeeting:
        return RecordMeeting(self.held_at, self.attendees, self.decision)


class MoneyBody(Part):
    """An amount as text, so that no digit of it is lost: `{"amount": "12.50", "currency": "CNY"}`."""

    amount: Annotated[str, Field(pattern=r"^[0-9]{1,14}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    def money(self) -> Money:
        return Money(amount=Decimal(self.amount), currency=self.currency)


class OfferBody(Body):
    """A remedy, and what it costs if it costs something."""

    kinds: Annotated[Many[RemedyKind], Field(min_length=1)]
    text: FreeText
    commitment: FreeText
    amount: MoneyBody | None = None

    def command(self) -> OfferRemedy:
        return OfferRemedy(self.kinds, self.text, self.commitment, None if self.amount is None else self.amount.money())


class ApprovalBody(Body):
    approved: Flag
    reason: FreeText

    def command(self, number: int) -> DecideOnOffer:
        return DecideOnOffer(number, self.approved, self.reason)


class AnswerBody(Body):
    accepted: Flag
    comment: FreeText | None = None
    medium: Code

    def command(self, number: int) -> RecordAnswer:
        return RecordAnswer(number, self.accepted, self.medium, self.comment)


class DoneBody(Body):
    """What was done or checked, on which day, and what shows it."""

    on: Day
    evidence: FreeText

    def carried_out(self, number: int) -> CarryOut:
        return CarryOut(number, self.on, self.evidence)

    def verified(self, number: int) -> Verify:
        return Verify(number, self.on, self.evidence)


class TellingBody(Body):
    medium: Code
    text: FreeText

    def command(self) -> Tell:
        return Tell(self.medium, self.text)


class RecourseBody(Body):
    """Who else may be asked: a body outside the organisation."""

    body: Annotated[FreeText, Field(max_length=200)]
    told_on: Day

    def command(self) -> NameRecourse:
        return NameRecourse(self.body, self.told_on)


class ReminderBody(Body):
    medium: Code

    def command(self) -> RemindCustomer:
        return RemindCustomer(self.medium)


class PauseBody(Body):
    reason: Literal["waiting_for_customer"]

    def command(self) -> Pause:
        return Pause(self.reason)


class ResumeBody(Body):
    """Nothing needs to be said."""


class ReopeningBody(Body):
    reason: FreeText

    def command(self) -> Reopen:
        return Reopen(self.reason)


class ClosingBody(Body):
    outcome: Outcome
    reason: FreeText | None = None

    def command(self) -> Close:
        return Close(self.outcome, self.reason)
