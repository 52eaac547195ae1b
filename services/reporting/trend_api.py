"""Which calls say where it goes and whether what was done helped? `/api/v1/reports/trend`, `/api/v1/reports/effects`."""

from __future__ import annotations

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.reporting.api import Analyst, AsOfParameter
from services.reporting.asking import Asked, in_time
from services.reporting.effects import effects
from services.reporting.live import Live
from services.reporting.periods import parse
from services.reporting.select import reader
from services.reporting.shown import ShownAsOf
from services.reporting.signals_api import SeriesBody
from services.reporting.trend import DEFINITIONS, trend
from services.reporting.views import actions
from shared.contracts.reporting_signals import SeriesDimension
from shared.decider import Invalid, NotFound
from shared.web import reply
from shared.web.replies import Reply

router = APIRouter(tags=["reporting"])


class Trend(BaseModel):
    series: dict[str, Any]
    months: list[dict[str, Any]]
    seasonal: dict[str, Any]
    growth: dict[str, Any]
    projection: dict[str, Any]
    as_of: ShownAsOf
    policy_version: str
    definitions: dict[str, dict[str, Any]]


class Effects(BaseModel):
    items: list[dict[str, Any]]
    as_of: ShownAsOf
    policy_version: str


@router.get("/api/v1/reports/trend", response_model=Trend)
async def show_trend(
    who: Analyst,
    asked: Asked,
    dimension: SeriesDimension = "total",
    key: Annotated[str, Query(max_length=300)] = "",
    as_of: AsOfParameter = None,
) -> Reply:
    """A monthly series: what came and what was expected, the season or why there is none, growth, and the next twelve months."""
    try:
        series = SeriesBody(dimension=dimension, key=key).series()
    except Invalid as error:
        raise Invalid("/key", error.message) from None
    terms = await asked.terms(as_of)
    live = cast(Live, asked.service.wiring.live)
    with in_time():
        async with reader(asked.service.pool) as connection:
            found = await trend(connection, series, terms, live.outlooks)
    return reply(
        found
        | {
            "as_of": terms.as_of.told(),
            "policy_version": terms.policy_version,
            "definitions": {one.id: one.told(terms.language) for one in DEFINITIONS},
        }
    )


@router.get("/api/v1/reports/effects", response_model=Effects)
async def show_effects(
    who: Analyst,
    asked: Asked,
    capa_id: UUID | None = None,
    year: Annotated[str | None, Query(pattern=r"^(19|20|21)\d{2}$", description="Actions under way in this year.")] = None,
    as_of: AsOfParameter = None,
) -> Reply:
    """Did the action work? Complaints before and after, with the exact test."""
    terms = await asked.terms(as_of)
    live = cast(Live, asked.service.wiring.live)
    span = None if year is None else terms.span(parse(year))
    with in_time():
        async with reader(asked.service.pool) as connection:
            known = await actions.known(connection, terms.as_of.recorded_at, capa_id, span)
            if capa_id is not None and not known:
                raise NotFound
            items = await effects(connection, known, terms, live.calculator, live.counters)
    return reply({"items": items, "as_of": terms.as_of.told(), "policy_version": terms.policy_version})
