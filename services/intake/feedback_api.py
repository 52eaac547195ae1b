"""How do inquiries, suggestions, praise and opinions come in, and who answers them? `/api/v1/feedback`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.intake.api import Poster
from services.intake.bodies import ComplainantPart, CustomerPart, ProductPart
from services.intake.complaint import ReceiveComplaint
from services.intake.feedback import FEEDBACK, AnswerFeedback, PromoteFeedback, ReceiveFeedback
from services.intake.receiving import receipt
from services.intake.seeing import READING
from services.intake.shown import ComplaintReceipt, FeedbackList, ShownFeedback
from services.intake.views import feedback
from services.intake.views.feedback import State, Visible
from shared.access import Principal
from shared.commands import Step
from shared.contracts.intake import FeedbackAnswered, FeedbackPromoted, FeedbackReceived
from shared.contracts.vocabulary import Channel, Complainant, ComplaintId, ContentClass, Customer, FeedbackKind, Product, Role, Topic
from shared.decider import NotFound
from shared.ids import new_id
from shared.reading import Read, note
from shared.sealing import plain, unsealed
from shared.service import Service
from shared.web import Body, Code, Do, DoPart, FreeText, Many, Moment, Paging, Problem, Receipt, Serving, allow, as_of, listed, reply

router = APIRouter(prefix="/api/v1/feedback", tags=["feedback"])

Reader = Annotated[Principal, allow("desk", "quality", "department", "approver", "auditor", "channel")]
Answerer = Annotated[Principal, allow("desk", "quality", "department")]
Promoter = Annotated[Principal, allow("desk", "quality")]
_EVERY: tuple[Role, ...] = ("desk", "quality", "approver", "auditor")


class FeedbackBody(Body):
    """What was said, how it came in, and who said it."""

    kind: FeedbackKind
    channel: Channel
    text: FreeText
    topic: Topic = "other"
    complainant: ComplainantPart | None = None
    customer: CustomerPart | None = None
    product: ProductPart | None = None
    received_at: Moment | None = None

    def command(self, departments: frozenset[str]) -> ReceiveFeedback:
        return ReceiveFeedback(
            self.kind,
            self.channel,
            self.text,
            self.topic,
            self.received_at,
            Complainant(**self.complainant.__dict__) if self.complainant is not None else None,
            Customer(**self.customer.__dict__) if self.customer is not None else None,
            Product(**self.product.__dict__) if self.product is not None else None,
            tuple(sorted(departments)),
        )


class FeedbackAnswerBody(Body):
    text: FreeText


class PromotionBody(Body):
    """What it is as a complaint, and why it is one."""

    content_class: ContentClass
    issue_codes: Annotated[Many[Code], Field(description="The first is the main one.")] = ()
    reason: FreeText


@router.post("", status_code=201, response_model=Receipt)
async def receive(body: FeedbackBody, who: Poster, do: Do) -> Any:
    return await do(FEEDBACK, new_id(), body.command(who.departments), status=201, new=True)


@router.get("", response_model=FeedbackList)
async def list_feedback(
    who: Reader, service: Serving, do: Do, page: Paging, kind: FeedbackKind | None = None, state: State | None = None
) -> Any:
    """The oldest first: what waits longest stands at the top."""
    known = await as_of(service, service.pool)
    after = page.after and (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
    rows = await feedback.page(service.pool, _visible(who), kind=kind, state=state, after=after, limit=page.limit + 1)
    rows, following = page.cut(rows, lambda row: (row["received_at"].isoformat(), row["id"]))
    return listed(await _shown(service, do, [row["id"] for row in rows], who, "GET /api/v1/feedback"), following, known)


@router.get("/{feedback_id}", response_model=ShownFeedback)
async def show_feedback(feedback_id: UUID, who: Reader, service: Serving, do: Do) -> Any:
    await _seen(service, who, feedback_id)
    (body,) = await _shown(service, do, [feedback_id], who, "GET /api/v1/feedback/{id}")
    return reply(body, version=body["version"])


@router.post("/{feedback_id}/answer", response_model=Receipt)
async def answer(feedback_id: UUID, body: FeedbackAnswerBody, who: Answerer, service: Serving, do: Do) -> Any:
    await _seen(service, who, feedback_id)
    return await do(FEEDBACK, feedback_id, AnswerFeedback(body.text))


@router.post("/{feedback_id}/promotion", status_code=201, response_model=ComplaintReceipt)
async def promote(feedback_id: UUID, body: PromotionBody, who: Promoter, service: Serving, do: DoPart) -> Any:
    """It goes on as a complaint, with all that is known of it."""
    events = await service.store.stream(feedback_id)
    if not events:
        raise NotFound
    (read,) = await unsealed(service.vault, service.pool, events[:1])
    received = read.event
    if not isinstance(received, FeedbackReceived) or read.erased:
        raise Problem(409, "What was said is erased; it cannot become a complaint any more.", kind="erased")
    complaint = ComplaintId(new_id())
    command = ReceiveComplaint(
        channel=received.channel,
        content_class=body.content_class,
        received_at=received.received_at,
        issue_codes=tuple(dict.fromkeys(body.issue_codes)),
        description=plain(received.text),
        complainant=plain(received.complainant),
        customer=received.customer,
        product=received.product,
        departments=received.departments,
    )
    promoted = Step(FEEDBACK, feedback_id, PromoteFeedback(complaint, body.reason))
    return await receipt(service, complaint, command, await do.asked(), also=(promoted,))


async def _seen(service: Service, who: Principal, feedback_id: UUID) -> None:
    """As its own stream tells it, so never stale. Raises NotFound for what is not there and what is not the caller's."""
    events = await service.store.stream(feedback_id)
    received = events[0].data if events else None
    if not isinstance(received, FeedbackReceived):
        raise NotFound
    visible = _visible(who)
    own = not frozenset(visible.own).isdisjoint(received.departments) or (
        visible.posted_by is not None and received.actor is not None and received.actor.person == visible.posted_by
    )
    if not (visible.all or own or await feedback.held(service.pool, feedback_id, visible.held)):
        raise NotFound


def _visible(who: Principal) -> Visible:
    departments = tuple(sorted(who.departments))
    channel = "channel" in who.roles
    return Visible(
        all=who.role_among(_EVERY) is not None,
        own=departments if channel else (),
        posted_by=who.person if channel else None,
        held=departments if "department" in who.roles else (),
    )


async def _shown(service: Service, do: Any, ids: list[UUID], who: Principal, call: str) -> list[dict[str, Any]]:
    """As their own events tell them; who read what was said is on record."""
    streams = await service.store.streams(ids)
    read = iter(await unsealed(service.vault, service.pool, [event for one in ids for event in streams[one]]))
    names = who.role_among(("desk", "quality", "department", "channel")) is not None
    bodies = []
    for one in ids:
        told = [(envelope, next(read)) for envelope in streams[one]]
        body: dict[str, Any] = {"id": one, "state": "unanswered", "answer": None, "complaint_id": None, "version": len(told)}
        for _, opened in told:
            body.update(_part(opened.event, names=names))
        if any(opened.erased for _, opened in told):
            body["erased"] = True
        elif not names:
            body["sealed"] = True
        bodies.append(body)
    fields = ("text", "complainant") if names else ("text",)
    await note(service.commands, READING, await do.asked(), Read(tuple(ids), fields, call))
    return bodies


def _part(event: Any, *, names: bool) -> dict[str, Any]:
    match event:
        case FeedbackReceived():
            complainant = plain(event.complainant) if names else None
            return {
                "kind": event.kind,
                "channel": event.channel,
                "topic": event.topic,
                "text": plain(event.text),
                "received_at": event.received_at,
                "due_at": event.due_at,
                "complainant": None if complainant is None else complainant.model_dump(),
                "customer": None if event.customer is None else event.customer.model_dump(),
                "product": None if event.product is None else event.product.model_dump(),
            }
        case FeedbackAnswered():
            return {"state": "answered", "answer": plain(event.text)}
        case FeedbackPromoted():
            return {"state": "promoted", "complaint_id": event.complaint_id}
        case _:
            return {}
