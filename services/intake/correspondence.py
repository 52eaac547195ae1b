"""What is said after the receipt? Facts are added, messages go both ways, and the complainant says whether it is settled (IN-6, RT-16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from services.intake.state import Complaint
from shared.contracts.event import Event
from shared.contracts.intake import InformationAdded, MessagePosted, SettlementConfirmed
from shared.contracts.vocabulary import Product, Topic
from shared.decider import Invalid


@dataclass(frozen=True, slots=True)
class AddInformation:
    """Facts that were unknown or otherwise; None and empty leave what is."""

    text: str | None = None
    product: Product | None = None
    occurred_on: date | None = None
    issue_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostMessage:
    """`visible` to the complainant; what the complainant writes always is."""

    message_id: UUID
    by: Literal["complainant", "staff"]
    text: str
    visible: bool
    topic: Topic = "other"


@dataclass(frozen=True, slots=True)
class ConfirmSettlement:
    satisfied: bool
    closing_round: int | None = None


def add_information(complaint: Complaint, command: AddInformation) -> Sequence[Event]:
    if command.text is None and command.product is None and command.occurred_on is None and not command.issue_codes:
        raise Invalid("", "Give at least one of text, product, occurred_on, issue_codes.")
    return (
        InformationAdded(
            complaint_id=complaint.id,
            text=command.text,
            product=command.product,
            occurred_on=command.occurred_on,
            issue_codes=command.issue_codes,
            content_class=complaint.content_class,
            known_product=complaint.product.updated(command.product) if complaint.product and command.product else command.product,
        ),
    )


def post_message(complaint: Complaint, command: PostMessage) -> Sequence[Event]:
    """On a closed case too: there it becomes desk work, never lost."""
    return (
        MessagePosted(
            complaint_id=complaint.id,
            message_id=command.message_id,
            by=command.by,
            text=command.text,
            visible=command.visible or command.by == "complainant",
            topic=command.topic,
        ),
    )


def confirm_settlement(complaint: Complaint, command: ConfirmSettlement) -> Sequence[Event]:
    """*Closed* and *customer confirmed* are two facts; "no" on a closed case makes routing reopen it."""
    return (SettlementConfirmed(complaint_id=complaint.id, satisfied=command.satisfied, closing_round=command.closing_round),)
