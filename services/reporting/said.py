"""What does one event contribute to the story of its complaint?

Only the unsealed fields that a figure needs, in a form small enough to be kept beside the figures: from these, and nothing
else, a complaint's story is told anew whenever one of its events arrives, in whatever order the topics were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from shared.envelope import Envelope, microseconds

RECEIVED = "intake.complaint-received.v1"
ADDED = "intake.information-added.v1"

KEPT: Mapping[str, tuple[str, ...]] = {
    RECEIVED: (
        "number", "external_ref", "channel", "content_class", "received_at", "issue_codes", "occurred_on", "customer",
        "product", "data_flags", "history",
    ),
    ADDED: ("product", "occurred_on", "issue_codes"),
    "intake.complaint-acknowledged.v1": (),
    "intake.message-posted.v1": ("by", "visible"),
    "routing.case-assessed.v1": ("severity", "nature", "early_warning", "responsible_department", "path"),
    "routing.case-regraded.v1": ("severity", "nature"),
    "routing.early-warning-set.v1": ("early_warning",),
    "routing.remedy-proposed.v1": ("round", "amount"),
    "routing.remedy-offered.v1": ("round", "amount"),
    "routing.remedy-approved.v1": ("round",),
    "routing.remedy-answered.v1": ("accepted",),
    "routing.remedy-carried-out.v1": (),
    "routing.recourse-named.v1": (),
    "routing.result-reported.v1": (),
    "routing.case-closed.v1": ("outcome",),
    "routing.case-reopened.v1": ("state",),
    "routing.deadline-missed.v1": ("clock", "due_at"),
    "survey.callback-answered.v1": ("satisfied_with_handling",),
}  # fmt: skip


class Said(NamedTuple):
    """One event's contribution and its place among the events of all services. Sorts as `Envelope.order` does."""

    recorded: int  # microseconds since 2000-01-01 UTC
    service: str
    partition: int
    position: int
    kind: str
    fields: Mapping[str, Any]


def said(event: Envelope) -> Said:
    """An event's contribution; sealed fields are never among it."""
    (recorded_at, service, partition, position), body = event.order, event.body
    actor = body.get("actor")
    fields: dict[str, Any] = {"at": body["occurred_at"], "role": actor["role"] if actor else None}
    for name in KEPT[event.kind]:
        value = body.get(name)
        if value is not None:
            fields[name] = value
    return Said(microseconds(recorded_at), service, partition, position, event.kind, fields)


def in_order(events: Iterable[Said]) -> list[Said]:
    """Each event once, in the order of recorded time, whatever the order of arrival."""
    return sorted({event[:4]: event for event in events}.values())


def packed(events: Iterable[Said]) -> bytes:
    """As it is kept beside the figures."""
    return orjson.dumps([tuple(event) for event in events])


def unpacked(kept: bytes) -> list[Said]:
    return [Said(*event) for event in orjson.loads(kept)]
