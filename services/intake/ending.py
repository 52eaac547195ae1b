"""When does a complaint end at the door? Its complainant takes it back, or it was taken in before under another number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.intake.state import Complaint
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintMerged, ComplaintWithdrawn
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
