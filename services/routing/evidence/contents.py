"""What stands in the packet beside the proof? The same events made readable: sentences, texts, messages, clocks, rules, readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.routing.clocks import Clock
from services.routing.clocks.words import explanation
from services.routing.policy_adoption import as_json
from services.routing.summaries import facts, summary
from shared.access import Sight
from shared.contracts.event import Ciphertext
from shared.contracts.intake import MessagePosted
from shared.contracts.intake_notifications import (
    NotificationAttempted,
    NotificationFailed,
    NotificationPostponed,
    NotificationRequested,
    NotificationSent,
)
from shared.contracts.vocabulary import Complainant
from shared.envelope import Envelope, Recorded
from shared.policy import Policies, Policy
from shared.sealing import Unsealed, sealed_names

Opened = Sequence[tuple[Envelope, Unsealed]]


def recorded(event: Envelope, complaint: UUID) -> dict[str, Any]:
    """An event with everything its digest is made of, and the hash it has in its chain."""
    at = event.recorded
    return {
        "service": at.service,
        "partition": at.partition,
        "position": at.position,
        "stream_id": at.stream_id,
        "version": at.version,
        "type": at.type,
        "schema_version": at.schema_version,
        "event_id": at.event_id,
        "occurred_at": at.occurred_at,
        "recorded_at": at.recorded_at,
        "data": at.data.decode(),
        "meta": at.meta.decode(),
        "hash": at.hash.hex(),
        "of_this_complaint": event.meta.key == str(complaint),  # a whole stream: nothing of it may be missing
    }


def texts(opened: Opened, sight: Sight) -> list[dict[str, Any]]:
    """What was sealed in the events, as far as the reader may see it; `erased` where nobody can any more."""
    return [
        {"position": envelope.position, "event_id": envelope.recorded.event_id, "field": name, **_opened(one, name)}
        for envelope, one in opened
        for name in sealed_names(type(one.event))
        if getattr(one.event, name) is not None and (sight.complainant if name == "complainant" else sight.texts)
    ]


def _opened(one: Unsealed, name: str) -> dict[str, Any]:
    value = getattr(one.event, name)
    if isinstance(value, Ciphertext):
        return {"value": None, "erased": True}
    return {"value": value.model_dump() if isinstance(value, Complainant) else value}


def timeline(events: Sequence[Envelope], policy: Policy) -> list[dict[str, Any]]:
    """Each event in a sentence of both languages."""
    return [
        {
            "position": event.position,
            "type": event.type,
            "occurred_at": event.recorded.occurred_at,
            "recorded_at": event.recorded.recorded_at,
            "actor": event.body.get("actor"),
            "on_behalf_of": event.body.get("on_behalf_of"),
            "zh": summary(event.type, facts(event.type, event.body), "zh-CN", policy),
            "en": summary(event.type, facts(event.type, event.body), "en", policy),
        }
        for event in events
    ]


def messages(opened: Opened) -> list[dict[str, Any]]:
    """What was written, both ways."""
    return [
        {
            "id": event.message_id,
            "at": envelope.recorded.recorded_at,
            "by": event.by,
            "person": None if event.by == "complainant" or event.actor is None else event.actor.name,
            "visible": event.visible,
            "topic": event.topic,
            "text": None if isinstance(event.text, Ciphertext) else event.text,
        }
        for envelope, one in opened
        if isinstance(event := one.event, MessagePosted)
    ]


def notifications(events: Sequence[Envelope]) -> list[dict[str, Any]]:
    """What somebody was to be told, every attempt, and whether it was delivered."""
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        said, at = event.body, event.recorded.recorded_at
        match event.type:
            case NotificationRequested.TYPE:
                told = {name: said.get(name) for name in ("kind", "audience", "about", "persons", "department", "task", "round", "clock")}
                found[said["notification_id"]] = {
                    "id": said["notification_id"],
                    "requested_at": at,
                    **told,
                    "result": "pending",
                    "attempts": [],
                }
            case NotificationAttempted.TYPE | NotificationPostponed.TYPE:
                what = "attempted" if event.type == NotificationAttempted.TYPE else "postponed"
                found[said["notification_id"]]["attempts"].append(
                    {"attempt": said["attempt"], "at": at, "what": what, "reply": said.get("reply")}
                )
            case NotificationSent.TYPE:
                found[said["notification_id"]] |= {"result": "sent", "at": at, "medium": said["medium"], "left_to": said.get("left_to")}
            case NotificationFailed.TYPE:
                found[said["notification_id"]] |= {"result": "failed", "at": at, "reason": said["reason"], "reply": said.get("reply")}
    return list(found.values())


def clocks(found: Sequence[Clock]) -> list[dict[str, Any]]:
    """Each deadline with its arithmetic in words."""
    return [
        {
            "name": clock.span.clock,
            "instance": clock.span.instance,
            "state": clock.state,
            "started_at": clock.span.since,
            "due_at": clock.due_at,
            "ended_at": clock.span.until,
            "consumed_seconds": int(clock.consumed.total_seconds()),
            "paused": [{"since": since, "to": to} for since, to in clock.pauses],
            "calendar": "working" if clock.limit.working else "elapsed",
            "department": clock.department,
            "policy_version": clock.policy.version,
            "zh": explanation(clock, "zh-CN"),
            "en": explanation(clock, "en"),
        }
        for clock in found
    ]


def policies(events: Sequence[Envelope], known: Policies) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every version that anything in the packet was decided under, in full."""
    versions = {event.meta.policy_version for event in events} - {None}
    adopted = {one.policy.version: one for one in known.adopted}
    for version in sorted(str(version) for version in versions):
        policy = known.version(version)
        when = adopted[version].at if version in adopted else None
        yield version, {"version": version, "effective_on": policy.effective_on, "adopted_at": when, "policy": as_json(policy.content)}


def readings(found: Sequence[Recorded]) -> list[dict[str, Any]]:
    """Who was shown which personal data, and who took data out."""
    return [_reading(Envelope(event)) for event in found]


def _reading(event: Envelope) -> dict[str, Any]:
    said = event.body
    kind = "export" if event.type.partition(".")[2] == "data-exported.v1" else "read"
    told = {name: said.get(name) for name in ("actor", "on_behalf_of", "call", "fields")}
    return {"position": event.position, "at": event.recorded.recorded_at, "kind": kind, **told}
