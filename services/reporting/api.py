"""Which calls say what it all says? `/api/v1/reports`, `/api/v1/exposures`."""

from __future__ import annotations

import re
from typing import Annotated, cast

from fastapi import APIRouter, Query
from fastapi import Body as JsonBody
from pydantic import BeforeValidator, Field, StrictInt

from services.reporting import report, shown, shown_reports
from services.reporting.asking import Asked, in_time
from services.reporting.exposure import SHEET, Exposure, RecordExposures
from services.reporting.live import Live
from services.reporting.periods import Bucket, Period, parse
from services.reporting.select import reader
from services.reporting.views import exposures
from shared.access import Principal
from shared.contracts.vocabulary import ExposureKind
from shared.decider import NotFound
from shared.ids import new_id
from shared.web import Code, Do, Moment, Month, Paging, Part, allow, listed, reply
from shared.web.problems import invalid
from shared.web.replies import Reply

router = APIRouter(tags=["reporting"])

Analyst = Annotated[Principal, allow("quality", "approver", "analyst", "auditor")]
ExposureReader = Annotated[Principal, allow("desk", "quality", "approver", "analyst", "auditor")]
ExposureWriter = Annotated[Principal, allow("quality", "analyst")]

_UNESCAPED_PLUS = re.compile(r" (?=\d{2}:?\d{2}$)", re.ASCII)  # a plus sign in an address arrives as a blank
AsOfParameter = Annotated[
    Moment | None,
    BeforeValidator(lambda value: _UNESCAPED_PLUS.sub("+", value) if isinstance(value, str) else value),
    Query(description="A moment of recorded time; default: the latest that every source has passed."),
]


@router.get("/api/v1/reports/monthly/{month}", response_model=shown_reports.MonthlyReport)
async def monthly(month: str, who: Analyst, asked: Asked, as_of: AsOfParameter = None) -> Reply:
    """The summary of a month, `2014-05`."""
    period = period_named(month, "month")
    terms = await asked.terms(as_of)
    with in_time():
        async with reader(asked.service.pool) as connection:
            return reply(await report.monthly(connection, period, terms, _live(asked)))


@router.get("/api/v1/reports/annual/{year}", response_model=shown_reports.AnnualReport)
async def annual(year: str, who: Analyst, asked: Asked, as_of: AsOfParameter = None) -> Reply:
    """The summary of a year, `2014`."""
    period = period_named(year, "year")
    terms = await asked.terms(as_of)
    with in_time():
        async with reader(asked.service.pool) as connection:
            return reply(await report.annual(connection, period, terms, _live(asked)))


def _live(asked: Asked) -> Live:
    return cast(Live, asked.service.wiring.live)


class ExposureBody(Part):
    month: Month
    kind: ExposureKind
    units: Annotated[StrictInt, Field(ge=0, lt=10**15)]
    product_code: Code | None = None
    customer_ref: Code | None = None

    def exposure(self) -> Exposure:
        return Exposure(self.month, self.kind, self.units, self.product_code, self.customer_ref)


ExposureBodies = Annotated[list[ExposureBody], JsonBody(min_length=1, max_length=500)]


@router.put("/api/v1/exposures", response_model=shown.Recorded)
async def record_exposures(body: ExposureBodies, who: ExposureWriter, do: Do) -> Reply:
    """What rates are per, for whole months; a figure for what was given before corrects it."""
    command = RecordExposures(tuple(item.exposure() for item in body))
    return await do(SHEET, new_id(), command, new=True, answer=lambda decided: {"recorded": len(decided.events)})


@router.get("/api/v1/exposures", response_model=shown.Exposures)
async def list_exposures(
    who: ExposureReader,
    page: Paging,
    asked: Asked,
    first: Annotated[Month | None, Query(alias="from")] = None,
    last: Annotated[Month | None, Query(alias="to")] = None,
    as_of: AsOfParameter = None,
) -> Reply:
    """The figures that hold, by month, kind, product and customer."""
    moment = await asked.as_of(as_of)
    found = await exposures.latest(asked.service.pool, moment.recorded_at, first, last, page.after or ("", "", "", ""), page.limit + 1)
    items, following = page.cut(found, lambda row: (row["month"], row["kind"], row["product_code"] or "", row["customer_ref"] or ""))
    return listed(items, following, moment.told())


def period_named(text: str, bucket: Bucket) -> Period:
    """The period of a report's address, with or without `.json`; forms have addresses of their own, and there is no other ending."""
    name, dot, ending = text.partition(".")
    if dot and ending != "json":
        raise NotFound
    try:
        period = parse(name)
    except ValueError as error:
        period, message = None, str(error)
    else:
        message = f"a {bucket} is meant here"
    if period is None or period.bucket != bucket:
        raise invalid([(f"/{bucket}", f"{message[:1].upper()}{message[1:]}.")])
    return period
