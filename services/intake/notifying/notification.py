"""What is decided about telling somebody something? It is requested once, tried, and ends as sent or as failed; all pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.intake_notifications import (
    Audience,
    FailureReason,
    NotificationAttempted,
    NotificationFailed,
    NotificationKind,
    NotificationPostponed,
    NotificationRequested,
    NotificationSent,
)
from shared.contracts.vocabulary import ComplaintId, Task
from shared.decider import Context, Decider, NotFound, Refused

NEWS_FOR = timedelta(days=7)  # what lies back longer is told to nobody: it is read again, not new


@dataclass(frozen=True, slots=True)
class Told:
    """What is told, and of whom or what."""

    kind: NotificationKind
    audience: Audience
    about: UUID
    complaint_id: ComplaintId | None = None
    feedback_id: UUID | None = None
    capa_id: UUID | None = None
    persons: tuple[str, ...] = ()
    department: str | None = None
    task: Task | None = None
    round: int | None = None
    clock: str | None = None
    due_at: datetime | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    told: Told
    since: datetime  # when it happened


@dataclass(frozen=True, slots=True)
class Attempt:
    """It is handed over next."""


@dataclass(frozen=True, slots=True)
class Postpone:
    reply: int | None = None


@dataclass(frozen=True, slots=True)
class Send:
    medium: Literal["email", "tracking"]
    left_to: Literal["phone", "letter"] | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fail:
    reason: FailureReason
    reply: int | None = None


@dataclass(frozen=True, slots=True)
class ReportBounce:
    """The mail came back after it had been taken."""

    reply: int | None = None


Command = Request | Attempt | Postpone | Send | Fail | ReportBounce


@dataclass(frozen=True, slots=True)
class Notification:
    """`attempting`: one is under way, or whoever made it is no more."""

    id: UUID
    requested: NotificationRequested | None = None
    attempts: int = 0
    attempting: bool = False
    ended: Literal["sent", "failed"] | None = None
    mailed: bool = False


def request(notification: Notification, command: Request, now: datetime) -> Sequence[Event]:
    if notification.requested is not None or now - command.since > NEWS_FOR:
        return ()
    told = command.told
    return (NotificationRequested(notification_id=notification.id, **{name: getattr(told, name) for name in Told.__slots__}),)


def attempt(notification: Notification, requested: NotificationRequested) -> Sequence[Event]:
    """Of two senders one may; the other finds out here."""
    if notification.ended is not None or notification.attempting:
        raise Refused("already-decided", "Somebody else is sending this, or it has ended.")
    return (
        NotificationAttempted(
            notification_id=notification.id, kind=requested.kind, complaint_id=requested.complaint_id, attempt=notification.attempts + 1
        ),
    )


def postpone(notification: Notification, requested: NotificationRequested, command: Postpone) -> Sequence[Event]:
    if notification.ended is not None or not notification.attempting:
        return ()
    return (
        NotificationPostponed(
            notification_id=notification.id,
            kind=requested.kind,
            complaint_id=requested.complaint_id,
            attempt=notification.attempts,
            reply=command.reply,
        ),
    )


def send(notification: Notification, requested: NotificationRequested, command: Send) -> Sequence[Event]:
    if notification.ended is not None:
        return ()
    return (
        NotificationSent(
            notification_id=notification.id,
            kind=requested.kind,
            complaint_id=requested.complaint_id,
            medium=command.medium,
            left_to=command.left_to,
            attempt=notification.attempts or None,
            refused=command.refused,
        ),
    )


def fail(notification: Notification, requested: NotificationRequested, command: Fail) -> Sequence[Event]:
    return () if notification.ended is not None else (_failed(notification, requested, command.reason, command.reply),)


def report_bounce(notification: Notification, requested: NotificationRequested, command: ReportBounce) -> Sequence[Event]:
    if notification.ended == "failed":
        raise Refused("already-decided", "This notification is known not to have arrived.")
    if not notification.mailed:
        raise Refused("not-sent", "This notification was not mailed, so it cannot have come back.")
    return (_failed(notification, requested, "bounced", command.reply),)


def _failed(notification: Notification, requested: NotificationRequested, reason: FailureReason, reply: int | None) -> NotificationFailed:
    return NotificationFailed(
        notification_id=notification.id,
        kind=requested.kind,
        audience=requested.audience,
        complaint_id=requested.complaint_id,
        reason=reason,
        attempt=notification.attempts or None,
        reply=reply,
    )


def initial(stream_id: UUID) -> Notification:
    return Notification(stream_id)


def decide(notification: Notification, command: Command, context: Context) -> Sequence[Event]:
    if isinstance(command, Request):
        return request(notification, command, context.now)
    requested = notification.requested
    if requested is None:
        raise NotFound
    match command:
        case Attempt():
            return attempt(notification, requested)
        case Postpone():
            return postpone(notification, requested, command)
        case Send():
            return send(notification, requested, command)
        case Fail():
            return fail(notification, requested, command)
        case ReportBounce():
            return report_bounce(notification, requested, command)


def evolve(notification: Notification, event: Event) -> Notification:
    match event:
        case NotificationRequested():
            return replace(notification, requested=event)
        case NotificationAttempted():
            return replace(notification, attempts=event.attempt, attempting=True)
        case NotificationPostponed():
            return replace(notification, attempting=False)
        case NotificationSent():
            return replace(notification, attempting=False, ended="sent", mailed=event.medium == "email")
        case NotificationFailed():
            return replace(notification, attempting=False, ended="failed")
        case _:
            return notification


NOTIFICATION = Decider("notification", initial, decide, evolve)
