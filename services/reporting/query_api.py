"""How do analysts ask? `/api/v1/query`, its schema, the cases behind any figure, and those cases as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import StreamingResponse

from services.reporting import shown
from services.reporting.asking import Asked
from services.reporting.exporting.files import as_csv, as_workbook
from services.reporting.exporting.sheet import MOST_ROWS, sheet
from services.reporting.live import Live
from services.reporting.query import rows_behind
from services.reporting.query.answer import answer
from services.reporting.query.fields import Frame
from services.reporting.query.grammar import Behind, Export, Queries
from services.reporting.query.left_out import left_out
from services.reporting.query.plan import Findings, Plan
from services.reporting.query.resolve import behind, resolve
from services.reporting.query.schema import schema
from services.reporting.select import reader, rows
from services.reporting.terms import Terms
from services.reporting.views import customers
from shared.access import Principal
from shared.contracts.reporting import DataExported
from shared.reading import Export as Taken
from shared.reading import exporting, note_export
from shared.web import Do, Page, Paging, allow, language, listed, reply
from shared.web.edge.readable import check_text
from shared.web.problems import invalid
from shared.web.replies import Reply

router = APIRouter(tags=["reporting"])

Analyst = Annotated[Principal, allow("quality", "approver", "analyst", "auditor")]
Exporter = Annotated[Principal, allow("quality", "analyst", "auditor")]

Ask = Annotated[str, Query(max_length=8000, description="The body of `POST /api/v1/query/cases`, as JSON.")]

CALL = "POST /api/v1/query/export"
EXPORT = exporting(DataExported)
FEW = 100  # complaints that a record of an export names one by one
FORMATS: Mapping[str, Literal["csv", "xlsx"]] = {"csv": "csv", "xlsx": "xlsx"}
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@router.get("/api/v1/query/schema", response_model=shown.QuerySchema)
async def query_schema(request: Request, who: Analyst) -> Reply:
    """What may be asked: grains, fields, types, operations, labels and meanings."""
    return reply(schema(language(request)))


@router.post("/api/v1/query", response_model=shown.QueryAnswer)
async def query(body: Queries, who: Analyst, asked: Asked) -> Reply:
    """Up to twenty questions, all answered as of the same moment."""
    terms = await asked.terms(body.as_of)
    findings = Findings()
    plans = [resolve(one, f"/queries/{n}", terms.calendar, findings) for n, one in enumerate(body.queries)]
    if len({one.name for one in body.queries}) < len(body.queries):
        findings.say("/queries", "Two queries have the same name.")
    if findings.errors:
        raise invalid(findings.errors)
    async with reader(asked.service.pool) as connection:
        merged = await customers.survivors(connection, terms.as_of.recorded_at)
        counters = cast(Live, asked.service.wiring.live).counters
        return reply({"results": [await answer(connection, counters, plan, terms, merged) for plan in plans if plan is not None]})


@router.post("/api/v1/query/cases", response_model=shown.CasesBehind)
async def cases(body: Behind, who: Analyst, asked: Asked, page: Paging) -> Reply:
    """The cases behind a figure: one query's window and filters, and `at`, the dimensions of one of its rows."""
    return await _cases(body, asked, page)


@router.get("/api/v1/query/cases", response_model=shown.CasesBehind)
async def linked_cases(ask: Ask, who: Analyst, asked: Asked, page: Paging) -> Reply:
    """The same as a link, as the marks of a report's charts have it."""
    check_text(ask.encode())
    try:
        body = Behind.model_validate_json(ask)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("query", "ask", *one["loc"])} for one in error.errors()]) from None
    return await _cases(body, asked, page)


async def _cases(body: Behind, asked: Asked, page: Page) -> Reply:
    terms, plan, frame = await _meant(body, asked, page.after[0] if page.after else None)
    frame = rows_behind.whole(plan, frame)
    async with reader(asked.service.pool) as connection:
        found = await rows(connection, rows_behind.page(plan, frame, page.after[1:] if page.after else None, page.limit + 1))
        (total,) = await rows(connection, rows_behind.count(plan, frame))
        ignored = await left_out(connection, plan, frame)
    moment = terms.as_of.recorded_at.isoformat()
    items, following = page.cut(found, lambda row: (moment, *rows_behind.place(plan, row)))
    items = [_with_money(item) for item in items]
    return listed(items, following, terms.as_of.told(), total=total["count"], ignored=ignored, policy_version=terms.policy_version)


def _with_money(row: dict[str, Any]) -> dict[str, Any]:
    if row.get("amount") is None:
        return row
    return row | {"amount": {"amount": str(row["amount"]), "currency": row["currency"]}}


class ExportedFile(StreamingResponse):
    """CSV or XLSX."""

    media_type = "text/csv"


@router.post("/api/v1/query/export", response_class=ExportedFile)
async def export(body: Export, who: Exporter, asked: Asked, do: Do) -> Any:
    """The same cases as a file, one row each; put on record before anything goes out."""
    findings = Findings()
    kind = findings.known("/format", body.format, FORMATS)
    terms, plan, frame = await _meant(body, asked, None, findings)
    names = body.fields or tuple(plan.grain.fields)
    frame = rows_behind.whole(plan, frame, names)
    pool = asked.service.pool
    async with reader(pool) as connection:
        (total,) = await rows(connection, rows_behind.count(plan, frame))
        few = await rows(connection, rows_behind.subjects(plan, frame, FEW)) if 0 < total["count"] <= FEW else []
    if kind == "xlsx" and total["count"] > MOST_ROWS:
        raise invalid([("/format", f"A sheet takes {MOST_ROWS} rows, and these are {total['count']}; ask for csv, or for fewer.")])
    subjects: tuple[UUID, ...] = tuple(one["complaint_id"] for one in few)
    await note_export(asked.service.commands, EXPORT, await do.asked(), Taken(CALL, subjects, total["count"]))
    query = rows_behind.for_a_file(plan, frame, names)
    content: AsyncIterator[bytes]
    if kind == "xlsx":
        about = sheet(body, plan.grain, names, terms, total["count"])
        content = await as_workbook(pool, query, about, frame.zone)
    else:
        content = as_csv(pool, query, names, frame.zone)
    name = f"{plan.grain.name}-{terms.calendar.today().isoformat()}.{body.format}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return ExportedFile(content, media_type=_TYPES[body.format], headers=headers)


async def _meant(body: Behind, asked: Asked, pinned: str | None, findings: Findings | None = None) -> tuple[Terms, Plan, Frame]:
    """Under which terms, by which plan; a list goes on as of the moment its first page was made."""
    found = findings or Findings()
    terms = await asked.terms(datetime.fromisoformat(pinned) if pinned else body.as_of)
    plan = behind(body, terms.calendar, found)
    if isinstance(body, Export) and plan is not None:
        for n, name in enumerate(body.fields):
            found.known(f"/fields/{n}", name, plan.grain.fields)
        if len(set(body.fields)) < len(body.fields):
            found.say("/fields", "A field is named twice.")
    if found.errors or plan is None:
        raise invalid(found.errors)
    merged = await customers.survivors(asked.service.pool, terms.as_of.recorded_at)
    return terms, plan, plan.frame(terms.as_of.recorded_at, terms.calendar, merged)
