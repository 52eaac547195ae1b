"""Which calls find causes? `/api/v1/cause-reviews`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from services.capa import shown
from services.capa.bodies import DecisionBody
from services.capa.capa import CAPA
from services.capa.cause_review import CAUSE_REVIEW, own_capa_id, review_id
from services.capa.commands import JoinCapa, OpenCapa, Trigger
from services.capa.seeing import EVERYTHING, Reader, in_clear, place, sight
from services.capa.views import capas, cause_reviews
from services.capa.views.cause_reviews import Sight
from shared.access import Principal
from shared.commands import Step
from shared.decider import Invalid, NotFound
from shared.web import Do, Paging, Receipt, Serving, allow, as_of, listed, reply
from shared.web.replies import Reply

Reviewer = Annotated[Principal, allow("quality", "department")]

router = APIRouter(tags=["capa"])


class Decision(Receipt):
    """`capa_id`: the action that was opened or joined."""

    capa_id: UUID | None


class Reviews(BaseModel):
    items: list[shown.ShownReview]
    next: str | None
    as_of: dict[str, Any]


@router.get("/api/v1/cause-reviews", response_model=Reviews)
async def list_reviews(who: Reader, page: Paging, do: Do, service: Serving, state: cause_reviews.State | None = None) -> Reply:
    """Reviews of handled complaints, those waiting longest first."""
    known = await as_of(service, service.pool)
    rows = await cause_reviews.page(service.pool, sight(who, EVERYTHING, service), state, place(page.after), page.limit + 1)
    rows, following = page.cut(rows, lambda row: (row["opened_at"].isoformat(), row["complaint_id"]))
    return listed(await in_clear(do, service, rows, "GET /api/v1/cause-reviews"), following, known)


@router.get("/api/v1/cause-reviews/{complaint_id}", response_model=shown.ShownReviewWithSimilar)
async def show_review(complaint_id: UUID, who: Reader, do: Do, service: Serving) -> Reply:
    """One review, with the actions it may join."""
    mine = sight(who, EVERYTHING, service)
    row = await _review(complaint_id, mine, service)
    (review,) = await in_clear(do, service, [row], "GET /api/v1/cause-reviews/{complaint_id}")
    found = await capas.similar(service.pool, row["product_code"], row["issue_codes"], mine.departments)
    similar = [shown.similar(capa, row["product_code"], row["issue_codes"]) for capa in found]
    return reply(shown.ShownReviewWithSimilar(**review.model_dump(), similar_capas=similar), version=row["version"])


@router.post("/api/v1/cause-reviews/{complaint_id}", response_model=Decision)
async def decide_review(complaint_id: UUID, body: DecisionBody, who: Reviewer, do: Do, service: Serving) -> Reply:
    """The root cause, and action or the reason for none; the review and the action it opens or joins are recorded together."""
    mine = sight(who, ("quality",), service)
    row = await _review(complaint_id, mine, service)
    capa_id = (body.join_capa or own_capa_id(complaint_id)) if body.needed else None
    if body.join_capa is not None and mine.departments is not None and not await capas.one(service.pool, body.join_capa, mine.departments):
        raise Invalid("/join_capa", "There is no such action to join.")
    return await do(
        CAUSE_REVIEW,
        review_id(complaint_id),
        body.command(complaint_id, row["nature"]),
        key=complaint_id,
        answer=lambda decided: {"id": str(complaint_id), "capa_id": None if capa_id is None else str(capa_id)},
        also=() if capa_id is None else (_action(capa_id, body, row),),
    )


async def _review(complaint_id: UUID, mine: Sight, service: Any) -> Any:
    row = await cause_reviews.one(service.pool, complaint_id, mine)
    if row is None:
        raise NotFound
    return row


def _action(capa_id: UUID, body: DecisionBody, review: Any) -> Step:
    """What the decision does about an action, in the same transaction."""
    complaint_id = review["complaint_id"]
    if body.join_capa is not None:
        return Step(CAPA, capa_id, JoinCapa(complaint_id))
    issue = next(iter(review["issue_codes"]), None)
    command = OpenCapa(
        trigger=Trigger("complaint", str(complaint_id)),
        title=" ".join(part for part in (review["number"], issue, review["product_code"]) if part),
        severity=review["severity"] or "ordinary",
        responsible_department=review["responsible_department"],
        complaints=(complaint_id,),
        product_code=review["product_code"],
        issue_code=issue,
    )
    return Step(CAPA, capa_id, command, new=True)
