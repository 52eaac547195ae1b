"""How much time is left, and what is late? `/api/v1/cases/{id}/clocks` and `/api/v1/overdue`."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.routing.clocks import Clock
from services.routing.clocks.words import explanation, unknown_years
from services.routing.doors import HISTORIANS, Historian
from services.routing.queue_api import EVERYWHERE, Reader, reads
from services.routing.seeing import seen
from services.routing.views import clocks
from shared.access import Principal
from shared.contracts.vocabulary import Severity
from shared.policy.content import ClockName
from shared.service import Service
from shared.web import Code, Language, Paging, Serving, as_of, language, listed, reply

router = APIRouter(prefix="/api/v1", tags=["clocks"])


class ShownPause(BaseModel):
    since: datetime
    to: datetime | None


class ShownClock(BaseModel):
    """One deadline with its arithmetic. While it is paused, `due_at` is when it were due if it went on now."""

    name: ClockName
    instance: str
    state: Literal["running", "paused", "met", "missed", "stopped"]
    started_at: datetime
    due_at: datetime
    near_at: datetime
    met_at: datetime | None
    stopped_at: datetime | None
    consumed_seconds: int
    remaining_seconds: int
    limit: str
    calendar: Literal["elapsed", "working"]
    department: str
    holder: str | None
    item_id: UUID | None
    capa_id: UUID | None
    paused: list[ShownPause]
    policy_version: str
    explanation: str
    warnings: list[str]


class Clocks(BaseModel):
    items: list[ShownClock]
    as_of: dict[str, Any]


class ShownLate(BaseModel):
    """Something that is overdue, and who should have done it; `holder` is nobody where the work was never taken."""

    complaint_id: UUID | None
    feedback_id: UUID | None
    capa_id: UUID | None
    number: str | None
    clock: ClockName
    instance: str
    department: str
    severity: Severity | None
    started_at: datetime
    due_at: datetime
    overdue_seconds: int
    item_id: UUID | None
    holder: str | None
    unassigned: bool


class Late(BaseModel):
    items: list[ShownLate]
    next: str | None
    as_of: dict[str, Any]


@router.get("/cases/{complaint_id}/clocks", response_model=Clocks)
async def get_clocks(complaint_id: UUID, who: Historian, service: Serving, tongue: Annotated[Language, Depends(language)]) -> Any:
    await seen(service, who, complaint_id, HISTORIANS)
    known = await as_of(service, service.pool)
    found = await clocks.reckoned(service.pool, complaint_id, service.policies, service.clock.now())
    return reply({"items": [_shown(clock, tongue) for clock in found], "as_of": known})


def _shown(clock: Clock, tongue: Language) -> dict[str, Any]:
    span = clock.span
    working = clock.limit.working
    years = clock.policy.calendar.unknown_years(span.since, clock.due_at) if working else ()
    return {
        "name": span.clock,
        "instance": span.instance,
        "state": clock.state,
        "started_at": span.since,
        "due_at": clock.due_at,
        "near_at": clock.near_at,
        "met_at": span.until if span.met else None,
        "stopped_at": None if span.met else span.until,
        "consumed_seconds": int(clock.consumed.total_seconds()),
        "remaining_seconds": ceil(clock.remaining.total_seconds()),  # so that the two add up to the limit
        "limit": str(clock.limit),
        "calendar": "working" if working else "elapsed",
        "department": clock.department,
        "holder": clock.holder,
        "item_id": span.item_id,
        "capa_id": span.capa_id,
        "paused": [{"since": since, "to": to} for since, to in clock.pauses],
        "policy_version": clock.policy.version,
        "explanation": explanation(clock, tongue),
        "warnings": unknown_years(years, tongue),
    }


@router.get("/overdue", response_model=Late)
async def get_overdue(
    who: Reader,
    service: Serving,
    page: Paging,
    department: Annotated[Code | None, Query(description="Default: every department whose work you may see.")] = None,
) -> Any:
    """What is late now: first what nobody has taken, then the longest overdue."""
    whose = _whose(who, service, department)
    known = await as_of(service, service.pool)
    now = service.clock.now()
    after = page.after and (page.after[0], page.after[1], UUID(page.after[2]), page.after[3], page.after[4])
    rows = await clocks.late(service.pool, now, whose, page.limit + 1, after)
    items, following = page.cut(rows, _place)
    return listed([_late(row, now) for row in items], following, known)


def _whose(who: Principal, service: Service, department: str | None) -> list[str] | None:
    """The departments asked for; None for all. Raises NotFound where the caller may not look."""
    if department is not None:
        reads(who, department, service)
        return [department]
    if not EVERYWHERE.isdisjoint(who.roles):
        return None
    return sorted(who.departments | ({"desk"} if "desk" in who.roles else set()))


def _place(row: asyncpg.Record) -> tuple[Any, ...]:
    return not row["unassigned"], row["due_at"].isoformat(), row["subject"], row["clock"], row["instance"]


def _late(row: asyncpg.Record, now: datetime) -> dict[str, Any]:
    subject, kind = row["subject"], row["kind"]
    names = ("number", "clock", "instance", "department", "severity", "started_at", "due_at", "item_id", "holder", "unassigned")
    return {
        "complaint_id": subject if kind == "complaint" else None,
        "feedback_id": subject if kind == "feedback" else None,
        "capa_id": row["capa_id"],
        **{name: row[name] for name in names},
        "overdue_seconds": int((now - row["due_at"]).total_seconds()),
    }
