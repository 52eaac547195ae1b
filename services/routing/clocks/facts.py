"""What does an event say about clocks? Its unsealed fields that start, end or measure one, small enough to keep beside the clocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from shared.contracts import capa, intake, routing, survey
from shared.envelope import Envelope

_ITEM = ("item_id",)
_CAPA = ("capa_id", "round")

# type: the fields that matter; an event that is not here says nothing about time
FOR_CLOCKS: Mapping[str, tuple[str, ...]] = {
    intake.ComplaintAcknowledged.TYPE: (),
    intake.MessagePosted.TYPE: ("by", "visible"),
    intake.FeedbackReceived.TYPE: ("kind", "topic"),
    intake.FeedbackAnswered.TYPE: (),
    intake.FeedbackPromoted.TYPE: (),
    routing.CaseOpened.TYPE: ("registered_at", "policy_version"),
    routing.CaseAssessed.TYPE: ("severity", "path", "early_warning"),
    routing.CaseRegraded.TYPE: ("severity", "path"),
    routing.EarlyWarningSet.TYPE: ("early_warning",),
    routing.RemedyOffered.TYPE: (),
    routing.RemedyApproved.TYPE: (),
    routing.RemedyAnswered.TYPE: ("accepted",),
    routing.RemedyCarriedOut.TYPE: (),
    routing.ResultReported.TYPE: (),
    routing.ClockPaused.TYPE: (),
    routing.ClockResumed.TYPE: (),
    routing.WorkItemOffered.TYPE: ("item_id", "department", "task"),
    routing.WorkItemTaken.TYPE: ("item_id", "holder"),
    routing.WorkItemAssigned.TYPE: ("item_id", "holder"),
    routing.WorkItemReturned.TYPE: ("item_id", "department"),
    routing.WorkItemHandedOver.TYPE: ("item_id", "to_department"),
    routing.WorkItemDone.TYPE: _ITEM,
    routing.CaseClosed.TYPE: ("outcome", "closing_round"),
    routing.CaseReopened.TYPE: ("state",),
    routing.CasePolicyMoved.TYPE: ("policy_version",),
    routing.DeadlineNear.TYPE: ("clock", "instance"),
    routing.DeadlineMissed.TYPE: ("clock", "instance"),
    routing.CaseEscalated.TYPE: ("clock", "instance", "level"),
    survey.CallbackAnswered.TYPE: (),
    survey.CallbackDeclined.TYPE: (),
    survey.CallbackUnreached.TYPE: (),
    survey.CallbackExpired.TYPE: (),
    capa.CapaOpened.TYPE: ("capa_id", "severity", "owner_department", "complaints"),
    capa.ContainmentDone.TYPE: _CAPA,
    capa.PlanApproved.TYPE: _CAPA,
    capa.StepDone.TYPE: (*_CAPA, "steps_open"),
    capa.EffectivenessReviewed.TYPE: _CAPA,
    capa.CapaRoundOpened.TYPE: _CAPA,
    capa.CapaClosed.TYPE: ("capa_id",),
}
# With these something may begin that was not there before, under the rules by which they were decided.
_BEGINNINGS = frozenset(
    cls.TYPE
    for cls in (
        intake.FeedbackReceived, routing.CaseOpened, routing.CaseAssessed, routing.CaseReopened, routing.WorkItemOffered, capa.CapaOpened,
    )
)  # fmt: skip
NOTED = frozenset({routing.DeadlineNear.TYPE, routing.DeadlineMissed.TYPE, routing.CaseEscalated.TYPE})


class Fact(NamedTuple):
    """One event and its place among the events of all services."""

    at: datetime
    service: str
    partition: int
    position: int
    kind: str
    fields: Mapping[str, Any]


def fact(event: Envelope) -> Fact:
    """A complaint's clocks run from its registration, so its case counts as opened then. What was noted of a deadline counts
    from when it was decided: whoever noted it knew that the moment had come.
    """
    recorded, body = event.recorded, event.body
    fields = {name: body[name] for name in FOR_CLOCKS[event.type] if body.get(name) is not None}
    at = recorded.recorded_at
    if event.type == routing.CaseOpened.TYPE:
        at = datetime.fromisoformat(fields.pop("registered_at"))
    elif event.type in NOTED:
        at = recorded.occurred_at
    if event.type in _BEGINNINGS and "policy_version" not in fields and event.meta.policy_version is not None:
        fields["decided_by"] = event.meta.policy_version
    return Fact(at, recorded.service, recorded.partition, recorded.position, event.type, fields)


def subjects(event: Envelope) -> list[UUID]:
    """Whose clocks an event moves: other feedback's, a complaint's, or an action's with all the complaints it serves."""
    body = event.body
    for name in ("feedback_id", "complaint_id"):
        if body.get(name):
            return [UUID(body[name])]
    return [UUID(one) for one in dict.fromkeys((body["capa_id"], *body.get("complaints", ())))]


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Each event once, in the order of time, whatever the order of arrival."""
    return sorted({one[1:4]: one for one in facts}.values(), key=lambda one: one[:4])


def packed(facts: Iterable[Fact]) -> bytes:
    """As they are kept."""
    return orjson.dumps([tuple(one) for one in facts])


def unpacked(kept: bytes) -> list[Fact]:
    return [Fact(datetime.fromisoformat(at), *more) for at, *more in orjson.loads(kept)]
