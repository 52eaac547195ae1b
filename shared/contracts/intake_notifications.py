"""What does intake publish about telling people? Each notification has a stream of its own, under the key of what it is about."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, event
from shared.contracts.vocabulary import ComplaintId, Task

Audience = Literal["complainant", "staff"]
NotificationKind = Literal[
    "acknowledgement", "offer", "missed_promise", "result", "action_effective", "callback",
    "work_offered", "deadline_near", "deadline_missed", "escalated",
]  # fmt: skip
FailureReason = Literal["unknown", "rejected", "not_taken", "bounced", "erased", "no_address", "bad_address"]


@event("intake.notification-requested.v1")
class NotificationRequested(Event):
    """Somebody is to be told something (RT-16). Who is named by the complaint, or as staff; addresses are looked up when it is sent."""

    notification_id: UUID
    kind: NotificationKind
    audience: Audience
    about: UUID  # the event it tells of
    complaint_id: ComplaintId | None = None
    feedback_id: UUID | None = None
    capa_id: UUID | None = None
    persons: tuple[str, ...] = ()  # of the staff
    department: str | None = None
    task: Task | None = None
    round: int | None = None
    clock: str | None = None
    due_at: AwareDatetime | None = None
    level: int | None = None


@event("intake.notification-attempted.v1")
class NotificationAttempted(Event):
    """It is about to be handed over. Said before, so that an attempt whose result nobody learns of is never repeated."""

    notification_id: UUID
    kind: NotificationKind
    complaint_id: ComplaintId | None = None
    attempt: int


@event("intake.notification-postponed.v1")
class NotificationPostponed(Event):
    """Nothing was handed over at this attempt; there will be another. `reply` is the mail server's, if it gave one."""

    notification_id: UUID
    kind: NotificationKind
    complaint_id: ComplaintId | None = None
    attempt: int
    reply: int | None = None


@event("intake.notification-sent.v1")
class NotificationSent(Event):
    """It was handed over to the mail server, or stands on the tracking page where there is nowhere to mail it to.

    `left_to`: how the desk tells a complainant whom no mail reaches. `refused`: of several on the staff, those the server did not take.
    """

    notification_id: UUID
    kind: NotificationKind
    complaint_id: ComplaintId | None = None
    medium: Literal["email", "tracking"]
    left_to: Literal["phone", "letter"] | None = None
    attempt: int | None = None
    refused: tuple[str, ...] = ()


@event("intake.notification-failed.v1")
class NotificationFailed(Event):
    """It did not reach whom it was for, or nobody knows whether it did; a bounce comes after it had been sent."""

    notification_id: UUID
    kind: NotificationKind
    audience: Audience
    complaint_id: ComplaintId | None = None
    reason: FailureReason
    attempt: int | None = None
    reply: int | None = None


NOTIFICATIONS: tuple[type[Event], ...] = (
    NotificationRequested,
    NotificationAttempted,
    NotificationPostponed,
    NotificationSent,
    NotificationFailed,
)
