"""What does capa do about what happened elsewhere?"""

from __future__ import annotations

from collections.abc import Iterator

from services.capa.cause_review import CAUSE_REVIEW, OpenReview, review_id
from shared.contracts.routing import CaseClosed, RemedyCarriedOut
from shared.decider import Reaction
from shared.envelope import Envelope

REACTS_TO = frozenset({RemedyCarriedOut.TYPE, CaseClosed.TYPE})
NOT_HANDLED = frozenset({"withdrawn", "duplicate"})  # closed without having been handled: there is no cause to look for here


def react(event: Envelope) -> Iterator[Reaction]:
    """The first of carried out and closed opens the cause review (CA-1). An imported history is neither."""
    match event.data:
        case RemedyCarriedOut(complaint_id=complaint):
            yield Reaction(CAUSE_REVIEW, review_id(complaint), OpenReview(complaint, "carried_out"), "cause-review", key=complaint)
        case CaseClosed(complaint_id=complaint, outcome=outcome) if outcome not in NOT_HANDLED:
            yield Reaction(CAUSE_REVIEW, review_id(complaint), OpenReview(complaint, "closed"), "cause-review", key=complaint)
