"""How is a person erased over HTTP? Below `/api/v1/complaints/{id}/erasure`: one administrator asks, another confirms."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter

from services.intake.complaint import COMPLAINT
from services.intake.ending import Erase
from services.intake.erasure import ERASURE, ConfirmErasure, Erasure, RequestErasure
from services.intake.feedback import FEEDBACK, EraseFeedback
from services.intake.reception import Reception
from services.intake.views import lookup
from services.intake.views.lookup import hashes
from shared.access import Principal
from shared.commands import Step
from shared.contracts.intake import ComplaintReceived, SubjectErased
from shared.contracts.vocabulary import Complainant
from shared.decider import NotFound
from shared.ids import new_id
from shared.sealing import unsealed
from shared.service import Service
from shared.web import Body, Do, FreeText, Receipt, Serving, allow, reply

router = APIRouter(prefix="/api/v1/complaints/{complaint_id}/erasure", tags=["complaints"])

Administrator = Annotated[Principal, allow("admin")]


class ErasureBody(Body):
    """Why the person is to be forgotten, for example their own request. It stays on record: name nobody in it."""

    reason: FreeText


class ConfirmationOfErasureBody(Body):
    """Nothing but for whom the caller acts."""


class ErasureReceipt(Receipt):
    """`complaint_ids`: all complaints under the same phone or e-mail."""

    request_id: UUID
    complaint_ids: list[UUID]


@router.post("", status_code=201, response_model=ErasureReceipt)
async def request(complaint_id: UUID, body: ErasureBody, who: Administrator, service: Serving, do: Do) -> Any:
    """Nothing is destroyed yet. What is named here is what the second administrator confirms."""
    told = await service.store.stream(complaint_id)
    if not told or not isinstance(told[0].data, ComplaintReceived):
        raise NotFound
    complaints, feedback = await _of_same_person(service, complaint_id)
    command = RequestErasure(complaints, feedback, body.reason, erased=any(event.type == SubjectErased.TYPE for event in told))
    request_id = new_id()
    named = {"request_id": str(request_id), "complaint_ids": [str(one) for one in complaints]}
    return await do(ERASURE, request_id, command, status=201, new=True, answer=lambda decided: named)


@router.post("/{request_id}/confirmation", response_model=ErasureReceipt)
async def confirm(
    complaint_id: UUID, request_id: UUID, who: Administrator, service: Serving, do: Do, body: ConfirmationOfErasureBody | None = None
) -> Any:
    """The keys are destroyed with the very transaction that records it; who has read one keeps it for at most 5 s."""
    asked: Erasure = ERASURE.fold(request_id, (event.data for event in await service.store.stream(request_id)))
    if complaint_id not in asked.complaints:
        raise NotFound

    async def shred(connection: asyncpg.Connection) -> None:
        for subject in (*asked.complaints, *asked.feedback):
            await service.vault.shred(connection, subject)

    done = await do.decided(
        ERASURE,
        request_id,
        ConfirmErasure(),
        also=[
            *(Step(COMPLAINT, one, Erase(request_id)) for one in asked.complaints),
            *(Step(FEEDBACK, one, EraseFeedback(request_id)) for one in asked.feedback),
        ],
        answer=lambda decided: {"request_id": str(request_id), "complaint_ids": [str(one) for one in asked.complaints]},
        within=shred,
    )
    return reply(done.body, done.status, version=done.version)


async def _of_same_person(service: Service, complaint_id: UUID) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The named complaint first, then all others under its phone or e-mail, and other feedback; asked once the directory holds
    everything taken in before.
    """
    await service.progress.caught_up([])
    reception = Reception.of(service)
    (received,) = await unsealed(service.vault, service.pool, (await service.store.stream(complaint_id))[:1])
    complainant = getattr(received.event, "complainant", None)
    digests = (
        [found for _, found in hashes(complainant, reception.lookup_key, reception.region)] if isinstance(complainant, Complainant) else []
    )
    others = [one for one in await lookup.under(service.pool, digests) if one != complaint_id]
    complaints = (complaint_id, *others)
    return complaints, tuple(await lookup.feedback_of(service.pool, digests, complaints))
