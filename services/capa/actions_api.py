"""Which calls open and follow corrective action? `/api/v1/capas`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel
from starlette.responses import HTMLResponse, Response

from services.capa import shown
from services.capa.bodies import (
    ApprovalBody,
    ContainmentBody,
    EffectivenessBody,
    ExtensionBody,
    OpeningBody,
    PlanBody,
    ReminderBody,
    StepDoneBody,
)
from services.capa.capa import CAPA
from services.capa.report import HEADERS, Report, render
from services.capa.seeing import EVERYTHING, Reader, in_clear, place, sight
from services.capa.state import Capa, CapaState
from services.capa.telling import told
from services.capa.views import capas, cause_reviews, complaints
from shared.access import Principal
from shared.decider import Invalid, NotFound
from shared.ids import new_id
from shared.service import Service
from shared.web import Do, Language, Paging, Problem, Receipt, Serving, allow, as_of, language, listed, reply
from shared.web.replies import Reply

Worker = Annotated[Principal, allow("quality", "department")]
Approver = Annotated[Principal, allow("quality", "approver")]
Quality = Annotated[Principal, allow("quality")]
StepNumber = Annotated[int, Path(ge=1, le=500)]

router = APIRouter(prefix="/api/v1/capas", tags=["capa"])


class Capas(BaseModel):
    items: list[shown.ShownCapa]
    next: str | None
    as_of: dict[str, Any]


@router.get("", response_model=Capas)
async def list_capas(
    who: Reader,
    page: Paging,
    service: Serving,
    state: CapaState | None = None,
    overdue: bool | None = None,
    department: str | None = None,
    complaint_id: UUID | None = None,
) -> Reply:
    """Corrective and preventive actions in the order they were opened; `department` is the owner, `overdue` has a step too late."""
    known = await as_of(service, service.pool)
    rows = await capas.page(
        service.pool,
        sight(who, EVERYTHING, service).departments,
        state=state,
        department=department,
        complaint_id=complaint_id,
        now=service.clock.now(),
        overdue=overdue,
        after=place(page.after),
        limit=page.limit + 1,
    )
    rows, following = page.cut(rows, lambda row: (row["opened_at"].isoformat(), row["id"]))
    return listed(await told(service, rows), following, known)


@router.get("/{capa_id}", response_model=shown.ShownCapa)
async def show_capa(capa_id: UUID, who: Reader, service: Serving) -> Reply:
    """One action, with every round it took."""
    row = await capas.one(service.pool, capa_id, sight(who, EVERYTHING, service).departments)
    if row is None:
        raise NotFound
    (body,) = await told(service, [row])
    return reply(body, version=body.version)


@router.get("/{capa_id}/report", response_class=HTMLResponse)
async def report(capa_id: UUID, who: Reader, service: Serving, do: Do, tongue: Annotated[Language, Depends(language)]) -> Response:
    """《纠正/预防措施报告》 in 8D order, to be printed."""
    row = await capas.one(service.pool, capa_id, sight(who, EVERYTHING, service).departments)
    if row is None:
        raise NotFound
    (capa,) = await told(service, [row])
    numbers = await complaints.numbers(service.pool, capa.complaints)
    reviews = await in_clear(do, service, await cause_reviews.of_capa(service.pool, capa_id), "GET /api/v1/capas/{capa_id}/report")
    made = render(Report(capa, numbers, reviews), tongue, service.zone)
    return HTMLResponse(made, headers={**HEADERS, "content-language": tongue, "vary": "accept-language"})


@router.post("", status_code=201, response_model=Receipt)
async def open_capa(body: OpeningBody, who: Worker, do: Do, service: Serving) -> Reply:
    """An action that no single complaint's review asks for, by hand (CA-6)."""
    known = await complaints.known(service.pool, body.complaints)
    for n, complaint in enumerate(body.complaints):
        if complaint not in known:
            raise Invalid(f"/complaints/{n}", "There is no such complaint.")
    responsible = None if "quality" in who.roles else next(iter(sorted(who.departments)), None)
    return await do(CAPA, new_id(), body.command(responsible), status=201, new=True)


@router.post("/{capa_id}/containment", response_model=Receipt)
async def contain(capa_id: UUID, body: ContainmentBody, who: Worker, do: Do, service: Serving) -> Reply:
    await _taking_part(service, who, capa_id)
    return await do(CAPA, capa_id, body.command())


@router.post("/{capa_id}/plan", response_model=Receipt)
async def propose_plan(capa_id: UUID, body: PlanBody, who: Worker, do: Do, service: Serving) -> Reply:
    _owning(await _taking_part(service, who, capa_id), who)
    return await do(CAPA, capa_id, body.command(service.zone))


@router.post("/{capa_id}/plan/approval", response_model=Receipt)
async def decide_plan(capa_id: UUID, body: ApprovalBody, who: Approver, do: Do) -> Reply:
    return await do(CAPA, capa_id, body.command())


@router.post("/{capa_id}/steps/{n}/done", response_model=Receipt)
async def finish_step(capa_id: UUID, n: StepNumber, body: StepDoneBody, who: Worker, do: Do, service: Serving) -> Reply:
    capa = await _taking_part(service, who, capa_id)
    step = capa.step(n)
    if step is not None and not who.belongs_to((step.department,)):
        _owning(capa, who)
    return await do(CAPA, capa_id, body.command(n))


@router.post("/{capa_id}/steps/{n}/extension", response_model=Receipt)
async def extend_step(capa_id: UUID, n: StepNumber, body: ExtensionBody, who: Approver, do: Do, service: Serving) -> Reply:
    return await do(CAPA, capa_id, body.command(n, service.zone))


@router.post("/{capa_id}/steps/{n}/reminder", response_model=Receipt)
async def remind_owner(capa_id: UUID, n: StepNumber, body: ReminderBody, who: Worker, do: Do, service: Serving) -> Reply:
    _owning(await _taking_part(service, who, capa_id), who)
    return await do(CAPA, capa_id, body.command(n))


@router.post("/{capa_id}/effectiveness", response_model=Receipt)
async def review_effectiveness(capa_id: UUID, body: EffectivenessBody, who: Quality, do: Do) -> Reply:
    return await do(CAPA, capa_id, body.command())


async def _taking_part(service: Service, who: Principal, capa_id: UUID) -> Capa:
    """The action as its own stream tells it; whose departments have no part in it is told that there is nothing."""
    capa: Capa = CAPA.fold(capa_id, (envelope.data for envelope in await service.store.stream(capa_id)))
    if not capa.opened or ("quality" not in who.roles and not who.belongs_to(capa.departments)):
        raise NotFound
    return capa


def _owning(capa: Capa, who: Principal) -> None:
    if "quality" not in who.roles and not who.belongs_to((capa.owner_department,)):
        raise Problem(403, "This is for the department that owns the action, and for quality.")
