"""Which cases are like this one? `GET /api/v1/cases/{id}/similar`, asked before the assessor says whether it recurs (RT-1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from services.routing.doors import READERS, Reader
from services.routing.seeing import seen, visible
from services.routing.shown import Similar
from services.routing.views import frequency, similar
from services.routing.views.similar import Facts
from shared.contracts.routing import CaseImported, CaseOpened, CaseSupplemented
from shared.envelope import Envelope
from shared.web import Serving, as_of, reply

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

_LATER = ("issue_codes", "product_code", "batch")
_BEGINNING = (*_LATER, "received_at", "customer_ref")
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most, the latest first.")]


@router.get("/{complaint_id}/similar", response_model=Similar)
async def get_similar(complaint_id: UUID, who: Reader, service: Serving, limit: Limit = 50) -> Any:
    """As far as the caller may see them."""
    found = await seen(service, who, complaint_id, READERS)
    known = await as_of(service, service.pool)
    facts = facts_of(complaint_id, found.told)
    items = await similar.like(service.pool, facts, service.policy().similar_months, visible(who), limit)
    computed = await frequency.computed(service.pool, facts.issue_codes, facts.product_code, facts.customer_ref)
    return reply({"items": items, "computed_class": computed, "as_of": known})


def facts_of(complaint_id: UUID, told: Sequence[Envelope]) -> Facts:
    """What is known of the complaint by now."""
    said: dict[str, Any] = {}
    for event in (envelope.data for envelope in told):
        match event:
            case CaseOpened() | CaseImported():
                said = {name: getattr(event, name) for name in _BEGINNING}
            case CaseSupplemented():
                said |= {name: value for name in _LATER if (value := getattr(event, name))}
    return Facts(complaint_id, **said)
