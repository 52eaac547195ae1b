"""Which calls hand out a month's or a year's summary as a form? The reports' addresses, ending in `.html`, `.csv` or `.xlsx`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, Response

from services.reporting.api import Analyst, AsOfParameter, period_named
from services.reporting.asking import Asked, in_time
from services.reporting.counted import counts
from services.reporting.form.flat import as_csv
from services.reporting.form.given import Given
from services.reporting.form.page import headers, render
from services.reporting.form.tables import tables
from services.reporting.form.words import words
from services.reporting.form.workbook import as_workbook
from services.reporting.live import Live
from services.reporting.metrics.open_at_end import OPEN_AT_END
from services.reporting.periods import Bucket, parse
from services.reporting.query_api import EXPORT, Exporter
from services.reporting.report import annual, monthly
from services.reporting.select import reader
from shared.access import Principal
from shared.labels import label
from shared.reading import Export, note_export
from shared.web import Do, Language

router = APIRouter(tags=["reporting"])

Tongue = Annotated[Language | None, Query(alias="lang", description="Default: as Accept-Language says.")]
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Page(HTMLResponse):
    """A page to print."""


class Sheets(Response):
    media_type = XLSX


class Lines(Response):
    media_type = "text/csv"


@router.get("/api/v1/reports/monthly/{month}.html", response_class=Page)
async def monthly_page(month: str, who: Analyst, asked: Asked, do: Do, as_of: AsOfParameter = None, lang: Tongue = None) -> Response:
    """《顾客投诉/抱怨汇总处理表》 of a month, to be printed; each mark of its charts leads to its cases."""
    return await _page(asked, do, await _given(asked, "month", month, as_of, lang, who))


@router.get("/api/v1/reports/annual/{year}.html", response_class=Page)
async def annual_page(year: str, who: Analyst, asked: Asked, do: Do, as_of: AsOfParameter = None, lang: Tongue = None) -> Response:
    """The same of a year."""
    return await _page(asked, do, await _given(asked, "year", year, as_of, lang, who))


@router.get("/api/v1/reports/monthly/{month}.xlsx", response_class=Sheets)
async def monthly_workbook(month: str, who: Exporter, asked: Asked, do: Do, as_of: AsOfParameter = None, lang: Tongue = None) -> Response:
    """The month's form as a workbook, a sheet for each table."""
    return await _file(asked, do, await _given(asked, "month", month, as_of, lang, who), as_workbook, "xlsx", XLSX)


@router.get("/api/v1/reports/annual/{year}.xlsx", response_class=Sheets)
async def annual_workbook(year: str, who: Exporter, asked: Asked, do: Do, as_of: AsOfParameter = None, lang: Tongue = None) -> Response:
    """The same of a year."""
    return await _file(asked, do, await _given(asked, "year", year, as_of, lang, who), as_workbook, "xlsx", XLSX)


@router.get("/api/v1/reports/monthly/{month}.csv", response_class=Lines)
async def monthly_lines(month: str, who: Exporter, asked: Asked, do: Do, as_of: AsOfParameter = None, lang: Tongue = None) -> Response:
    """The month's figures, one a line: table, row, column, value."""
    return await _file(asked, do, await _given(asked, "month", month, as_of, lang, who), as_csv, "csv", CSV)


@router.get("/api/v1/reports/annual/{year}.csv", response_class=Lines)
async def annual_lines(year: str, who: Exporter, asked: Asked, do: Do, as_of: AsOfParameter = None, lang: Tongue = None) -> Response:
    """The same of a year."""
    return await _file(asked, do, await _given(asked, "year", year, as_of, lang, who), as_csv, "csv", CSV)


async def _given(asked: Asked, bucket: Bucket, name: str, as_of: Any, lang: Language | None, who: Principal) -> Given:
    period = period_named(name, bucket)
    terms = await asked.terms(as_of)
    terms = replace(terms, language=lang or terms.language)
    live = cast(Live, asked.service.wiring.live)
    with in_time():
        async with reader(asked.service.pool) as connection:
            report = await (monthly if bucket == "month" else annual)(connection, period, terms, live)
            months = [parse(one["month"]) for one in report["trend"]["months"]]
            backlog = await counts(connection, OPEN_AT_END, months, terms)
    policy = asked.service.policies.in_force(terms.as_of.recorded_at)
    return Given(
        report=report, period=period, backlog=backlog, today=terms.calendar.today(), zone=terms.calendar.zone, language=terms.language,
        words=words(terms.language), label=lambda code: label(code, terms.language, policy), made_for=who.name,
    )  # fmt: skip


async def _page(asked: Asked, do: Do, given: Given) -> Response:
    await _noted(asked, do, given, "html")
    origin = asked.service.settings.public_url or str(asked.request.base_url)
    made = await asyncio.to_thread(render, given, origin.rstrip("/"))
    return Page(made, headers={**headers(), "cache-control": "no-store", "content-language": given.language, "vary": "accept-language"})


async def _file(asked: Asked, do: Do, given: Given, written: Callable[[Given], bytes], ending: str, kind: str) -> Response:
    await _noted(asked, do, given, ending)
    content = await asyncio.to_thread(written, given)
    told = {"content-disposition": f'attachment; filename="complaints-{given.period.label}.{ending}"', "cache-control": "no-store"}
    return Response(content, media_type=kind, headers={**told, "content-language": given.language})


async def _noted(asked: Asked, do: Do, given: Given, ending: str) -> None:
    """Put on record before anything goes out."""
    call = f"GET /api/v1/reports/{'monthly' if given.period.bucket == 'month' else 'annual'}/{given.period.label}.{ending}"
    rows = sum(len(table.rows) for table in tables(given))
    await note_export(asked.service.commands, EXPORT, await do.asked(), Export(call, (), rows))
