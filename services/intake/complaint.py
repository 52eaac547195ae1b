"""What does intake decide about a complaint? It is taken in, acknowledged at once, added to, answered, taken back or merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.intake.correspondence import AddInformation, ConfirmSettlement, PostMessage, add_information, confirm_settlement, post_message
from services.intake.ending import Erase, MergeInto, Withdraw, erase, merge_into, withdraw
from services.intake.state import Complaint, evolve, initial
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived, History, RemedyAnswerGiven
from shared.contracts.vocabulary import Channel, Complainant, ContentClass, Customer, Product
from shared.decider import Context, Decider, Invalid, NotFound, Refused

NUMBER = "?C"  # becomes C-2026-000123, gap-free per year, when the event gets its bytes


@dataclass(frozen=True, slots=True)
class ReceiveComplaint:
    """A complaint as a channel or an import brings it; None is unknown."""

    channel: Channel
    content_class: ContentClass
    received_at: datetime | None = None
    external_ref: str | None = None
    issue_codes: tuple[str, ...] = ()
    description: str | None = None
    remedy_sought: str | None = None
    occurred_on: date | None = None
    perceived_seriousness: str | None = None
    complainant: Complainant | None = None
    customer: Customer | None = None
    product: Product | None = None
    departments: tuple[str, ...] = ()  # whose complaint it is: those of the token that posted it
    data_flags: tuple[str, ...] = ()
    history: History | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What intake has seen of routing's offers to this complainant."""

    open: int | None = None
    answered: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """The complainant answers by number and secret."""

    round: int
    accepted: bool
    comment: str | None
    offers: Offers


Command = ReceiveComplaint | AnswerOffer | AddInformation | PostMessage | ConfirmSettlement | Withdraw | MergeInto | Erase


def receive(complaint: Complaint, command: ReceiveComplaint, now: datetime) -> Sequence[Event]:
    """IN-1, IN-2; the machine acknowledges in the same breath (IN-6), except what is imported: nobody was told anything."""
    if complaint.received:
        return ()
    received_at = command.received_at or now
    if received_at > now:
        raise Invalid("/received_at", "A complaint cannot be received in the future.")
    received = ComplaintReceived(
        complaint_id=complaint.id,
        number=NUMBER,
        channel=command.channel,
        content_class=command.content_class,
        received_at=received_at,
        external_ref=command.external_ref,
        issue_codes=command.issue_codes,
        description=command.description,
        remedy_sought=command.remedy_sought,
        occurred_on=command.occurred_on,
        perceived_seriousness=command.perceived_seriousness,
        complainant=command.complainant,
        customer=command.customer,
        product=command.product,
        departments=command.departments,
        data_flags=command.data_flags,
        history=command.history,
    )
    if command.history is not None:
        return (received,)
    return (received, ComplaintAcknowledged(complaint_id=complaint.id, medium=command.channel))


def answer_offer(complaint: Complaint, command: AnswerOffer) -> Sequence[Event]:
    """The first of two answers wins; if staff wrote one down meanwhile, routing keeps theirs."""
    if command.round in complaint.answered or command.round in command.offers.answered:
        raise Refused("already-decided", f"Round {command.round} is answered.")
    if command.round != command.offers.open:
        raise Refused("not-offered", f"There is no open offer {command.round}.")
    return (RemedyAnswerGiven(complaint_id=complaint.id, round=command.round, accepted=command.accepted, comment=command.comment),)


def decide(complaint: Complaint, command: Command, context: Context) -> Sequence[Event]:
    if isinstance(command, ReceiveComplaint):
        return receive(complaint, command, context.now)
    if not complaint.received:
        raise NotFound
    match command:
        case AnswerOffer():
            return answer_offer(complaint, command)
        case AddInformation():
            return add_information(complaint, command)
        case PostMessage():
            return post_message(complaint, command)
        case ConfirmSettlement():
            return confirm_settlement(complaint, command)
        case Withdraw():
            return withdraw(complaint, command)
        case MergeInto():
            return merge_into(complaint, command)
        case Erase():
            return erase(complaint, command)


COMPLAINT = Decider("complaint", initial, decide, evolve)
