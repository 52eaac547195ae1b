"""How is a case judged over HTTP? Assessment, severity, nature, early warning, meetings, and the policy it goes by."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.routing.bodies import AssessmentBody, EarlyWarningBody, MeetingBody, NatureBody, PolicyMoveBody, SeverityBody
from services.routing.case import CASE
from services.routing.doors import Handler, Quality
from shared.contracts.vocabulary import ComplaintId
from shared.web import Do, Receipt

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])


@router.post("/{complaint_id}/assessment", response_model=Receipt)
async def assess(complaint_id: ComplaintId, body: AssessmentBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/severity", response_model=Receipt)
async def regrade_severity(complaint_id: ComplaintId, body: SeverityBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/nature", response_model=Receipt)
async def regrade_nature(complaint_id: ComplaintId, body: NatureBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/early-warning", response_model=Receipt)
async def set_early_warning(complaint_id: ComplaintId, body: EarlyWarningBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/meetings", status_code=201, response_model=Receipt)
async def record_meeting(complaint_id: ComplaintId, body: MeetingBody, who: Quality, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command(), status=201)


@router.post("/{complaint_id}/policy", response_model=Receipt)
async def move_policy(complaint_id: ComplaintId, body: PolicyMoveBody, who: Quality, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())
