"""Was the cause of a handled complaint found, and is action needed? One review a complaint (CA-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID, uuid5

from shared.contracts.capa import CauseReviewDecided, CauseReviewOpened
from shared.contracts.event import Event
from shared.contracts.vocabulary import CauseLevel, CauseMethod, ComplaintId, Nature
from shared.decider import Context, Decider, Invalid, NotFound, Refused


def review_id(complaint_id: UUID) -> UUID:
    """The review's stream: it follows from the complaint, so that a complaint has one."""
    return uuid5(complaint_id, "cause-review")


def own_capa_id(complaint_id: UUID) -> UUID:
    """The action a review opens when it does not join one."""
    return uuid5(review_id(complaint_id), "capa")


@dataclass(frozen=True, slots=True)
class CauseReview:
    """What must be remembered of a review to decide about it."""

    opened: bool = False
    decided: bool = False


@dataclass(frozen=True, slots=True)
class OpenReview:
    complaint_id: ComplaintId
    because: Literal["carried_out", "closed"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why it occurred, why nobody noticed, or what in the system allowed both."""

    level: CauseLevel
    text: str


@dataclass(frozen=True, slots=True)
class DecideReview:
    complaint_id: ComplaintId
    method: CauseMethod
    causes: tuple[Cause, ...]
    needed: bool
    join_capa: UUID | None
    reason: str
    extend_to_others: bool
    nature: Nature | None  # as routing says it is now


Command = OpenReview | DecideReview


def open_review(review: CauseReview, command: OpenReview) -> Sequence[Event]:
    if review.opened:
        return ()
    return (CauseReviewOpened(complaint_id=command.complaint_id, because=command.because),)


def decide_review(review: CauseReview, command: DecideReview) -> Sequence[Event]:
    if not review.opened:
        raise NotFound
    if review.decided:
        raise Refused("already-decided", "The cause of this complaint has been reviewed; read the decision instead.")
    if command.method == "short" and command.nature != "communicative":
        raise Invalid("/method", "The short form is for communicative complaints only; this one needs its cause found.")
    if command.method != "short" and not command.causes:
        raise Invalid("/causes", "Name at least one cause, or use the short form for a communicative complaint.")
    if command.join_capa is not None and not command.needed:
        raise Invalid("/join_capa", "A review that needs no action joins none.")
    return (
        CauseReviewDecided(
            complaint_id=command.complaint_id,
            method=command.method,
            cause_levels=tuple(cause.level for cause in command.causes),
            cause_texts=tuple(cause.text for cause in command.causes),
            needed=command.needed,
            reason=command.reason,
            extend_to_others=command.extend_to_others,
            capa_id=(command.join_capa or own_capa_id(command.complaint_id)) if command.needed else None,
        ),
    )


def initial(stream_id: UUID) -> CauseReview:
    return CauseReview()


def decide(review: CauseReview, command: Command, context: Context) -> Sequence[Event]:
    match command:
        case OpenReview():
            return open_review(review, command)
        case DecideReview():
            return decide_review(review, command)


def evolve(review: CauseReview, event: Event) -> CauseReview:
    match event:
        case CauseReviewOpened():
            return replace(review, opened=True)
        case CauseReviewDecided():
            return replace(review, decided=True)
        case _:
            return review


CAUSE_REVIEW = Decider("cause review", initial, decide, evolve)
