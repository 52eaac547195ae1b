"""How does a case end over HTTP, and how does it wait until then? Telling, recourse, reminders, pause, closing, reopening."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.routing.bodies import ClosingBody, PauseBody, RecourseBody, ReminderBody, ReopeningBody, ResumeBody, TellingBody
from services.routing.case import CASE
from services.routing.commands import Resume
from services.routing.doors import Handler
from shared.contracts.vocabulary import ComplaintId
from shared.web import Do, Receipt

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])


@router.post("/{complaint_id}/telling", response_model=Receipt)
async def tell(complaint_id: ComplaintId, body: TellingBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/recourse", response_model=Receipt)
async def name_recourse(complaint_id: ComplaintId, body: RecourseBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/customer-reminder", response_model=Receipt)
async def remind_customer(complaint_id: ComplaintId, body: ReminderBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/pause", response_model=Receipt)
async def pause(complaint_id: ComplaintId, body: PauseBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/resume", response_model=Receipt)
async def resume(complaint_id: ComplaintId, who: Handler, do: Do, body: ResumeBody | None = None) -> Any:
    return await do(CASE, complaint_id, Resume())


@router.post("/{complaint_id}/close", response_model=Receipt)
async def close(complaint_id: ComplaintId, body: ClosingBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/reopening", response_model=Receipt)
async def reopen(complaint_id: ComplaintId, body: ReopeningBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())
