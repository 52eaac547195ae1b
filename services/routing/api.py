"""What can be asked of a case over HTTP? `/api/v1/cases`: parse, call, answer."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from services.routing.bodies import AnswerBody, AssessmentBody, ClosingBody, DoneBody, MeetingBody, OfferBody, TellingBody
from services.routing.case import CASE
from services.routing.seeing import Seen, note_reading, seen, visible
from services.routing.showing import shown
from services.routing.shown import Cases, Offered, ShownCase, Timeline
from services.routing.summaries import summary
from services.routing.views import cases, timeline
from services.routing.work import holds
from shared.access import Principal
from shared.contracts.routing import RemedyOffered
from shared.contracts.states import CaseState
from shared.contracts.vocabulary import ComplaintId, Role, Severity
from shared.sealing import opened, unsealed
from shared.store.appender import Decided
from shared.web import Code, Do, Language, Paging, Problem, Receipt, Serving, allow, as_of, language, listed, reply

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

READERS: tuple[Role, ...] = ("desk", "quality", "approver", "department", "channel", "auditor", "analyst")
HISTORIANS: tuple[Role, ...] = ("desk", "quality", "approver", "department", "auditor")
HANDLERS: tuple[Role, ...] = ("desk", "quality")
WORKERS: tuple[Role, ...] = ("quality", "desk", "department")

Reader = Annotated[Principal, allow(*READERS)]
Historian = Annotated[Principal, allow(*HISTORIANS)]
Handler = Annotated[Principal, allow(*HANDLERS)]
Quality = Annotated[Principal, allow("quality")]
Worker = Annotated[Principal, allow(*WORKERS)]
RoundNumber = Annotated[int, Path(ge=1, le=100_000)]


@router.get("", response_model=Cases)
async def list_cases(
    who: Reader,
    service: Serving,
    page: Paging,
    state: CaseState | None = None,
    department: Annotated[Code | None, Query(description="The responsible department; desk where none is.")] = None,
    severity: Severity | None = None,
) -> Any:
    known = await as_of(service, service.pool)
    rows = await cases.page(
        service.pool,
        state=state,
        severity=severity,
        department=department,
        visible=visible(who),
        limit=page.limit + 1,
        after=page.after and (page.after[0], UUID(page.after[1])),
    )
    items, following = page.cut(rows, lambda row: (row["received_at"].isoformat(), row["complaint_id"]))
    return listed([_summarised(row) for row in items], following, known)


def _summarised(row: Any) -> dict[str, Any]:
    hidden = ("complaint_id", "departments", "posted_by", "held")
    return {"id": row["complaint_id"], **{name: value for name, value in row.items() if name not in hidden}, "paused": False}


@router.get("/{complaint_id}", response_model=ShownCase)
async def get_case(complaint_id: UUID, who: Reader, service: Serving, do: Do) -> Any:
    found = await seen(service, who, complaint_id, READERS)
    read = await unsealed(service.vault, service.pool, found.told) if found.sight.texts else []
    events = [one.event for one in read] or [envelope.data for envelope in found.told]
    body = shown(found.case, list(zip(found.told, events, strict=True)), *await cases.links(service.pool, complaint_id))
    if any(one.erased for one in read):
        body["erased"] = True
    elif found.case.rounds and not found.sight.texts:
        body["sealed"] = True
    elif found.case.rounds:
        await note_reading(service, do, complaint_id, ("rounds.text",), "GET /api/v1/cases/{id}")
    return reply(body, version=body["version"])


@router.get("/{complaint_id}/timeline", response_model=Timeline)
async def get_timeline(
    complaint_id: UUID, who: Historian, service: Serving, do: Do, page: Paging, tongue: Annotated[Language, Depends(language)]
) -> Any:
    found = await seen(service, who, complaint_id, HISTORIANS)
    known = await as_of(service, service.pool)
    rows = await timeline.of_complaint(service.pool, complaint_id, page.limit + 1, page.after)
    rows, following = page.cut(rows, lambda row: (row["recorded_at"].isoformat(), row["service"], row["partition"], row["position"]))
    texts = found.sight.texts
    reasons = await opened(service.vault, service.pool, [row["reason"] if texts else None for row in rows])
    if any(reason.value is not None for reason in reasons):
        await note_reading(service, do, complaint_id, ("timeline.reason",), "GET /api/v1/cases/{id}/timeline")
    items = [
        timeline.shown(row, reason.value, summary(row["type"], timeline.facts_of(row), tongue))
        for row, reason in zip(rows, reasons, strict=True)
    ]
    hidden = {"sealed": not texts and any(row["reason"] for row in rows), "erased": any(reason.erased for reason in reasons)}
    return listed(items, following, known, **{name: True for name, so in hidden.items() if so})


@router.post("/{complaint_id}/assessment", response_model=Receipt)
async def assess(complaint_id: ComplaintId, body: AssessmentBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/meetings", status_code=201, response_model=Receipt)
async def record_meeting(complaint_id: ComplaintId, body: MeetingBody, who: Quality, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command(), status=201)


@router.post("/{complaint_id}/remedies", status_code=201, response_model=Offered)
async def offer(complaint_id: ComplaintId, body: OfferBody, who: Handler, service: Serving, do: Do) -> Any:
    _on_its_path(who, await seen(service, who, complaint_id, HANDLERS))
    return await do(CASE, complaint_id, body.command(), status=201, answer=_round)


@router.post("/{complaint_id}/remedies/{number}/answer", response_model=Receipt)
async def record_answer(complaint_id: ComplaintId, number: RoundNumber, body: AnswerBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command(number))


@router.post("/{complaint_id}/remedies/{number}/carried-out", response_model=Receipt)
async def carry_out(complaint_id: ComplaintId, number: RoundNumber, body: DoneBody, who: Worker, service: Serving, do: Do) -> Any:
    found = await seen(service, who, complaint_id, WORKERS)
    if not ("department" in who.roles and holds(found.case, who.person)):
        _on_its_path(who, found)
    return await do(CASE, complaint_id, body.carried_out(number))


@router.post("/{complaint_id}/remedies/{number}/verification", response_model=Receipt)
async def verify(complaint_id: ComplaintId, number: RoundNumber, body: DoneBody, who: Handler, service: Serving, do: Do) -> Any:
    _on_its_path(who, await seen(service, who, complaint_id, HANDLERS))
    return await do(CASE, complaint_id, body.verified(number))


@router.post("/{complaint_id}/telling", response_model=Receipt)
async def tell(complaint_id: ComplaintId, body: TellingBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


@router.post("/{complaint_id}/close", response_model=Receipt)
async def close(complaint_id: ComplaintId, body: ClosingBody, who: Handler, do: Do) -> Any:
    return await do(CASE, complaint_id, body.command())


def _round(decided: Decided) -> dict[str, Any]:
    return {"round": next(event.round for event in decided.events if isinstance(event, RemedyOffered))}


def _on_its_path(who: Principal, found: Seen) -> None:
    """Quality may always; the desk while the case is on the desk's path (RT-2), which the assessment says."""
    if "quality" in who.roles or ("desk" in who.roles and found.case.path != "quality_assurance"):
        return
    if "desk" in who.roles:
        raise Problem(403, "The case was passed on to quality assurance, which handles its remedy.")
    raise Problem(403, "Take the work first: only who holds work of this case may say that it was carried out.")
