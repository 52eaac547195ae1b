"""What must intake remember of a complaint to decide about it? Folded from its events, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.intake import (
    ComplaintMerged,
    ComplaintReceived,
    ComplaintWithdrawn,
    InformationAdded,
    RemedyAnswerGiven,
    SubjectErased,
)
from shared.contracts.vocabulary import ComplaintId, ContentClass, Product


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint as far as intake decides about it; the case itself is routing's."""

    id: ComplaintId
    number: str = ""
    content_class: ContentClass | None = None
    product: Product | None = None  # all that is known of it
    answered: frozenset[int] = frozenset()  # rounds the complainant has answered by number and secret
    withdrawn: bool = False
    merged_into: str | None = None
    erased: bool = False

    @property
    def received(self) -> bool:
        return self.number != ""


def initial(stream_id: UUID) -> Complaint:
    return Complaint(ComplaintId(stream_id))


def evolve(complaint: Complaint, event: Event) -> Complaint:
    match event:
        case ComplaintReceived():
            return replace(complaint, number=event.number, content_class=event.content_class, product=event.product)
        case InformationAdded(product=Product() as more):
            return replace(complaint, product=complaint.product.updated(more) if complaint.product else more)
        case RemedyAnswerGiven():
            return replace(complaint, answered=complaint.answered | {event.round})
        case ComplaintWithdrawn():
            return replace(complaint, withdrawn=True)
        case ComplaintMerged():
            return replace(complaint, merged_into=event.into_number)
        case SubjectErased():
            return replace(complaint, erased=True)
        case _:
            return complaint
