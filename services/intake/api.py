"""How do complaints come in and how are they found again? `/api/v1/complaints`: parse, call, answer."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi import Body as FromBody
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.intake import receiving
from services.intake.bodies import ComplaintBody, LookupBody
from services.intake.contact import lookup_hash
from services.intake.receiving import receipt
from services.intake.reception import Reception
from services.intake.seeing import seen, shown
from services.intake.shown import BatchResult, ComplaintReceipt, Found, ShownComplaint
from services.intake.views import lookup
from services.intake.views.complaints import id_of, standing
from shared.access import Principal
from shared.commands import Asked
from shared.decider import NotFound
from shared.ids import new_id
from shared.relay.pace import Pace
from shared.service import Service
from shared.store.appender import Idempotency, IdempotencyMismatch
from shared.web import (
    Code,
    Do,
    DoPart,
    Language,
    Paging,
    Serving,
    allow,
    as_of,
    as_problem,
    language,
    listed,
    problem_body,
    reply,
)

router = APIRouter(prefix="/api/v1/complaints", tags=["complaints"])

Poster = Annotated[Principal, allow("channel", "desk")]
Reader = Annotated[Principal, allow("desk", "quality", "approver", "department", "channel", "auditor", "analyst")]
Seeker = Annotated[Principal, allow("desk", "quality", "channel")]

# Items are checked one by one, so that a bad one does not spoil the batch; what they should be stands here.
_OF_COMPLAINTS = {"requestBody": {"content": {"application/json": {"schema": {"items": {"$ref": "#/components/schemas/ComplaintBody"}}}}}}
_KEPT = "select body from idempotency where scope = any($1::bytea[])"


@router.post("", status_code=201, response_model=ComplaintReceipt)
async def receive(body: ComplaintBody, who: Poster, service: Serving, do: DoPart) -> Any:
    return await receipt(service, new_id(), body.command(who.departments), await do.asked())


@router.post("/batch", response_model=BatchResult, openapi_extra=_OF_COMPLAINTS)
async def receive_batch(
    items: Annotated[list[Any], FromBody(max_length=1000, description="Complaints, each as POST /complaints takes one.")],
    who: Poster,
    service: Serving,
    do: DoPart,
    tongue: Annotated[Language, Depends(language)],
) -> Any:
    """One result per item, in order; good ones are stored though others fail. Who sends faster than the log is written waits here."""
    await Pace(service.pool).keep()
    asked = await do.asked()
    each = [replace(asked, if_match=None, idempotency=_of_item(asked.idempotency, n)) for n in range(len(items))]
    await _refuse_other_body(service, each)
    results = await asyncio.gather(*(_one_of_batch(service, item, who, own, tongue) for item, own in zip(items, each, strict=True)))
    return reply({"items": results})


def _of_item(whole: Idempotency | None, n: int) -> Idempotency | None:
    """Each item is kept by itself, under the body of the whole batch: one that failed may be tried again with the same key."""
    return None if whole is None else Idempotency(hashlib.sha256(whole.scope + n.to_bytes(4, "big")).digest(), whole.body)


async def _refuse_other_body(service: Service, each: list[Asked]) -> None:
    keys = [asked.idempotency for asked in each if asked.idempotency is not None]
    if keys:
        rows = await service.pool.fetch(_KEPT, [key.scope for key in keys])
        if any(row["body"] != keys[0].body for row in rows):
            raise IdempotencyMismatch


async def _one_of_batch(service: Service, item: Any, who: Principal, asked: Asked, tongue: Language) -> dict[str, Any]:
    try:
        body = ComplaintBody.model_validate(item)
        own = replace(asked, on_behalf_of=body.on_behalf_of)
        done = await receiving.receive(service, new_id(), body.command(who.departments), own)
    except ValidationError as error:
        wrong = RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors(include_url=False)])
        return {"problem": problem_body(as_problem(wrong, ComplaintBody), tongue)}
    except Exception as error:
        return {"problem": problem_body(as_problem(error), tongue)}
    return done.body


@router.get("", response_model=ShownComplaint)
async def get_by_number(number: Annotated[Code, Query(description="C-2026-000123")], who: Reader, service: Serving, do: Do) -> Any:
    complaint_id = await id_of(service.pool, number.upper())
    if complaint_id is None:
        raise NotFound
    return await _one(complaint_id, who, service, do, "GET /api/v1/complaints")


@router.get("/{complaint_id}", response_model=ShownComplaint)
async def get_complaint(complaint_id: UUID, who: Reader, service: Serving, do: Do) -> Any:
    return await _one(complaint_id, who, service, do, "GET /api/v1/complaints/{id}")


async def _one(complaint_id: UUID, who: Principal, service: Service, do: Do, call: str) -> Any:
    found = await seen(service, who, [complaint_id])
    if not found:
        raise NotFound
    (body,) = await shown(service, do, found, call)
    return reply(body, version=body["version"])


@router.post("/lookup", response_model=Found)
async def look_up(body: LookupBody, who: Seeker, service: Serving, do: Do, page: Paging) -> Any:
    """Newest first; a channel is told numbers and states only."""
    reception = Reception.of(service)
    kind, value = body.sought()
    sought: str | bytes = value.upper() if kind == "number" else value
    if kind in ("phone", "email"):
        sought = lookup_hash(reception.lookup_key, kind, value, reception.region)
    known = await as_of(service, service.pool)
    after = page.after and (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
    rows, following = page.cut(
        await lookup.found(service.pool, kind, sought, page.limit + 1, after), lambda row: (row[0].isoformat(), row[1])
    )
    ids = [complaint_id for _, complaint_id, _ in rows]
    if who.role_among(("desk", "quality")) is None:
        states = await standing(service.pool, ids)
        return listed([{"number": number, "state": states[one].state} for _, one, number in rows], following, known)
    found = await seen(service, who, ids)
    return listed(await shown(service, do, found, "POST /api/v1/complaints/lookup"), following, known)
