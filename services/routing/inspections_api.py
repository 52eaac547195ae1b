"""How does final inspection see what it has to watch more closely, and say what it caught? `/api/v1/inspections` (RT-5)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter

from services.routing.inspection import INSPECTION, Lift, RecordCatch
from services.routing.shown import Inspections
from services.routing.views import inspections
from services.routing.views.inspections import State
from services.routing.work_bodies import CatchBody, LiftBody
from shared.access import Principal
from shared.decider import NotFound
from shared.sealing import opened
from shared.web import Do, Paging, Problem, Receipt, Serving, allow, as_of, listed

router = APIRouter(prefix="/api/v1/inspections", tags=["inspections"])

INSPECTORS = "final_inspection"
Reader = Annotated[Principal, allow("quality", "auditor", "department")]
Inspector = Annotated[Principal, allow("quality", "department")]


@router.get("", response_model=Inspections)
async def list_inspections(who: Reader, service: Serving, page: Paging, state: State | None = None) -> Any:
    """The last tightened first."""
    if not _theirs(who):
        raise Problem(403, "Tightened inspections are for final inspection and quality.")
    known = await as_of(service, service.pool)
    after = page.after and (page.after[0], UUID(page.after[1]))
    rows = await inspections.page(service.pool, state, page.limit + 1, after)
    rows, following = page.cut(rows, lambda row: (row["tightened_at"].isoformat(), row["id"]))
    found = await inspections.caught(service.pool, [row["id"] for row in rows])
    boxes = [*(row["reason"] for row in rows), *(one["text"] for one in found)]
    texts = [one.value for one in await opened(service.vault, service.pool, boxes)]
    catches: dict[UUID, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for one, text in zip(found, texts[len(rows) :], strict=True):
        caught = {"quantity": one["quantity"], "on": one["caught_on"], "text": text, "at": one["at"], "by": one["by"]}
        catches[one["inspection_id"]].append(caught)
    items = [inspections.shown(row, reason, catches[row["id"]]) for row, reason in zip(rows, texts, strict=False)]
    return listed(items, following, known)


@router.post("/{inspection_id}/catches", status_code=201, response_model=Receipt)
async def record_catch(inspection_id: UUID, body: CatchBody, who: Inspector, do: Do) -> Any:
    _inspecting(who)
    return await do(INSPECTION, inspection_id, RecordCatch(body.quantity, body.on, body.text), status=201)


@router.post("/{inspection_id}/lift", response_model=Receipt)
async def lift(inspection_id: UUID, body: LiftBody, who: Inspector, do: Do) -> Any:
    _inspecting(who)
    return await do(INSPECTION, inspection_id, Lift(body.reason))


def _theirs(who: Principal) -> bool:
    """A department's token counts when it is final inspection's."""
    return who.role_among(("quality", "auditor")) is not None or INSPECTORS in who.departments


def _inspecting(who: Principal) -> None:
    if "quality" not in who.roles and INSPECTORS not in who.departments:
        raise NotFound
