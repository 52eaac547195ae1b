"""What does capa do about what happened elsewhere?"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid5

from services.capa.capa import CAPA
from services.capa.cause_review import CAUSE_REVIEW, OpenReview, review_id
from services.capa.commands import OpenCapa, Trigger
from shared.contracts.reporting_signals import TrendSignalRaised
from shared.contracts.routing import CaseClosed, RemedyCarriedOut
from shared.decider import Reaction
from shared.envelope import Envelope

REACTS_TO = frozenset({RemedyCarriedOut.TYPE, CaseClosed.TYPE, TrendSignalRaised.TYPE})
NOT_HANDLED = frozenset({"withdrawn", "duplicate"})  # closed without having been handled: there is no cause to look for here


def react(event: Envelope) -> Iterator[Reaction]:
    """The first of carried out and closed opens the cause review (CA-1). An imported history is neither. A trend signal of a month that
    is not long past opens an action in planning (CA-6, RP-2).
    """
    match event.data:
        case RemedyCarriedOut(complaint_id=complaint):
            yield Reaction(CAUSE_REVIEW, review_id(complaint), OpenReview(complaint, "carried_out"), "cause-review", key=complaint)
        case CaseClosed(complaint_id=complaint, outcome=outcome) if outcome not in NOT_HANDLED:
            yield Reaction(CAUSE_REVIEW, review_id(complaint), OpenReview(complaint, "closed"), "cause-review", key=complaint)
        case TrendSignalRaised(signal_id=signal, historical=False):
            capa = uuid5(signal, "capa")
            yield Reaction(CAPA, capa, open_for(event.data), "capa", key=capa)


def open_for(signal: TrendSignalRaised) -> OpenCapa:
    """What the action is about is what the series is about."""
    series, about = signal.series, signal.judged
    return OpenCapa(
        trigger=Trigger("trend", str(signal.signal_id)),
        title=f"{signal.month}: {series.key or 'total'}, {about.observed} ({about.expected:.1f})",
        severity=signal.severity,
        responsible_department=signal.department,
        product_code=series.product_code,
        issue_code=series.issue_code,
    )
