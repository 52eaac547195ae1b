"""How does a remedy go its way over HTTP? Offered, approved, answered, carried out, verified."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.routing.bodies import AnswerBody, ApprovalBody, DoneBody, OfferBody
from services.routing.case import CASE
from services.routing.doors import HANDLERS, WORKERS, Approver, Handler, RoundNumber, Worker, on_its_path
from services.routing.seeing import seen
from services.routing.shown import Offered
from services.routing.work import holds
from shared.contracts.routing import RemedyOffered, RemedyProposed
from shared.contracts.vocabulary import ComplaintId
from shared.store.appender import Decided
from shared.web import Do, Receipt, Serving

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])


@router.post("/{complaint_id}/remedies", status_code=201, response_model=Offered)
async def offer(complaint_id: ComplaintId, body: OfferBody, who: Handler, service: Serving, do: Do) -> Any:
    on_its_path(who, await seen(service, who, complaint_id, HANDLERS))
    return await do(CASE, complaint_id, body.command(), status=201, answer=_round)


def _round(decided: Decided) -> dict[str, Any]:
    made = next(event for event in decided.events if isinstance(event, RemedyOffered | RemedyProposed))
    return {"round": made.round, "state": "offered" if isinstance(made, RemedyOffered) else "awaiting_approval"}


@router.post("/{complaint_id}/remedies/{number}/approval", response_model=Receipt)
async def decide_on_offer(complaint_id: ComplaintId, number: RoundNumber, body: ApprovalBody, who: Approver, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command(number))


@router.post("/{complaint_id}/remedies/{number}/answer", response_model=Receipt)
async def record_answer(complaint_id: ComplaintId, number: RoundNumber, body: AnswerBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command(number))


@router.post("/{complaint_id}/remedies/{number}/carried-out", response_model=Receipt)
async def carry_out(complaint_id: ComplaintId, number: RoundNumber, body: DoneBody, who: Worker, service: Serving, do: Do) -> Any:
    found = await seen(service, who, complaint_id, WORKERS)
    if not ("department" in who.roles and holds(found.case, who.person)):
        on_its_path(who, found)
    return await do(CASE, complaint_id, body.carried_out(number))


@router.post("/{complaint_id}/remedies/{number}/verification", response_model=Receipt)
async def verify(complaint_id: ComplaintId, number: RoundNumber, body: DoneBody, who: Handler, service: Serving, do: Do) -> Any:
    on_its_path(who, await seen(service, who, complaint_id, HANDLERS))
    return await do(CASE, complaint_id, body.verified(number))
