"""What do intake's doors take in? Each body becomes one command."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from services.intake.complaint import AnswerOffer, Offers, ReceiveComplaint
from services.intake.contact import LookupKind
from services.intake.correspondence import AddInformation
from shared.contracts.vocabulary import Channel, Complainant, ContentClass, Customer, Product, Topic
from shared.web import Body, Code, Count, Day, Flag, FreeText, Many, Moment, Part, Whole

Short = Annotated[str, Field(min_length=1, max_length=320, pattern=r"\S")]


class ComplainantPart(Part):
    """The person who complains; all of it is sealed."""

    name: Short | None = None
    phone: Short | None = None
    email: Short | None = None
    address: FreeText | None = None
    anonymous: Flag = False
    represents: Short | None = None


class CustomerPart(Part):
    """The business party; by `ref` it is known again."""

    ref: Code | None = None
    name: Short | None = None


class ProductPart(Part):
    code: Code | None = None
    name: Short | None = None
    batch: Code | None = None
    serial: Code | None = None
    quantity_affected: Count | None = None
    quantity_returned: Count | None = None
    damaged_parts: Many[Code] = ()
    purchased_on: Day | None = None
    purchased_at: Short | None = None


class ComplaintBody(Body):
    """A complaint as a channel posts it; only channel, content class and description are required."""

    channel: Channel
    received_at: Moment | None = None
    external_ref: Code | None = None
    content_class: ContentClass
    issue_codes: Many[Code] = ()
    description: FreeText
    remedy_sought: FreeText | None = None
    occurred_on: Day | None = None
    perceived_seriousness: Code | None = None
    complainant: ComplainantPart | None = None
    customer: CustomerPart | None = None
    product: ProductPart | None = None

    def command(self, departments: frozenset[str]) -> ReceiveComplaint:
        return ReceiveComplaint(
            channel=self.channel,
            content_class=self.content_class,
            received_at=self.received_at,
            external_ref=self.external_ref,
            issue_codes=tuple(dict.fromkeys(self.issue_codes)),
            description=self.description,
            remedy_sought=self.remedy_sought,
            occurred_on=self.occurred_on,
            perceived_seriousness=self.perceived_seriousness,
            complainant=Complainant(**self.complainant.__dict__) if self.complainant is not None else None,
            customer=Customer(**self.customer.__dict__) if self.customer is not None else None,
            product=Product(**self.product.__dict__) if self.product is not None else None,
            departments=tuple(sorted(departments)),
        )


class InformationBody(Body):
    """Facts that came in later; at least one of them."""

    text: FreeText | None = None
    product: ProductPart | None = None
    occurred_on: Day | None = None
    issue_codes: Many[Code] = ()

    def command(self) -> AddInformation:
        return AddInformation(
            self.text,
            Product(**self.product.__dict__) if self.product is not None else None,
            self.occurred_on,
            tuple(dict.fromkeys(self.issue_codes)),
        )


class MessageBody(Body):
    """`visible` to the complainant, or between staff only."""

    text: FreeText
    visible: Flag
    topic: Topic = "other"


class WithdrawalBody(Body):
    reason: FreeText


class DuplicateBody(Body):
    """The number under which the same matter goes on."""

    number: Code
    reason: FreeText


class LookupBody(Body):
    """One of the four; personal data never stands in an address."""

    phone: Short | None = None
    email: Short | None = None
    external_ref: Code | None = None
    number: Code | None = None

    @model_validator(mode="after")
    def _one(self) -> LookupBody:
        if len(self._given()) != 1:
            raise ValueError("give exactly one of phone, email, external_ref, number")
        return self

    def _given(self) -> list[tuple[LookupKind, str]]:
        all_four: list[tuple[LookupKind, str | None]] = [
            ("phone", self.phone), ("email", self.email), ("external_ref", self.external_ref), ("number", self.number),
        ]  # fmt: skip
        return [(kind, value) for kind, value in all_four if value is not None]

    def sought(self) -> tuple[LookupKind, str]:
        return self._given()[0]


class TrackingBody(Body):
    """What lets a complainant in."""

    number: Code
    secret: Code


class TrackingMessageBody(TrackingBody):
    text: FreeText
    topic: Topic = "other"


class TrackingWithdrawalBody(TrackingBody):
    reason: FreeText | None = None


class ConfirmationBody(TrackingBody):
    satisfied: Flag


class TrackingAnswerBody(TrackingBody):
    round: Annotated[Whole, Field(ge=1)]
    accepted: Flag
    comment: FreeText | None = None

    def command(self, offers: Offers) -> AnswerOffer:
        return AnswerOffer(self.round, self.accepted, self.comment, offers)
