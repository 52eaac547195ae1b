"""Which calls ask customers how satisfied they are? `/api/v1/callbacks`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from services.survey.callback import CALLBACK, RecordAttempt
from services.survey.views import callbacks
from shared.access import Principal
from shared.contracts.vocabulary import AttemptOutcome, Satisfaction
from shared.decider import NotFound
from shared.web import Body, Code, Do, FreeText, Paging, Receipt, Serving, allow, as_of, listed, reply
from shared.web.replies import Reply

Caller = Annotated[Principal, allow("desk", "quality")]

router = APIRouter(tags=["survey"])


class AttemptBody(Body):
    outcome: AttemptOutcome
    medium: Code
    satisfied_with_handling: Satisfaction | None = None
    satisfied_with_remedy: Satisfaction | None = None
    comment: FreeText | None = None

    def command(self) -> RecordAttempt:
        return RecordAttempt(self.outcome, self.medium, self.satisfied_with_handling, self.satisfied_with_remedy, self.comment)


class ShownCallback(BaseModel):
    id: UUID
    complaint_id: UUID
    closing_round: int
    state: callbacks.State
    due_at: datetime
    expires_at: datetime
    attempts: int
    satisfied_with_handling: Satisfaction | None
    satisfied_with_remedy: Satisfaction | None
    version: int


class Callbacks(BaseModel):
    items: list[ShownCallback]
    next: str | None
    as_of: dict[str, Any]


@router.get("/api/v1/callbacks", response_model=Callbacks)
async def list_callbacks(
    who: Caller, page: Paging, service: Serving, state: callbacks.State | None = None, complaint_id: UUID | None = None
) -> Reply:
    """Callbacks, those due first coming first."""
    known = await as_of(service, service.pool)
    rows = await callbacks.page(service.pool, state, complaint_id, _place(page.after), page.limit + 1)
    rows, following = page.cut(rows, lambda row: (row["due_at"].isoformat(), row["id"]))
    return listed([ShownCallback(**row) for row in rows], following, known)


@router.get("/api/v1/callbacks/{callback_id}", response_model=ShownCallback)
async def show_callback(callback_id: UUID, who: Caller, service: Serving) -> Reply:
    """One callback."""
    row = await _callback(callback_id, service)
    return reply(ShownCallback(**row), version=row["version"])


@router.post("/api/v1/callbacks/{callback_id}/attempts", status_code=201, response_model=Receipt)
async def attempt(callback_id: UUID, body: AttemptBody, who: Caller, do: Do, service: Serving) -> Reply:
    """Somebody tried to reach the customer; `satisfied_*` are given with `answered` and only then."""
    row = await _callback(callback_id, service)
    return await do(CALLBACK, callback_id, body.command(), key=row["complaint_id"], status=201)


async def _callback(callback_id: UUID, service: Any) -> Any:
    row = await callbacks.one(service.pool, callback_id)
    if row is None:
        raise NotFound
    return row


def _place(after: tuple[Any, ...] | None) -> tuple[datetime, UUID] | None:
    return None if after is None else (datetime.fromisoformat(after[0]), UUID(after[1]))
