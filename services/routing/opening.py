"""How does a case begin?"""

from __future__ import annotations

from collections.abc import Sequence

from services.routing import work
from services.routing.hearing import ImportCase, OpenCase, Received
from services.routing.state import Case
from shared.contracts.event import Event
from shared.contracts.routing import CaseImported, CaseOpened
from shared.decider import Context


def open_case(case: Case, command: OpenCase, context: Context) -> Sequence[Event]:
    """It keeps the rules in force now."""
    if case.opened:
        return ()
    opened = CaseOpened(
        complaint_id=case.id,
        departments=command.departments,
        posted_by=command.posted_by,
        policy_version=context.policy.version,
        **_facts(command.received),
    )
    return (opened, work.offered(case, "assess", "desk", None, number=command.received.number))


def import_case(case: Case, command: ImportCase, context: Context) -> Sequence[Event]:
    """It starts no clock, work item, callback or cause review; somebody who assesses or reopens it makes it work again."""
    if case.opened:
        return ()
    return (
        CaseImported(
            complaint_id=case.id,
            severity=command.severity,
            closed=command.closed,
            closed_at=command.closed_at,
            outcome=command.outcome,
            amount=command.amount,
            reopened=command.reopened,
            policy_version=context.policy.version,
            **_facts(command.received),
        ),
    )


def _facts(received: Received) -> dict[str, object]:
    return {name: getattr(received, name) for name in Received.__slots__}
