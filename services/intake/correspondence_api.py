"""What is said about a complaint after its receipt? Information, messages, withdrawal, merging: below `/api/v1/complaints/{id}`."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter

from services.intake.bodies import DuplicateBody, InformationBody, MessageBody, WithdrawalBody
from services.intake.complaint import COMPLAINT
from services.intake.correspondence import PostMessage
from services.intake.ending import MergeInto, Withdraw
from services.intake.messages import messages
from services.intake.seeing import READING, Seen, seen
from services.intake.shown import Messages
from services.intake.views.complaints import id_of, standing
from shared.access import Principal
from shared.contracts.intake import SubjectErased
from shared.contracts.vocabulary import ComplaintId
from shared.decider import NotFound
from shared.ids import new_id
from shared.reading import Read, note
from shared.service import Service
from shared.web import Do, Paging, Receipt, Serving, allow, as_of, listed

router = APIRouter(prefix="/api/v1/complaints/{complaint_id}", tags=["complaints"])

Involved = Annotated[Principal, allow("desk", "quality", "department", "channel")]
Withdrawer = Annotated[Principal, allow("desk", "channel")]
Merger = Annotated[Principal, allow("desk", "quality")]


@router.post("/information", response_model=Receipt)
async def add_information(complaint_id: UUID, body: InformationBody, who: Involved, service: Serving, do: Do) -> Any:
    await _one(service, who, complaint_id)
    return await do(COMPLAINT, complaint_id, body.command())


@router.post("/messages", status_code=201, response_model=Receipt)
async def post_message(complaint_id: UUID, body: MessageBody, who: Involved, service: Serving, do: Do) -> Any:
    """A channel passes on what the complainant says; everybody else speaks for the organisation."""
    await _one(service, who, complaint_id)
    by: Literal["complainant", "staff"] = "complainant" if who.role_among(("desk", "quality", "department")) is None else "staff"
    return await do(COMPLAINT, complaint_id, PostMessage(new_id(), by, body.text, body.visible, body.topic), status=201)


@router.get("/messages", response_model=Messages)
async def list_messages(complaint_id: UUID, who: Involved, service: Serving, do: Do, page: Paging) -> Any:
    """The oldest first; a channel sees what the complainant may see."""
    found = await _one(service, who, complaint_id)
    known = await as_of(service, service.pool)
    only_visible = who.role_among(("desk", "quality", "department")) is None
    said = await messages(service, found.told, only_visible=only_visible)
    rows, following = page.cut([one for one in said if page.after is None or one["place"] > page.after[0]], lambda one: (one["place"],))
    if any(one["text"] is not None for one in rows):
        await note(
            service.commands, READING, await do.asked(), Read((complaint_id,), ("messages.text",), "GET /api/v1/complaints/{id}/messages")
        )
    items = [{name: value for name, value in one.items() if name != "place"} for one in rows]
    erased = any(event.type == SubjectErased.TYPE for event in found.told)
    return listed(items, following, known, **({"erased": True} if erased else {}))


@router.post("/withdrawal", response_model=Receipt)
async def withdraw(complaint_id: UUID, body: WithdrawalBody, who: Withdrawer, service: Serving, do: Do) -> Any:
    found = await _one(service, who, complaint_id)
    return await do(COMPLAINT, complaint_id, Withdraw("staff", body.reason, found.standing.closed))


@router.post("/duplicate-of", response_model=Receipt)
async def merge_into(complaint_id: UUID, body: DuplicateBody, who: Merger, service: Serving, do: Do) -> Any:
    """Both numbers keep working; the case of this one ends."""
    found = await _one(service, who, complaint_id)
    number = body.number.upper()
    other = await id_of(service.pool, number)
    merged = None if other is None else (await standing(service.pool, [other]))[other].duplicate_of
    command = MergeInto(None if other is None else ComplaintId(other), number, merged, body.reason, found.standing.closed)
    return await do(COMPLAINT, complaint_id, command)


async def _one(service: Service, who: Principal, complaint_id: UUID) -> Seen:
    found = await seen(service, who, [complaint_id])
    if not found:
        raise NotFound
    return found[0]
