"""How is a case read over HTTP? `GET /api/v1/cases`, one of them, and its timeline."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.routing.doors import HISTORIANS, READERS, Historian, Reader
from services.routing.seeing import note_reading, seen, visible
from services.routing.shown import Cases, ShownCase, Timeline
from services.routing.summaries import summary
from services.routing.told import told
from services.routing.views import cases, timeline
from shared.contracts.states import CaseState
from shared.contracts.vocabulary import Severity
from shared.sealing import opened
from shared.web import Code, Do, Language, Paging, Serving, as_of, language, listed, reply

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])


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
    return {"id": row["complaint_id"], **{name: value for name, value in row.items() if name not in hidden}}


@router.get("/{complaint_id}", response_model=ShownCase)
async def get_case(complaint_id: UUID, who: Reader, service: Serving, do: Do) -> Any:
    found = await seen(service, who, complaint_id, READERS)
    body, texts = await told(service, found)
    if texts:
        await note_reading(service, do, complaint_id, texts, "GET /api/v1/cases/{id}")
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
        timeline.shown(row, reason.value, summary(row["type"], timeline.facts_of(row), tongue, service.policy()))
        for row, reason in zip(rows, reasons, strict=True)
    ]
    hidden = {"sealed": not texts and any(row["reason"] for row in rows), "erased": await service.vault.erased(service.pool, complaint_id)}
    return listed(items, following, known, **{name: True for name, so in hidden.items() if so})
