"""Who was told what of a complaint, and did it arrive? Below `/api/v1/complaints/{id}/notifications`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.intake.notifying.notification import NOTIFICATION, ReportBounce
from services.intake.seeing import seen
from services.intake.views import notifications
from shared.access import Principal
from shared.contracts.intake_notifications import Audience, FailureReason, NotificationKind
from shared.decider import NotFound
from shared.service import Service
from shared.web import Body, Do, Paging, Receipt, Serving, allow, as_of, listed

router = APIRouter(prefix="/api/v1/complaints/{complaint_id}/notifications", tags=["complaints"])

Involved = Annotated[Principal, allow("desk", "quality", "department", "channel")]
Mailer = Annotated[Principal, allow("desk", "channel")]


class BounceBody(Body):
    """`reply`: the three digits of the report that came back."""

    reply: Annotated[int, Field(ge=400, le=599)] | None = None


class ShownNotification(BaseModel):
    """`left_to`: how the desk tells a complainant whom no mail reaches."""

    id: UUID
    kind: NotificationKind
    audience: Audience
    persons: list[str]
    department: str | None
    clock: str | None
    due_at: datetime | None
    state: notifications.State
    requested_at: datetime
    ended_at: datetime | None
    attempts: int
    medium: Literal["email", "tracking"] | None
    left_to: Literal["phone", "letter"] | None
    reason: FailureReason | None
    reply: int | None


class Notifications(BaseModel):
    items: list[ShownNotification]
    next: str | None
    as_of: dict[str, Any]


@router.get("", response_model=Notifications)
async def list_notifications(complaint_id: UUID, who: Involved, service: Serving, page: Paging) -> Any:
    """The oldest first; a channel sees what went to the complainant."""
    await _visible(service, who, complaint_id)
    known = await as_of(service, service.pool)
    outside = who.role_among(("desk", "quality", "department")) is None
    told = await notifications.of_complaint(service.pool, complaint_id, "complainant" if outside else None)
    places = [(row["requested_at"].isoformat(), str(row["id"])) for row in told]
    later = [row for row, place in zip(told, places, strict=True) if page.after is None or place > tuple(page.after)]
    rows, following = page.cut(later, lambda row: (row["requested_at"].isoformat(), str(row["id"])))
    return listed([ShownNotification(**row) for row in rows], following, known)


@router.post("/{notification_id}/bounce", response_model=Receipt)
async def report_bounce(complaint_id: UUID, notification_id: UUID, body: BounceBody, who: Mailer, service: Serving, do: Do) -> Any:
    """The mail came back after all: it is the desk's to tell some other way."""
    await _visible(service, who, complaint_id)
    if all(row["id"] != notification_id for row in await notifications.of_complaint(service.pool, complaint_id)):
        raise NotFound
    return await do(NOTIFICATION, notification_id, ReportBounce(body.reply), key=complaint_id)


async def _visible(service: Service, who: Principal, complaint_id: UUID) -> None:
    if not await seen(service, who, [complaint_id]):
        raise NotFound
