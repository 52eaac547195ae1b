"""When does a complaint end at the door? It is taken back, or was taken in before under another number, or its person is erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.intake.state import Complaint
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintMerged, ComplaintWithdrawn, SubjectErased
from shared.contracts.vocabulary import ComplaintId
from shared.decider import Invalid, Refused


@dataclass(frozen=True, slots=True)
class Withdraw:
    """`closed`: what intake has heard of the case."""

    by: Literal["complainant", "staff"]
    reason: str | None
    closed: bool


@dataclass(frozen=True, slots=True)
class MergeInto:
    """The other complaint, as the directory of numbers knows it; None: there is none of that number."""

    other: ComplaintId | None
    other_number: str
    other_merged_into: str | None
    reason: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Erase:
    """The person's data is destroyed; that two administrators wanted it stands in the request."""

    request_id: UUID


def erase(complaint: Complaint, command: Erase) -> Sequence[Event]:
    """The case goes on, without a person: what was sealed can be read by nobody any more."""
    return () if complaint.erased else (SubjectErased(complaint_id=complaint.id, request_id=command.request_id),)


def withdraw(complaint: Complaint, command: Withdraw) -> Sequence[Event]:
    _still_open(complaint, closed=command.closed)
    return (ComplaintWithdrawn(complaint_id=complaint.id, reason=command.reason, by=command.by),)


def merge_into(complaint: Complaint, command: MergeInto) -> Sequence[Event]:
    """Both numbers keep working; no chain arises, since the other must not itself be a duplicate."""
    if command.other is None:
        raise Invalid("/number", f"There is no complaint {command.other_number}.")
    if command.other == complaint.id:
        raise Invalid("/number", "A complaint is no duplicate of itself.")
    if command.other_merged_into is not None:
        raise Invalid("/number", f"{command.other_number} is itself a duplicate of {command.other_merged_into}; name that one.")
    _still_open(complaint, closed=command.closed)
    return (
        ComplaintMerged(
            complaint_id=complaint.id,
            number=complaint.number,
            into=command.other,
            into_number=command.other_number,
            reason=command.reason,
        ),
    )


def _still_open(complaint: Complaint, *, closed: bool) -> None:
    if complaint.merged_into is not None:
        raise Refused("case-closed", f"This complaint goes on as {complaint.merged_into}; say it there.")
    if complaint.withdrawn or closed:
        raise Refused("case-closed", "The case is closed; reopen it with a reason first.")
