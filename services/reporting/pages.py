"""What does one see at `/`? The face of the product: what runs, how to begin, and what the demo data says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Query, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from services.reporting.analysis.calculator import TookTooLong
from services.reporting.asking import Asked, Asking
from services.reporting.chart import Chart, Point, trend
from services.reporting.counted import counts
from services.reporting.live import Live
from services.reporting.metrics.received import RECEIVED
from services.reporting.periods import Period, containing
from services.reporting.reference import laid_out
from services.reporting.report import monthly
from services.reporting.select import Connection, reader
from services.reporting.terms import Terms
from services.reporting.views import imports
from services.reporting.words import words
from shared.clock import ManualClock
from shared.contracts.vocabulary import SERVICES
from shared.decider import NotFound
from shared.log.port import topic_of
from shared.progress import NotCaughtUp
from shared.service import Service
from shared.web import Language, Serving, language

router = APIRouter(include_in_schema=False)

DEMO = "demo"  # the mark in a data folder that holds the demo data, whose figures are anybody's
SHOWN_MONTHS = 36
SHOWN_ROWS = 10
_STATIC = {"redress.css": "text/css; charset=utf-8", "redress.svg": "image/svg+xml"}
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}

Lang = Annotated[str | None, Query(alias="lang", description="zh-CN or en; default: as the browser asks.")]


@router.get("/")
async def home(request: Request, service: Serving, asked: Asked, lang: Lang = None) -> Response:
    """What runs, how to get a token, the demo's last full month."""
    chosen = _language(request, lang)
    shown = await _figures(service, asked, chosen) if (service.settings.data / DEMO).exists() else {"state": "need_token"}
    return _page(request, service, "home.html", chosen, services=SERVICES, events=await _events(service), **shown)


@router.get("/reference")
async def reference(request: Request, service: Serving, lang: Lang = None) -> Response:
    """The API reference, made from the OpenAPI document of all that this address answers."""
    described = cast("Callable[[], Mapping[str, Any]]", getattr(request.app.state, "described", request.app.openapi))
    return _page(request, service, "reference.html", _language(request, lang), reference=laid_out(described()))


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """The pages' own style; nothing is loaded from elsewhere."""
    if name not in _STATIC:
        raise NotFound
    content = resources.files("services.reporting").joinpath("static", name).read_bytes()
    return Response(content, media_type=_STATIC[name], headers={"cache-control": "max-age=3600"})


async def _figures(service: Service, asked: Asking, chosen: Language) -> dict[str, Any]:
    """The last month that the demo data covers, with the months before it as a chart."""
    covered = await imports.covered(service.pool, asked.now())
    if not covered:
        return {"state": "filling"}
    try:
        terms = await asked.terms(None)
    except NotCaughtUp:
        return {"state": "filling"}
    month = containing("month", max(last for _, last in covered))
    terms = replace(terms, language=chosen)
    async with reader(service.pool) as connection:
        try:
            report = await monthly(connection, month, terms, cast(Live, service.wiring.live))
        except TookTooLong:
            return {"state": "filling"}
        return {"state": "shown", "report": report, "rows": SHOWN_ROWS, "chart": await _chart(connection, month, terms)}


async def _chart(connection: Connection, last: Period, terms: Terms) -> Chart:
    months = [last.plus(-back) for back in range(SHOWN_MONTHS - 1, -1, -1)]
    found = await counts(connection, RECEIVED, months, terms)
    points = []
    for month, count in zip(months, found, strict=True):
        completeness = terms.calendar.of(month)
        gap = count == 0 and completeness.why == "not_covered"
        points.append(Point(month.label, None if gap else count, completeness.complete))
    return trend(points)


async def _events(service: Service) -> dict[str, int]:
    """How many events each service has put on the log."""
    ends = await service.log.ends()
    return {name: sum(end + 1 for (topic, _), end in ends.items() if topic == topic_of(name)) for name in SERVICES}


def _language(request: Request, lang: str | None) -> Language:
    return cast(Language, lang) if lang in get_args(Language) else language(request)


def _page(request: Request, service: Service, template: str, chosen: Language, **shown: Any) -> Response:
    other: Language = "en" if chosen == "zh-CN" else "zh-CN"
    stands = service.clock.now() if isinstance(service.clock, ManualClock) else None
    told = stands.astimezone(service.zone).isoformat(timespec="seconds") if stands is not None else None
    made = _templates().get_template(template).render(
        w=words(chosen), lang=chosen, other=other, path=request.url.path, origin=str(request.base_url).rstrip("/"), stands=told, zone=service.zone, **shown
    )  # fmt: skip
    return HTMLResponse(made, headers={**_HEADERS, "content-language": chosen, "vary": "accept-language"})


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("services.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["number"] = lambda value: "–" if value is None else f"{value:,}"
    made.filters["percent"] = lambda value: "–" if value is None else f"{value:.1%}"
    made.filters["moment"] = lambda text, zone: datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
    return made
