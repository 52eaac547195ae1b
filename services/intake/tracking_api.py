"""How does a complainant follow the case without a token? `/api/v1/tracking`: by number and secret."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.intake import words
from services.intake.bodies import ConfirmationBody, TrackingAnswerBody, TrackingBody, TrackingMessageBody, TrackingWithdrawalBody
from services.intake.complaint import COMPLAINT
from services.intake.correspondence import ConfirmSettlement, PostMessage
from services.intake.ending import Withdraw
from services.intake.guesses import TRACKING, WITHIN_SECONDS
from services.intake.messages import messages
from services.intake.reception import Reception
from services.intake.shown import Followed
from services.intake.tracking import right
from services.intake.views import notifications, offers
from services.intake.views.complaints import id_of, standing, survivor
from shared.commands import Asked
from shared.contracts.routing import RemedyOffered
from shared.contracts.vocabulary import Actor
from shared.decider import NotFound
from shared.ids import new_id
from shared.sealing import opened
from shared.service import Service
from shared.web import Do, Language, Problem, Receipt, Serving, language, reply

router = APIRouter(prefix="/api/v1/tracking", tags=["tracking"])

COMPLAINANT = Actor(person="complainant", name="Complainant", role="complainant")


async def _let_in(service: Service, request: Request, number: str, given: str) -> UUID:
    """The complaint of this number, if the secret is right. Raises NotFound, or 429 after too many wrong ones."""
    reception = Reception.of(service)
    number = number.strip().upper()
    address = request.client.host if request.client is not None else ""
    number_closed, address_closed = await reception.guesses.blocked(number, address)
    if number_closed:
        raise _too_many()
    complaint_id = await id_of(service.pool, number)
    if right(reception.tracking_key, complaint_id or UUID(int=0), given) and complaint_id is not None:
        return complaint_id
    if address_closed:
        raise _too_many()
    await reception.guesses.note(number, address)
    if complaint_id is not None:
        refusal = reception.guesses.record(number, address)
        await service.commands.handle(TRACKING, new_id(), refusal, Asked(COMPLAINANT), new=True)
    raise NotFound


def _too_many() -> Problem:
    detail = "Too many wrong secrets. Try again in a quarter of an hour, or call us."
    return Problem(429, detail, headers={"retry-after": str(WITHIN_SECONDS)})


@router.post("", response_model=Followed)
async def track(body: TrackingBody, request: Request, service: Serving, tongue: Annotated[Language, Depends(language)]) -> Any:
    """Under either number of a matter that was taken in twice: what is told is how the one that goes on stands."""
    let_in = await _let_in(service, request, body.number, body.secret)
    complaint_id = await survivor(service.pool, let_in)
    own = await service.store.stream(complaint_id)
    steps = await offers.of_complaint(service.pool, complaint_id)
    progress: list[dict[str, Any]] = [
        {"at": event.recorded.recorded_at, "text": said} for event in own if (said := words.own(event.data, tongue)) is not None
    ]
    progress += [{"at": told["recorded_at"], "text": words.step(told, tongue)} for told in steps]
    progress += [
        {"at": one["requested_at"], "text": said}
        for one in await notifications.of_complaint(service.pool, complaint_id, "complainant")
        if (said := words.told(dict(one), tongue)) is not None
    ]
    said_to = await messages(service, own, only_visible=True)
    return reply(
        {
            "number": body.number.strip().upper(),
            "state": (await standing(service.pool, [complaint_id]))[complaint_id].state,
            "progress": [progress[0], *sorted(progress[1:], key=lambda one: one["at"])],
            "promises": words.promises(steps, tongue),
            "messages": [{name: one[name] for name in ("at", "by", "text")} for one in said_to],
            "offer": await _open_offer(service, steps),
        }
    )


async def _open_offer(service: Service, steps: list[dict[str, Any]]) -> dict[str, Any] | None:
    number = offers.offers(steps).open
    told = next((s for s in steps if s["type"] == RemedyOffered.TYPE and s["facts"]["round"] == number), None)
    if told is None:
        return None
    (text,) = await opened(service.vault, service.pool, [told["text"]])
    return None if text.erased else {"round": number, "text": text.value}


@router.post("/answer", response_model=Receipt)
async def answer(body: TrackingAnswerBody, request: Request, service: Serving, do: Do) -> Any:
    complaint_id = await _matter(service, request, body)
    seen = offers.offers(await offers.of_complaint(service.pool, complaint_id))
    return await do(COMPLAINT, complaint_id, body.command(seen), actor=COMPLAINANT)


@router.post("/messages", status_code=201, response_model=Receipt)
async def write(body: TrackingMessageBody, request: Request, service: Serving, do: Do) -> Any:
    complaint_id = await _matter(service, request, body)
    message = PostMessage(new_id(), "complainant", body.text, visible=True, topic=body.topic)
    return await do(COMPLAINT, complaint_id, message, status=201, actor=COMPLAINANT)


@router.post("/withdrawal", response_model=Receipt)
async def withdraw(body: TrackingWithdrawalBody, request: Request, service: Serving, do: Do) -> Any:
    complaint_id = await _matter(service, request, body)
    closed = (await standing(service.pool, [complaint_id]))[complaint_id].closed
    return await do(COMPLAINT, complaint_id, Withdraw("complainant", body.reason, closed), actor=COMPLAINANT)


@router.post("/confirmation", response_model=Receipt)
async def confirm(body: ConfirmationBody, request: Request, service: Serving, do: Do) -> Any:
    """Whether the matter is settled; "no" on a closed case reopens it."""
    complaint_id = await _matter(service, request, body)
    closed = (await standing(service.pool, [complaint_id]))[complaint_id].closed
    about = offers.closing_spoken_of(await offers.of_complaint(service.pool, complaint_id), closed=closed)
    return await do(COMPLAINT, complaint_id, ConfirmSettlement(body.satisfied, about), actor=COMPLAINANT)


async def _matter(service: Service, request: Request, body: TrackingBody) -> UUID:
    """The complaint that goes on, under whichever of its numbers."""
    return await survivor(service.pool, await _let_in(service, request, body.number, body.secret))
