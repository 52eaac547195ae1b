"""What does survey do about what happened elsewhere?"""

from __future__ import annotations

from collections.abc import Iterator

from services.survey.callback import CALLBACK, Expire, ImportAnswer, PlanCallback, callback_id, imported_id
from shared.contracts.intake import ComplaintReceived, History
from shared.contracts.routing import CaseClosed, CaseReopened
from shared.decider import Reaction
from shared.envelope import Envelope

REACTS_TO = frozenset({CaseClosed.TYPE, CaseReopened.TYPE, ComplaintReceived.TYPE})
NOT_ASKED = frozenset({"withdrawn", "duplicate"})  # nothing was settled that a customer could be asked about


def react(event: Envelope) -> Iterator[Reaction]:
    """A closing makes a callback due, a reopening ends it, and what customers said before an import is kept."""
    match event.data:
        case CaseClosed(complaint_id=complaint, outcome=outcome, closing_round=closing) if outcome not in NOT_ASKED:
            closed = event.data
            plan = PlanCallback(complaint, closing, event.recorded.occurred_at, closed.handlers, closed.severity, event.meta.policy_version)
            yield Reaction(CALLBACK, callback_id(complaint, closing), plan, "callback", key=complaint)
        case CaseReopened(complaint_id=complaint, closing_round=int(closing)):
            yield Reaction(CALLBACK, callback_id(complaint, closing), Expire("reopened"), "callback-over", key=complaint)
        case ComplaintReceived(complaint_id=complaint, history=History() as history) if _said_something(history):
            said = ImportAnswer(complaint, history.satisfied_with_handling, history.satisfied_with_remedy)
            yield Reaction(CALLBACK, imported_id(complaint), said, "callback-imported", key=complaint)


def _said_something(history: History) -> bool:
    return history.satisfied_with_handling is not None or history.satisfied_with_remedy is not None
